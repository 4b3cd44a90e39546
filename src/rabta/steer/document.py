"""What steering decided, as the JSON document that all read; a file in the store."""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from rabta.clock import SECOND, Clock
from rabta.locale import spoken
from rabta.model import Message, State
from rabta.whole import replacement


FILE = "steer.json"
STALE = 15 * SECOND


@dataclass(frozen=True, slots=True)
class Carrier:
    """What carries one kind of traffic of one address family."""

    family: int
    traffic: str
    """``bulk``: everything but ``calls``."""
    uplink: str
    why: Message
    since: int
    """Microseconds UTC."""


@dataclass(frozen=True, slots=True)
class Rating:
    """One line, as the decision sees it."""

    uplink: str
    family: int
    state: State
    usable: bool
    tier: int
    metered: bool
    rtt_seconds: float | None
    loss_ratio: float | None
    calls: float | None
    """The R factor of calls, 0 to 93.2 (ITU-T G.107); None when not measured."""
    used_bytes: int
    """This month, counted while Rabta steers."""
    cap_bytes: int | None


@dataclass(frozen=True, slots=True)
class Move:
    """One change."""

    time: int
    family: int
    traffic: str
    before: str
    after: str
    why: Message


@dataclass(frozen=True, slots=True)
class Decision:
    """All of it at one moment."""

    time: int
    applied: bool
    """Whether routes follow it; else it only says where traffic would go."""
    carriers: tuple[Carrier, ...] = ()
    lines: tuple[Rating, ...] = ()
    moves: tuple[Move, ...] = ()
    """The newest, oldest first."""
    problems: tuple[Message, ...] = ()


_decode = msgspec.json.Decoder(Decision).decode


def write(folder: Path, decision: Decision) -> None:
    """Replace the document in the store's *folder*; a full disk keeps the old one."""
    replace_file(folder / FILE, msgspec.json.encode(decision))


def replace_file(file: Path, content: bytes) -> None:
    """Replace *file* in one step; a full disk keeps the old one."""
    with suppress(OSError), replacement(file, durable=False) as aside:
        aside.write_bytes(content)


def last(folder: Path) -> Decision | None:
    """Return what was written last, however long ago; None where that was nothing."""
    try:
        return _decode((folder / FILE).read_bytes())
    except (OSError, msgspec.MsgspecError):
        return None


def read(folder: Path, clock: Clock) -> Decision | None:
    """Return what is in force in the store's *folder*; None when nobody steers."""
    found = last(folder)
    fresh = found is not None and abs(clock.now() - found.time) < STALE
    return found if fresh else None


def plain(decision: Decision) -> dict[str, Any]:
    """Return *decision* as JSON values, its sentences in every language."""
    found: dict[str, Any] = spoken(msgspec.to_builtins(decision))
    return found
