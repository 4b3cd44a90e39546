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
WORSE_SHARE: Final = 0.5
LEAVE_SHARE: Final = 0.25
"""A degraded group is as usual again when fewer than this are worse."""
_WINDOW: Final = 60 * SECOND
_STALE: Final = 30 * SECOND
_STALE_ROUNDS: Final = 4
_KEPT: Final = 5 * SECOND


class Group:
    """One light: a rung, or one corridor of the international rung."""

    def __init__(self, rung: Rung, name: str, members: Iterable[Member]) -> None:
        self.rung = rung
        self.name = name
        self.members: list[Member] = []
        self.parts: tuple[Group, ...] = ()
        """Its corridors; the whole is dark only when each of them is silent."""
        self._aside: set[str] = set()
        self.run = 0
        """Answers since the last loss, over all members, by their primary channels."""
        self.dark = False
        self.dark_at = 0
        self.relit_at = 0
        self.onset = 0
        """Time of the first silence since anyone answered, microseconds UTC."""
        self.last_ok = 0
        self.last_silence = 0
        self.joint = 0.0
        self._gloom: dict[str, float] = {}
        self._woken: dict[str, int] = {}
        self._settled = (State.UNKNOWN, 0, 0)
        self._state = replace(ABSENT, rung=rung, group=name)
        self._made = 0
        self.touched = True
        """Something was seen since the last summary."""
        self.set_members(members)

    def set_members(self, members: Iterable[Member]) -> None:
        """Replace the members; beliefs stay with those that stay."""
        self.touched = True
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
        aside = set(names)
        if aside != self._aside:
            self._aside = aside
            self.touched = True

    def silent(self, member: Member, weight: float, time: int, now: int) -> None:
        """Count one silence of *member*; *now* is when we learned of it."""
        self.touched = True
        self.last_silence = max(self.last_silence, time)
        if time <= self.last_ok:
            return
        if not self.joint or time < self.onset:
            self.onset = time
        name = member.target.name
        before = self._gloom[name]
        after = min(self._cap, before + weight)
        self._gloom[name] = after
        self.joint += after - before
        if not self.dark and self.joint >= self._needed and self._everywhere:
            self._darken(now)

    @property
    def _everywhere(self) -> bool:
        return all(part.joint >= 2 * SILENCE - 0.01 for part in self.parts)

    def shadow(self, now: int) -> None:
        """Settle sooner: everything beyond this rung is dark already."""
        if not self.dark and self.joint >= DARK_BELOW_DARKNESS:
            self._darken(now)

    def _darken(self, now: int) -> None:
        self.dark = self.touched = True
        self.dark_at = now
        self._woken.clear()

    def answered(self, member: Member, time: int, now: int) -> None:
        """Count one answer, come *now*, to a probe sent at *time*."""
        self.touched = True
        self.last_ok = max(self.last_ok, time)
        if not self.joint:
            return
        if 0 < self.onset - time < _WINDOW:
            return
        if self.dark:
            self._wake(member.target.name, time, now)
        else:
            self._clear()

    def _wake(self, name: str, time: int, now: int) -> None:
        self._woken[name] = self._woken.get(name, 0) + 1
        enough = min(2, len(self.members))
        if len(self._woken) >= enough or sum(self._woken.values()) >= 3:
            self.relight(time, now)

    def relight(self, time: int, now: int) -> None:
        """End the darkness: something answers, here or beyond."""
        if self.dark:
            self.dark = False
            self.touched = True
            self.relit_at = now
            for member in self.members:
                member.revive(time)
        if self.joint:
            self._clear()

    def _clear(self) -> None:
        self.joint = 0.0
        for name in self._gloom:
            self._gloom[name] = 0.0

    def step_back(self, now: int) -> None:
        """Follow a clock that was set back to *now*."""
        self.touched = True
        self.dark_at = min(self.dark_at, now)
        self.relit_at = min(self.relit_at, now)
        self.onset = min(self.onset, now)
        self.last_ok = min(self.last_ok, now)
        self.last_silence = min(self.last_silence, now)
        state, since, entered = self._settled
        self._settled = (state, min(since, now), min(entered, now))

    def ask(self, count: int) -> list[Member]:
        """Choose up to *count* members whose answer would settle the group soonest."""
        if self.parts:
            each = -(-count // len(self.parts))
            return [member for part in self.parts for member in part.ask(each)]
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

    def state(self, now: int) -> GroupState:
        """Sum up; the same object until something changed or grew old."""
        if self.touched or not 0 <= now - self._made < _KEPT:
            self._state = self._sum_up(now)
            self._made = now
            self.touched = False
        return self._state

    def _sum_up(self, now: int) -> GroupState:
        live = self._live(now)
        if not live:
            return replace(ABSENT, rung=self.rung, group=self.name)
        up = [m for m in live if m.settled is State.UP]
        down = [m for m in live if m.settled is State.DOWN]
        worse = [m for m in up if m.degraded]
        if worse and self._eased(len(up), worse):
            worse = [m for m in up if m.degraded]
        state = self._judge(live, up, down, worse)
        since, entered = self._since(state, live, down, worse, now)
        made = GroupState(
            rung=self.rung,
            group=self.name,
            state=state,
            up=len(up),
            down=len(down),
            uncertain=len(live) - len(up) - len(down),
            rtt=_median([m.primary.delay.smooth for m in up]),
            loss=_mean([m.loss_change.recent for m in up]),
            later=_median([m.later for m in up]) or 0.0,
            since=since,
            entered=entered,
            belief=self._belief(state, up, down),
            last_ok=self.last_ok,
            last_silence=self.last_silence,
            interval=self.interval,
        )
        return _with_extras(made, worse) if worse else made

    def _eased(self, count: int, worse: Sequence[Member]) -> bool:
        """Call loss over when the members together have lost nothing for long."""
        lossy = [m.loss_change for m in worse if m.loss_change.open]
        if not lossy:
            return False
        needed = max(change.needed for change in lossy) * count / len(lossy)
        if self.run < needed:
            return False
        for change in lossy:
            change.close()
        return True

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
            was = self._settled[0] is State.DEGRADED
            share = LEAVE_SHARE if was else WORSE_SHARE
            return State.DEGRADED if len(worse) >= share * len(up) else State.UP
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


def _with_extras(state: GroupState, worse: Sequence[Member]) -> GroupState:
    """Add by how much the members in *worse* are worse than usual."""
    slower = [m.later for m in worse if m.delay_change.open]
    lossy = [m.loss_change.extra for m in worse if m.loss_change.open]
    return replace(
        state,
        degraded=len(worse),
        extra_rtt=_median(slower) or 0.0,
        extra_loss=_median(lossy) or 0.0,
        slow=sum(m.rate_change is not None and m.rate_change.open for m in worse),
    )


def _earliest(times: Sequence[int], window: int = _WINDOW) -> int:
    """Return the first of those that belong to the newest event."""
    newest = max(times)
    return min(time for time in times if newest - time <= window)


def _median(values: Sequence[float]) -> float | None:
    return median(values) if values else None


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
