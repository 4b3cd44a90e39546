"""From verdicts to disruptions: open, keep the history, close."""

from dataclasses import dataclass
from typing import Protocol

from rabta.clock import SECOND
from rabta.model import Disruption, Kind, State, Verdict


_CHECKING = "verdict.uplink-checking"
"""Fine so far, but something is being looked at."""


class Store(Protocol):
    """The part of the store the ledger writes to."""

    def put_verdict(self, verdict: Verdict) -> int:
        """Keep one version of a verdict."""

    def open_disruption(
        self,
        entity: str,
        kind: Kind,
        onset: int,
        uncertainty: float,
        depth: float,
        verdict: Verdict,
    ) -> int:
        """Begin a disruption; its number."""

    def add_disruption_verdict(
        self, disruption_id: int, verdict: Verdict, kind: Kind, depth: float
    ) -> None:
        """Add a version of its verdict; one that had ended goes on."""

    def close_disruption(self, disruption_id: int, end: int) -> None:
        """End it."""

    def disruptions(self, *, open_only: bool = False) -> list[Disruption]:
        """List disruptions."""


def kind_of(verdict: Verdict) -> Kind | None:
    """Tell what kind of disruption a verdict speaks of; None for none."""
    if verdict.code.endswith("-blocking") or verdict.code.startswith("dns-tampering"):
        return Kind.BLOCKING
    if verdict.code == "throttling":
        return Kind.THROTTLING
    match verdict.state:
        case State.DOWN:
            return Kind.OUTAGE
        case State.DEGRADED | State.MIXED:
            return Kind.DEGRADATION
        case _:
            return None


@dataclass(slots=True)
class _Entry:
    """The newest disruption of an entity."""

    id: int
    kind: Kind
    onset: int
    seen: int
    """The newest moment at which it was still said to go on."""
    end: int | None = None


class Ledger:
    """One open disruption per entity at most; every change of verdict is a version.

    An inconclusive verdict neither opens nor closes anything: not knowing is not
    the same as being well.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._last: dict[str, tuple[str, State, int]] = {}
        self._newest = {
            one.entity: _Entry(one.id, one.kind, one.onset, one.onset)
            for one in store.disruptions(open_only=True)
        }

    def news(self, verdict: Verdict) -> bool:
        """Whether *verdict* says something else than the entity's last one."""
        if self._begins_to_look(verdict):
            return False
        if self._last.get(verdict.entity) != _said(verdict):
            return True
        newest = self._newest.get(verdict.entity)
        if newest is not None and newest.end is None:
            newest.seen = verdict.time
        return False

    def _begins_to_look(self, verdict: Verdict) -> bool:
        """Whether a start has not got far enough to call an open disruption over."""
        last = self._last.get(verdict.entity)
        newest = self._newest.get(verdict.entity)
        return (
            verdict.sentence.key == _CHECKING
            and (last is None or last[1] is State.UNKNOWN)
            and newest is not None
            and newest.end is None
        )

    def apply(
        self, verdict: Verdict, kind: Kind | None, *, depth: float, uncertainty: float
    ) -> None:
        """Record *verdict*, which speaks of a disruption of *kind*, or of none.

        *depth* is the measured share that is lost, 0 to 1; *uncertainty* of the onset
        is in seconds.
        """
        self._store.put_verdict(verdict)
        if verdict.state is not State.UNKNOWN:
            self._move(verdict, kind, depth, uncertainty)
        self._last[verdict.entity] = _said(verdict)

    def _move(
        self, verdict: Verdict, kind: Kind | None, depth: float, uncertainty: float
    ) -> None:
        newest = self._newest.get(verdict.entity)
        if kind is None:
            if newest is not None and newest.end is None:
                self._close(newest, verdict)
            return
        if newest is not None and _same(newest, kind, verdict):
            self._store.add_disruption_verdict(newest.id, verdict, kind, depth)
            newest.kind, newest.end, newest.seen = kind, None, verdict.time
            return
        onset = verdict.since
        if newest is not None and newest.end is None:
            if newest.kind is Kind.OUTAGE:  # it eased: what is left begins now
                onset = max(onset, newest.seen)
            self._end(newest, onset if onset > newest.onset else verdict.time)
        number = self._store.open_disruption(
            verdict.entity, kind, onset, uncertainty, depth, verdict
        )
        self._newest[verdict.entity] = _Entry(number, kind, onset, verdict.time)

    def _close(self, entry: _Entry, verdict: Verdict) -> None:
        """End it when the next state began, or now if that is not known."""
        known = verdict.since > entry.onset
        self._end(entry, verdict.since if known else verdict.time)

    def _end(self, entry: _Entry, end: int) -> None:
        end = max(end, entry.onset)  # the clock may have been set back
        self._store.close_disruption(entry.id, end)
        entry.end = end


def _same(entry: _Entry, kind: Kind, verdict: Verdict) -> bool:
    """Whether *verdict* speaks of *entry*, perhaps understood better than before."""
    if entry.end is not None:
        return kind is entry.kind and verdict.since < entry.end
    if kind is entry.kind:
        return True
    # An outage that eases was an outage all the same.
    return entry.kind is not Kind.OUTAGE and verdict.since <= entry.onset + SECOND


def _said(verdict: Verdict) -> tuple[str, State, int]:
    return verdict.code, verdict.state, verdict.family
