"""What carried when, for as long as the store is kept: a line of JSON for each turn.

What failover saved is priced from it, so it holds only what routes really followed.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from rabta.steer.document import Decision, last


RECORD = "carried.jsonl"


@dataclass(frozen=True, slots=True)
class Turn:
    """One uplink carried everything of an address family in [start, end), µs UTC."""

    family: int
    uplink: str
    start: int
    end: int


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Turn).decode


class Record:
    """Adds to the record in the store's *folder* as decisions come."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / RECORD
        self._open: dict[int, Turn] = {}
        if self._file.exists():
            self._write(b"\n")  # after what a full disk may have torn
        # one that was killed wrote its last decision and could not end its turns
        if left := last(folder):
            self.follow(left)
        self.end()

    def follow(self, decision: Decision) -> None:
        """Note what carries by *decision*."""
        for now in turns_of(decision):
            before = self._open.get(now.family)
            if before is None or before.uplink == now.uplink:
                begun = now.start if before is None else before.start
                self._open[now.family] = replace(now, start=begun)
            else:
                self._add(replace(before, end=now.start))
                self._open[now.family] = now

    def end(self) -> None:
        """Note that nothing is carried by routes of ours any more."""
        for turn in self._open.values():
            self._add(turn)
        self._open = {}

    def _add(self, turn: Turn) -> None:
        self._write(_encode(turn) + b"\n")

    def _write(self, data: bytes) -> None:
        with contextlib.suppress(OSError), self._file.open("ab") as file:
            file.write(data)


def turns_of(decision: Decision) -> Iterator[Turn]:
    """Yield what carries by *decision* up to its time; nothing unless routes follow."""
    for one in decision.carriers if decision.applied else ():
        if one.traffic == "bulk" and one.since < decision.time:
            yield Turn(one.family, one.uplink, one.since, decision.time)


def read(folder: Path) -> list[Turn]:
    """Return every turn on record, and those under way; malformed lines are none."""
    found: list[Turn] = []
    with contextlib.suppress(OSError), (folder / RECORD).open("rb") as file:
        for line in file:
            with contextlib.suppress(msgspec.MsgspecError):
                found.append(_decode(line))
    if now := last(folder):
        found += turns_of(now)
    return found
