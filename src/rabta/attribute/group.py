"""The members of one rung or corridor, and whether the rung holds.

Two views of the same members. Counts say what each of them alone has settled to: slow
and exact, they tell a dead anchor from a dead rung. Darkness is the joint view: ten
silences spread over three members and no answer from anyone since the first of them
settle a rung in a fraction of a second, long before each member has settled alone.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from statistics import median
from typing import Final

from rabta.attribute.belief import (
    DARK,
    DARK_BELOW_DARKNESS,
    DARK_GROUP,
    LIMIT,
    SILENCE,
    probability,
)
from rabta.attribute.line import ABSENT, GroupState
from rabta.attribute.member import Member
from rabta.clock import SECOND
from rabta.model import Rung, State


UP_SHARE: Final = 0.6
DOWN_SHARE: Final = 0.2
_WINDOW: Final = 60 * SECOND
_STALE: Final = 30 * SECOND
_STALE_ROUNDS: Final = 4


class Group:
    """One light: a rung, or one corridor of the international rung."""

    def __init__(self, rung: Rung, name: str, members: Iterable[Member]) -> None:
        self.rung = rung
        self.name = name
        self.members: list[Member] = []
        self._aside: set[str] = set()
        self.dark = False
        self.dark_at = 0
        self.onset = 0
        """Time of the first silence since anyone answered, microseconds UTC."""
        self.last_ok = 0
        self.joint = 0.0
        self._gloom: dict[str, float] = {}
        self._woken: dict[str, int] = {}
        self._settled = (State.UNKNOWN, 0, 0)
        self.set_members(members)

    def set_members(self, members: Iterable[Member]) -> None:
        """Replace the members; beliefs stay with those that stay."""
        self.members = list(members)
        self._gloom = {
            m.target.name: self._gloom.get(m.target.name, 0.0) for m in self.members
        }
        count = len(self.members)
        self._cap = DARK if count == 1 else 4 * SILENCE
        self._needed = DARK if count == 1 else 8 * SILENCE - 0.01
        if count >= 3:
            self._needed = DARK_GROUP
        self.interval = min((m.target.interval for m in self.members), default=10.0)

    def set_aside(self, names: Iterable[str]) -> None:
        """Leave these members out of the counts."""
        self._aside = set(names)

    def silent(self, member: Member, weight: float, time: int, now: int) -> None:
        """Count one silence of *member*; *now* is when we learned of it."""
        if time <= self.last_ok:
            return
        if not self.joint or time < self.onset:
            self.onset = time
        name = member.target.name
        before = self._gloom[name]
        after = min(self._cap, before + weight)
        self._gloom[name] = after
        self.joint += after - before
        if not self.dark and self.joint >= self._needed:
            self._darken(now)

    def shadow(self, now: int) -> None:
        """Settle sooner: everything beyond this rung is dark already."""
        if not self.dark and self.joint >= DARK_BELOW_DARKNESS:
            self._darken(now)

    def _darken(self, now: int) -> None:
        self.dark = True
        self.dark_at = now
        self._woken.clear()

    def answered(self, member: Member, time: int) -> None:
        """Count one answer to a probe sent at *time*."""
        self.last_ok = max(self.last_ok, time)
        if not self.joint:
            return
        if 0 < self.onset - time < _WINDOW:
            return
        if self.dark:
            self._wake(member.target.name, time)
        else:
            self._clear()

    def _wake(self, name: str, time: int) -> None:
        self._woken[name] = self._woken.get(name, 0) + 1
        enough = min(2, len(self.members))
        if len(self._woken) >= enough or sum(self._woken.values()) >= 3:
            self.relight(time)

    def relight(self, time: int) -> None:
        """End the darkness: something answers, here or beyond."""
        if self.dark:
            self.dark = False
            for member in self.members:
                member.revive(time)
        if self.joint:
            self._clear()

    def _clear(self) -> None:
        self.joint = 0.0
        for name in self._gloom:
            self._gloom[name] = 0.0

    def ask(self, count: int) -> list[Member]:
        """Choose up to *count* members whose answer would settle the group soonest."""
        gloom = self._gloom
        able = [
            member
            for member in self.members
            if not member.mute
            and (member.settled is not State.DOWN or self.dark)
            and (gloom[member.target.name] < self._cap or self.dark)
        ]
        able.sort(key=lambda member: -gloom[member.target.name])
        return able[:count]

    def state(self, now: int, *, answers_beyond: bool = False) -> GroupState:
        """Sum up; *answers_beyond* says that something further out answers now."""
        live = self._live(now)
        if not live:
            return replace(ABSENT, rung=self.rung, group=self.name)
        up = [m for m in live if m.settled is State.UP]
        down = [m for m in live if m.settled is State.DOWN]
        worse = [m for m in up if m.degraded]
        state = self._judge(live, up, down, worse)
        if answers_beyond and state not in (State.UP, State.DEGRADED):
            state = State.UP
        since, entered = self._since(state, live, down, worse, now)
        return GroupState(
            rung=self.rung,
            group=self.name,
            state=state,
            up=len(up),
            down=len(down),
            uncertain=len(live) - len(up) - len(down),
            degraded=len(worse),
            rtt=_median(m.primary.delay.smooth for m in up),
            loss=_mean([m.loss_change.recent for m in up]),
            extra_rtt=_median(
                m.delay_change.above(m.primary.delay.smooth)
                for m in worse
                if m.delay_change.open
            )
            or 0.0,
            extra_loss=_median(m.loss_change.extra for m in worse if m.loss_change.open)
            or 0.0,
            slow=sum(m.rate_change is not None and m.rate_change.open for m in worse),
            since=since,
            entered=entered,
            belief=self._belief(state, up, down),
            last_ok=self.last_ok,
            interval=self.interval,
        )

    def _live(self, now: int) -> Sequence[Member]:
        patience = int(_STALE_ROUNDS * self.interval * SECOND) + _STALE
        oldest = now - patience
        return [
            m
            for m in self.members
            if m.last > oldest and m.target.name not in self._aside and not m.mute
        ]

    def _judge(
        self,
        live: Sequence[Member],
        up: Sequence[Member],
        down: Sequence[Member],
        worse: Sequence[Member],
    ) -> State:
        if self.dark:
            return State.DOWN
        if len(up) >= UP_SHARE * len(live):
            return State.DEGRADED if 2 * len(worse) >= len(up) else State.UP
        if len(live) - len(down) <= DOWN_SHARE * len(live):
            return State.DOWN
        return State.MIXED if down else State.UNKNOWN

    def _since(
        self,
        state: State,
        live: Sequence[Member],
        down: Sequence[Member],
        worse: Sequence[Member],
        now: int,
    ) -> tuple[int, int]:
        """Return when this state began and when it was concluded."""
        before, since, entered = self._settled
        if state is before:
            return since, entered
        entered = self.dark_at if self.dark else now
        if self.dark:
            since = self.onset
        elif state in (State.DOWN, State.MIXED) and before is not State.DOWN:
            since = _earliest([m.onset for m in down])
        elif state is State.DEGRADED:
            since = _earliest([m.worse_since for m in worse], 10 * _WINDOW)
        elif state is not State.UNKNOWN:
            since = max((m.fresh or m.last_ok for m in live), default=now)
        else:
            since = now
        self._settled = (state, since, entered)
        return since, entered

    def _belief(
        self, state: State, up: Sequence[Member], down: Sequence[Member]
    ) -> float:
        if state is State.DOWN and self.dark:
            return 0.99 if self.joint >= self._needed else 0.97
        sure = [m.odds for m in (up if state is not State.DOWN else down)]
        if not sure:
            return 0.9
        return probability(min(LIMIT, max(abs(odds) for odds in sure)))


def _earliest(times: Sequence[int], window: int = _WINDOW) -> int:
    """Return the first of those that belong to the newest event."""
    newest = max(times)
    return min(time for time in times if newest - time <= window)


def _median(values: Iterable[float]) -> float | None:
    known = [value for value in values if value]
    return median(known) if known else None


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
