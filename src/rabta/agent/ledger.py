"""From verdicts to disruptions: open, keep the history, close."""

from dataclasses import dataclass
from typing import Protocol

from rabta.agent.as_usual import LONGER
from rabta.agent.findings import UNUSUAL
from rabta.clock import SECOND
from rabta.model import Disruption, Kind, State, Verdict


_CHECKING = "verdict.uplink-checking"
"""Fine so far, but something is being looked at."""
_PARTLY_KNOWN = frozenset(
    {"verdict.works", "verdict.checking", "verdict.service-checking"}
)
"""Fine as far as it is known; a start has heard of little at first."""
_SETTLED = 15 * SECOND
"""By then every rung has been asked again: the slowest every 10 s, and 2 s to wait."""
_SURER = 0.1
"""A change of the confidence that is worth a version."""


class Disruptions(Protocol):
    """The part of the store that disruptions are written to, at once or behind."""

    def open_disruption(
        self,
        entity: str,
        kind: Kind,
        onset: int,
        uncertainty: float,
        depth: float,
        verdict: Verdict,
    ) -> int:
        """Begin a disruption; its number or ticket."""

    def add_disruption_verdict(
        self, disruption_id: int, verdict: Verdict, kind: Kind, depth: float
    ) -> None:
        """Add a version of its verdict; one that had ended goes on."""

    def close_disruption(self, disruption_id: int, end: int | None) -> None:
        """End it, or with None let it go on."""


class Store(Disruptions, Protocol):
    """The part of the store the ledger writes to."""

    def put_verdict(self, verdict: Verdict) -> object:
        """Keep one version of a verdict."""

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
    told: Verdict
    """Its newest version."""
    end: int | None = None


@dataclass(slots=True)
class _Last:
    """What was last kept of an entity."""

    verdict: Verdict
    begun: int
    """When it was first said, with perhaps less evidence."""
    settled: bool = False
    """Whether it was looked at again once everything had been asked."""


class Ledger:
    """One open disruption per entity at most; every change of verdict is a version.

    An inconclusive verdict neither opens nor closes anything: not knowing is not
    the same as being well.

    The first version of a fault is made within a second or two of it; most of what it
    lists has not been asked since. So there is one more when all has been, and one
    whenever the confidence is another.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._last: dict[str, _Last] = {}
        self._began: int | None = None
        self._newest = {
            one.entity: _Entry(
                one.id,
                one.kind,
                one.onset,
                max(one.onset, one.verdicts[-1].time),
                one.verdicts[-1],
            )
            for one in store.disruptions(open_only=True)
            if one.verdicts[-1].code != UNUSUAL  # that one is not the ladder's
        }

    def restart(self) -> None:
        """Go on as after a start: nothing was measured for a while.

        What was open stays so until it is known to be over. How much of it nobody saw
        is for the store to tell, which knows the gaps: see ``Disruption.unobserved``.
        """
        self._last.clear()
        self._began = None

    def since(self, entity: str, code: str) -> int | None:
        """Return since when *code* is said of *entity*, if that still goes on.

        It may have been said by the run before this one. Microseconds UTC.
        """
        newest = self._newest.get(entity)
        if newest is None or newest.end is not None or newest.told.code != code:
            return None
        return newest.told.since

    def news(self, verdict: Verdict) -> bool:
        """Whether *verdict* says something else, or more, than the entity's last."""
        if self._began is None:
            self._began = verdict.time
        if self._begins_to_look(verdict):
            return False
        last = self._last.get(verdict.entity)
        if last is None or _said(last.verdict) != _said(verdict):
            return True
        newest = self._newest.get(verdict.entity)
        if newest is None or newest.end is not None or verdict.state is State.UNKNOWN:
            return False
        newest.seen = max(newest.seen, verdict.time)
        return _says_more(last, verdict)

    def _begins_to_look(self, verdict: Verdict) -> bool:
        """Whether too little is known yet to call an open disruption over."""
        newest = self._newest.get(verdict.entity)
        if newest is None or newest.end is not None:
            return False
        began = self._began or 0
        started = verdict.time - began < _SETTLED
        seen = newest.told.time >= began
        partly = newest.kind is Kind.OUTAGE and verdict.state is State.MIXED
        if started and not seen and partly:
            return True  # one family is heard of before the other: nothing has eased
        last = self._last.get(verdict.entity)
        if last is not None and last.verdict.state is not State.UNKNOWN:
            return False
        # a line may be looked at for minutes and not be what it was all the while,
        # but one that this run has not seen broken may only not be known yet
        looked = verdict.time - last.verdict.time if last and seen else 0
        key = verdict.sentence.key
        return (key == _CHECKING and looked < _SETTLED) or (
            started and key in _PARTLY_KNOWN
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
        last = self._last.get(verdict.entity)
        if last is not None and _said(last.verdict) == _said(verdict):
            last.verdict = verdict
        else:
            self._last[verdict.entity] = _Last(verdict, verdict.time)

    def _move(
        self, verdict: Verdict, kind: Kind | None, depth: float, uncertainty: float
    ) -> None:
        newest = self._newest.get(verdict.entity)
        if kind is None:
            if newest is not None and newest.end is None:
                self._close(newest, verdict)
            return
        if newest is not None and _same(newest, kind, verdict):
            if newest.end is not None and _again(newest.told, verdict):
                self._store.close_disruption(newest.id, None)
            else:
                self._store.add_disruption_verdict(newest.id, verdict, kind, depth)
                newest.told = verdict
            newest.kind, newest.end = kind, None
            newest.seen = max(newest.seen, verdict.time)
            return
        onset = verdict.since
        if newest is not None and newest.end is None:
            if newest.kind is Kind.OUTAGE:  # it eased: what is left begins now
                onset = max(onset, newest.seen)
            self._end(newest, onset if onset > newest.onset else verdict.time)
        number = self._store.open_disruption(
            verdict.entity, kind, onset, uncertainty, depth, verdict
        )
        self._newest[verdict.entity] = _Entry(
            number, kind, onset, verdict.time, verdict
        )

    def _close(self, entry: _Entry, verdict: Verdict) -> None:
        """End it when the next state began, or now if that is not known.

        Never before it was last said to go on: what came back first did not end it.
        """
        known = verdict.since > entry.onset
        self._end(entry, max(verdict.since if known else verdict.time, entry.seen))

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


def _again(told: Verdict, verdict: Verdict) -> bool:
    """Whether *verdict* only repeats *told* after it was called over too early."""
    return _said(told) == _said(verdict) and told.since == verdict.since


def _says_more(last: _Last, verdict: Verdict) -> bool:
    """Whether the same verdict now rests on more, or is surer or less sure."""
    lasted = verdict.time - last.begun
    if lasted >= _SETTLED and not last.settled:
        last.settled = True
        if _facts(last.verdict) != _facts(verdict):
            return True
    if LONGER in _facts(verdict) - _facts(last.verdict):
        return True
    # ever more seldom, so that what wavers for a week does not fill the history
    if verdict.time - last.verdict.time < max(_SETTLED, lasted // 4):
        return False
    return abs(verdict.confidence - last.verdict.confidence) > _SURER


def _facts(verdict: Verdict) -> set[str]:
    return {fact.id for fact in verdict.evidence}


def _said(verdict: Verdict) -> tuple[str, State, int]:
    return verdict.code, verdict.state, verdict.family
