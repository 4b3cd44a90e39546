"""Take from the log what a report needs: some hours, of some uplinks and targets."""

import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from rabta.clock import HOUR
from rabta.errors import StoreError, UsageError
from rabta.report.evidence import entry, leaf, merkle, note, salts
from rabta.report.evidence.shapes import (
    SCHEMA,
    Bundle,
    Earlier,
    Opening,
    Pair,
    packed,
    spans_of,
)
from rabta.store.evidence import Leaf, Leaves


_TOLD = 100
"""Earlier reports whose checkpoint is proven to be grown from."""


def bundle(
    path: Path,
    start: int,
    stop: int,
    *,
    wanted: Callable[[str, str], bool] = lambda _uplink, _target: True,
) -> Bundle:
    """Return the evidence of the UTC hours that touch [start, stop), microseconds.

    *wanted* says of an uplink and a target whether it is shown; of the others it is
    told only how many there are. Later bundles prove that the log grew out of this one.

    Raises:
        UsageError: no hour of that time was closed, or it is too much at once.
        StoreError: there is no evidence, or it cannot be read.
    """
    first, behind = start // HOUR, -(-stop // HOUR)
    with Leaves.read(path) as leaves, leaves.snapshot():
        made = _bundle(leaves, first, behind, wanted)
    with suppress(StoreError), Leaves.open(path) as leaves:  # a folder of others
        leaves.tell(note.read(made.checkpoint).size)
    return made


def _bundle(
    leaves: Leaves, first: int, behind: int, wanted: Callable[[str, str], bool]
) -> Bundle:
    newest = leaves.newest()
    span = leaves.between(first, behind)
    if newest is None or span is None:
        raise UsageError(
            "there is no evidence of that time",
            hint="hours are closed some minutes after they end",
        )
    hashes = leaves.hashes()[: newest.size]
    others = [one for one in leaves.others() if not span[0] <= one.number < span[1]]
    main = list(leaves.leaves(*span))
    shown = sorted([*others, *main], key=lambda one: one.number)
    numbers = [one.number for one in shown]
    secret = leaves.known()[1]
    opened = _Opened(secret, first, behind, wanted)
    for one in shown:
        opened.add(one)
    pairs = tuple(sorted(opened.pairs))
    days, hours = _salts(secret, pairs, first, behind)
    earlier = {one.size: one for one in (*leaves.told(_TOLD), *leaves.stamped(*span))}
    return Bundle(
        schema=SCHEMA,
        log=note.read(newest.note).log,
        start=first,
        stop=behind,
        pairs=pairs,
        checkpoint=newest.note,
        shown=spans_of(numbers),
        leaves=packed([one.body for one in shown]),
        hidden=_but(hashes, numbers),
        openings=tuple(opened.openings),
        entries=packed(opened.texts),
        days=days,
        hours=hours,
        earlier=tuple(
            Earlier(
                one.note,
                b"".join(merkle.consistency_of(hashes, size)),
                one.token,
            )
            for size, one in sorted(earlier.items())
            if size < newest.size or one.token
        ),
    )


def _but(hashes: Sequence[bytes], numbers: Sequence[int]) -> bytes:
    shown = set(numbers)
    return b"".join(one for at, one in enumerate(hashes) if at not in shown)


class _Opened:
    """The entries that are shown, and the proofs that they are in their hours."""

    def __init__(
        self,
        secret: bytes,
        start: int,
        stop: int,
        wanted: Callable[[str, str], bool],
    ) -> None:
        self._secret = secret
        self._start = start
        self._stop = stop
        self._wanted = wanted
        self.openings: list[Opening] = []
        self.texts: list[bytes] = []
        self.pairs: set[Pair] = set()

    def add(self, kept: Leaf) -> None:
        body = leaf.decode(kept.body)
        if isinstance(body, leaf.KeyLeaf):
            return
        if not self._start <= body.hour < self._stop:
            self.openings.append(Opening((), b""))
            return
        texts = zlib.decompress(kept.entries).split(b"\n")
        names = [(one.uplink, one.target) for one in entry.decode_all(texts)]
        shown = [at for at, name in enumerate(names) if self._wanted(*name)]
        proof: list[bytes] = []
        if 0 < len(shown) < len(names):
            hashes = entry.commitments(
                self._secret, salts.FIGURES, body.hour, names, texts
            )
            proof = merkle.proof_of(hashes, shown)
        self.openings.append(Opening(spans_of(shown), b"".join(proof)))
        self.texts += [texts[at] for at in shown]
        self.pairs |= {names[at] for at in shown}


def _salts(
    secret: bytes, pairs: tuple[Pair, ...], start: int, stop: int
) -> tuple[dict[int, bytes], dict[int, bytes]]:
    days: dict[int, bytes] = {}
    hours: dict[int, bytes] = {}
    for day in range(start // 24, -(-stop // 24)):
        made = [salts.of_day(secret, salts.FIGURES, pair, day) for pair in pairs]
        within = range(max(start, day * 24), min(stop, day * 24 + 24))
        if len(within) == 24:
            days[day] = b"".join(made)
        else:
            for hour in within:
                hours[hour] = b"".join(salts.of_hour(made, hour))
    return days, hours
