"""Which uplink carries what: the decision, apart from what was detected. Pure.

Detection says at once that a line is down; the policy says whether traffic moves. It
leaves a dead line at once, a bad one after a while and for what suffers only, and goes
back to a better one only when that has proven itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from rabta.model import Message, State
from rabta.steer.damping import Penalty
from rabta.steer.lanes import Lane
from rabta.steer.quality import Traffic, suffers


@dataclass(frozen=True, slots=True)
class Policy:
    """How patient to be; seconds."""

    patience: float = 0.0
    """A line must be dead for so long before traffic leaves it."""
    settle: float = 5.0
    """Traffic must suffer for so long before it leaves a line that lives."""
    hold: float = 60.0
    """A better line must be good for so long before traffic goes back to it."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Which uplink carries one kind of traffic of one family, and why."""

    uplink: str
    """Empty where there is none."""
    why: Message
    since: float
    """Monotonic seconds; since when it does."""


@dataclass(slots=True)
class _Record:
    alive: bool = True
    dead_since: float | None = None
    good_since: float | None = None
    suffering_since: dict[Traffic, float] = field(default_factory=dict)
    penalty: Penalty = field(default_factory=Penalty)


class Steering:
    """The choices for one address family, as time goes on."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._records: dict[str, _Record] = {}
        self._choices: dict[Traffic, Choice] = {}
        self._barred: dict[str, float] = {}

    def decide(self, lanes: Sequence[Lane], now: float) -> dict[Traffic, Choice]:
        """Return what carries what from *now* on; *lanes* in the system's order."""
        for lane in lanes:
            self._note(lane, now)
        for name in self._records.keys() - {lane.uplink for lane in lanes}:
            del self._records[name]
        for traffic in ("bulk", "calls"):
            self._choices[traffic] = self._choose(traffic, lanes, now)
        return dict(self._choices)

    def bar(self, uplink: str, until: float, *, instead: str) -> None:
        """Keep traffic off *uplink*: it was tried and carried nothing.

        Traffic goes back to *instead*, and from there to what works.
        """
        self._barred[uplink] = until
        for traffic, choice in self._choices.items():
            if choice.uplink == uplink:
                why = Message.of("steer.barred", uplink=uplink)
                self._choices[traffic] = replace(choice, uplink=instead, why=why)

    def _note(self, lane: Lane, now: float) -> None:
        record = self._records.setdefault(lane.uplink, _Record())
        if lane.state is State.DOWN:  # what was tried is explained; it may come back
            self._barred.pop(lane.uplink, None)
        alive = lane.alive and self._barred.get(lane.uplink, now) <= now
        if record.alive and not alive:
            record.penalty.fail(now)
            record.dead_since = now
        record.alive = alive
        for traffic in ("bulk", "calls"):
            before = traffic in record.suffering_since
            if suffers(traffic, lane.rtt_seconds, lane.loss_ratio, now=before):
                record.suffering_since.setdefault(traffic, now)
            else:
                record.suffering_since.pop(traffic, None)
        good = alive and lane.state is State.UP and not record.suffering_since
        record.good_since = (record.good_since or now) if good else None

    def _choose(self, traffic: Traffic, lanes: Sequence[Lane], now: float) -> Choice:
        alive = [lane for lane in lanes if self._records[lane.uplink].alive]
        here = self._choices.get(traffic)
        current = next(
            (lane for lane in lanes if here and lane.uplink == here.uplink), None
        )
        if not alive:  # nothing is gained by moving, and something may be lost
            name = current.uplink if current else (lanes[0].uplink if lanes else "")
            return self._stay(here, name, Message.of("steer.none"), now)
        best = min(
            alive, key=lambda lane: self._rank(traffic, lane, lanes.index(lane), now)
        )
        if current is None:
            return Choice(best.uplink, self._merit(best, lanes), now)
        if best is current:
            return self._stay(here, current.uplink, self._merit(best, lanes), now)
        why = self._reason(traffic, current, best, here.since if here else now, now)
        if why is None:
            waits = Message.of("steer.waits", uplink=best.uplink)
            return self._stay(here, current.uplink, waits, now)
        return Choice(best.uplink, why, now)

    def _rank(
        self, traffic: Traffic, lane: Lane, place: int, now: float
    ) -> tuple[bool, bool, bool, bool, int, bool, int]:
        record = self._records[lane.uplink]
        return (
            lane.spent,
            traffic in record.suffering_since,
            record.penalty.holds(now),
            lane.state is State.UNKNOWN,
            lane.tier,
            lane.metered,
            place,
        )

    def _reason(
        self, traffic: Traffic, current: Lane, best: Lane, since: float, now: float
    ) -> Message | None:
        """Return why to leave *current* for *best* now; None when not yet."""
        policy = self._policy
        record, other = self._records[current.uplink], self._records[best.uplink]
        if not record.alive:
            dead = now - (record.dead_since if record.dead_since is not None else now)
            if dead < policy.patience:
                return None
            return Message.of("steer.dead", uplink=current.uplink)
        if current.spent and not best.spent:
            return Message.of("steer.spent", uplink=current.uplink)
        bad = record.suffering_since.get(traffic)
        if bad is not None and traffic not in other.suffering_since:
            if now - bad < policy.settle:
                return None
            return Message.of(
                f"steer.suffers.{traffic}",
                uplink=current.uplink,
                loss=current.loss_ratio or 0.0,
            )
        good = other.good_since
        proven = good is not None and now - good >= policy.hold
        if proven and now - since >= policy.hold:
            return Message.of("steer.back", uplink=best.uplink)
        return None

    def _merit(self, lane: Lane, lanes: Sequence[Lane]) -> Message:
        """Return why *lane*, the best there is, is the best."""
        if len(lanes) == 1:
            return Message.of("steer.only", uplink=lane.uplink)
        if not any(self._records[one.uplink].alive for one in lanes if one != lane):
            return Message.of("steer.alone", uplink=lane.uplink)
        first = min(lanes, key=lambda one: (one.tier, one.metered))
        key = "steer.first" if first == lane else "steer.better"
        return Message.of(key, uplink=lane.uplink, other=first.uplink)

    @staticmethod
    def _stay(here: Choice | None, uplink: str, why: Message, now: float) -> Choice:
        if here is not None and here.uplink == uplink:
            return Choice(uplink, why, here.since)
        return Choice(uplink, why, now)
