"""Several paths of one peer to one prefix (ADD-PATH, RFC 7911), as the one that counts.

A peer that withdraws one of its paths has the prefix still by another. So each path of
a watched network is remembered by its number, and the withdrawal of one becomes the
announcement of the newest that remains.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from rabta.sources.bgp import kernel
from rabta.sources.bgp.mrt import Batch
from rabta.sources.bgp.paths import NUMBERED


Key = tuple[int, int, int, int, int]
"""Peer, version, address in two words, and length."""
Way = tuple[int, int, int]
"""Origin, upstream and the way out."""


class Added:
    """The paths of all peers that tell more than one, newest last."""

    def __init__(self, networks: NDArray[np.int32]) -> None:
        self._networks = networks
        self._ways: dict[Key, dict[int, Way]] = {}

    def clear(self) -> None:
        """Forget all."""
        self._ways.clear()

    def settled(self, batch: Batch, peers: NDArray[np.int64]) -> Batch:
        """Return *batch* with what is left in place of withdrawals of one of several.

        *peers*: of the numbers in the batch, the peers.
        """
        numbered = batch.flags >= NUMBERED
        downs = batch.kinds == kernel.STATE
        if not numbered.any() and not (self._ways and downs.any()):
            return batch
        kinds, origins = batch.kinds.copy(), batch.origins.copy()
        upstreams, foreigns = batch.upstreams.copy(), batch.foreigns.copy()
        inside = origins < len(self._networks)
        mine = np.zeros(len(kinds), bool)
        mine[inside] = self._networks[origins[inside]] >= 0
        # a table that begins has nothing to replace: others' networks are passed over
        some = downs | (numbered & (mine | (kinds != kernel.RIB)))
        for row in np.flatnonzero(some).tolist():
            peer = int(peers[batch.peers[row]])
            if downs[row]:
                self._forget(peer)
                continue
            where = int(batch.highs[row]), int(batch.lows[row]), int(batch.lengths[row])
            key = (peer, int(batch.versions[row]), *where)
            number = int(batch.flags[row]) // NUMBERED
            ways = self._ways.get(key)
            if ways is not None:
                ways.pop(number, None)
            if kinds[row] != kernel.WITHDRAWN:
                if mine[row]:
                    way = int(origins[row]), int(upstreams[row]), int(foreigns[row])
                    self._ways.setdefault(key, {})[number] = way
            elif ways:
                kinds[row] = kernel.ANNOUNCED
                origins[row], upstreams[row], foreigns[row] = [*ways.values()][-1]
            elif ways is not None:
                del self._ways[key]
        return replace(
            batch,
            kinds=kinds,
            origins=origins,
            upstreams=upstreams,
            foreigns=foreigns,
        )

    def _forget(self, peer: int) -> None:
        for key in [one for one in self._ways if one[0] == peer]:
            del self._ways[key]
