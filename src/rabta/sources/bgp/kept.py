"""What is heard while archives are waited for, without what changes nothing.

Series rest on which peer has a prefix of a watched network, on what becomes of it, and
on how many prefixes each peer has. Of what a peer says of one prefix within one bin,
where no watched network is named, the first takes a watched route away or does not,
and the last is what remains; what lies between could be left unsaid.
"""

from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rabta.sources.bgp import kernel
from rabta.sources.bgp.mrt import Batch
from rabta.sources.bgp.table import STEP


_AT_ONCE = 200_000  # rows that are thinned together


class Kept:
    """Batches in the order they came; *networks* as in ``Watched``."""

    def __init__(self, networks: NDArray[np.int32]) -> None:
        self._networks = networks
        self._thinned: list[Batch] = []
        self._fresh: list[Batch] = []
        self.rows = 0

    def add(self, batch: Batch) -> None:
        """Keep a batch, whose arrays are not used again."""
        self._fresh.append(batch)
        self.rows += len(batch.times)
        fresh = sum(len(one.times) for one in self._fresh)
        if fresh >= _AT_ONCE:
            thinned = thin(_joined(self._fresh), self._networks)
            self._thinned.append(thinned)
            self._fresh = []
            self.rows += len(thinned.times) - fresh

    def take(self) -> Iterator[Batch]:
        """Yield and forget all."""
        batches = self._thinned + self._fresh
        self._thinned, self._fresh, self.rows = [], [], 0
        yield from batches


def thin(batch: Batch, networks: NDArray[np.int32]) -> Batch:
    """Leave out the rows of *batch* without which all series are the same."""
    states = batch.kinds == kernel.STATE
    inside = batch.origins < len(networks)
    watched = np.zeros(len(states), bool)
    watched[inside] = networks[batch.origins[inside]] >= 0
    barred = states | (watched & (batch.kinds == kernel.ANNOUNCED))
    keys = (
        np.maximum.accumulate(batch.times) // STEP,
        np.cumsum(states),  # a session that ends takes all routes with it
        batch.lengths,
        batch.lows,
        batch.highs,
        batch.versions,
        batch.peers,
    )
    order = np.lexsort(keys)  # stable: what is alike stays in the order it came
    alike = np.ones(max(0, len(order) - 1), bool)
    for key in keys:
        ranked = key[order]
        alike &= ranked[1:] == ranked[:-1]
    free = ~barred[order]
    linked = alike & free[1:] & free[:-1]
    between = np.zeros(len(order), bool)
    between[1:-1] = linked[1:] & linked[:-1]
    kept = np.ones(len(order), bool)
    kept[order[between]] = False
    return _made([getattr(batch, name)[kept] for name in _COLUMNS], batch)


_COLUMNS = tuple(one.name for one in fields(Batch))[:-1]


def _joined(batches: Sequence[Batch]) -> Batch:
    columns = [
        np.concatenate([getattr(one, name) for one in batches]) for name in _COLUMNS
    ]
    return _made(columns, batches[-1])  # the last one knows all peers


def _made(columns: list[Any], like: Batch) -> Batch:
    parts: list[Any] = [*columns, like.known]
    return Batch(*parts)
