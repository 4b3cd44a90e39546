"""Politeness: how often an uplink may be probed, and for how many bytes a day.

Pure arithmetic: time comes as an argument, in microseconds UTC.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from math import inf
from typing import Final

from rabta.clock import DAY, SECOND
from rabta.config import UplinkSettings
from rabta.config.services import OUTSIDE
from rabta.model.target import Probe, Rung, Target
from rabta.model.uplink import LineKey, Uplink


METERED_BUDGET_BYTES: Final = 50_000_000
BURST_PROBES: Final = 14
BURST_SPACING: Final = SECOND // 10
_STEADY_SPACING: Final = SECOND
_JITTER: Final = SECOND // 20
"""How much earlier than due a probe may come, without changing the average."""

_RESERVE: Final = {
    Rung.FIRST_HOP: 0.0,
    Rung.ANYCAST: 0.0,
    Rung.RESOLVER: 0.05,
    Rung.INTERNATIONAL: 0.1,
    Rung.DOMESTIC: 0.15,
    Rung.SERVICE: 0.25,
    Rung.CONTROL: 0.3,
}
"""Share of the day's budget a rung leaves to those the verdict needs more."""
_TRANSFER_RESERVE: Final = 0.5
_WORTHWHILE: Final = {Probe.FETCH: 600_000, Probe.THROUGHPUT: 8_000_000}
"""Bytes below which a transfer is not begun: all of a fetch, headers included, and
what a test of 10 s takes at 6 Mbit/s."""
TRANSFERS: Final = frozenset(_WORTHWHILE)
"""Probes that cost megabytes; on one uplink they are made one after the other."""
_UNKNOWN_PAGE: Final = 64 * 1024
"""Bytes a page is taken to cost before one was fetched: as much as is read of one."""
_HEADERS: Final = 0.07
"""Share of the payload that headers and acknowledgements add at most."""
_FREE: Final = frozenset({Rung.CARRIER, Rung.ADDRESS, Rung.GATEWAY})
"""What stays on the local link costs nobody anything."""
_FIRMNESS: Final = 8
"""Exponent of the stretch: the steady state spends the first ``1 - k**(-1/7)`` of the
budget early and the rest evenly, where *k* is the demand in budgets per day."""


class Permit(StrEnum):
    """Whether a probe may leave now."""

    GO = "go"
    WAIT = "wait"
    """Too soon after the last one."""
    SPENT = "spent"
    """The budget has nothing left for this rung today; record BUDGET_SPENT."""


@dataclass(slots=True)
class _Pace:
    due: int = 0
    """Earliest moment of the next steady probe."""
    last: int = 0
    doubt: int = 0
    extra: int = 0
    cost: int = 0
    """Bytes the last one took."""
    held: int = 0
    """Bytes kept for one that is under way: what leaves together is paid together."""


@dataclass(slots=True)
class _Tap:
    """What one host is sent on behalf of all services and lines: a token bucket."""

    level: float = float(BURST_PROBES)
    at: int = 0

    def full(self, now: int) -> bool:
        """Whether there is one to take out; it fills by one a second."""
        filled = max(0, now - self.at) / _STEADY_SPACING
        self.level = min(float(BURST_PROBES), self.level + filled)
        self.at = now
        return self.level >= 1


def budget_of(uplink: Uplink, settings: UplinkSettings | None) -> int | None:
    """Return the bytes a day may cost on *uplink*; None for unlimited."""
    if settings is not None and settings.budget_bytes is not None:
        return settings.budget_bytes
    return METERED_BUDGET_BYTES if uplink.metered else None


def utc_midnight(now: int) -> int:
    """Return the end of the UTC day *now* is in."""
    return now - now % DAY + DAY


class Pacer:
    """The manners of all lines, and the accounts of all uplinks."""

    def __init__(self, next_midnight: Callable[[int], int] = utc_midnight) -> None:
        """*next_midnight* tells the end of the local day a moment is in."""
        self._next_midnight = next_midnight
        self._midnight = 0
        self._budgets: dict[str, int | None] = {}
        self._spent: dict[str, int] = {}
        self._held: dict[str, int] = {}
        self._paces: dict[tuple[LineKey, str, Probe], _Pace] = {}
        self._taps: dict[str, _Tap] = {}

    def set_budget(self, uplink: str, budget_bytes: int | None) -> None:
        """Allow *budget_bytes* a day; None for as much as it takes."""
        self._budgets[uplink] = budget_bytes

    def budget(self, uplink: str) -> int | None:
        """Return what may be spent a day."""
        return self._budgets.get(uplink)

    def spent(self, uplink: str, now: int) -> int:
        """Return the bytes spent since the last local midnight."""
        self._turn_day(now)
        return self._spent.get(uplink, 0)

    def spend(self, uplink: str, spent_bytes: int) -> None:
        """Count what was spent in any other way than by a probe that asked."""
        self._spent[uplink] = self._spent.get(uplink, 0) + spent_bytes

    def settle(
        self, key: LineKey, target: Target, probe: Probe, spent_bytes: int
    ) -> None:
        """Count what a probe has cost; what stays on the local link is free."""
        pace = self._pace(key, target, probe)
        pace.cost = spent_bytes
        self._hold(key[0], pace, 0)
        if target.rung not in _FREE:
            self.spend(key[0], spent_bytes)

    def release(self, key: LineKey, target: Target, probe: Probe) -> None:
        """Give back what is held for a probe that is over, or was broken off."""
        self._hold(key[0], self._pace(key, target, probe), 0)

    def _pace(self, key: LineKey, target: Target, probe: Probe) -> _Pace:
        which = key, target.name, probe
        if (pace := self._paces.get(which)) is None:
            cost = _UNKNOWN_PAGE if probe is Probe.HTTP else 0
            pace = self._paces[which] = _Pace(cost=cost)
        return pace

    def _hold(self, uplink: str, pace: _Pace, held: int) -> None:
        self._held[uplink] = self._held.get(uplink, 0) + held - pace.held
        pace.held = held

    def interval(self, key: LineKey, target: Target, probe: Probe, now: int) -> float:
        """Return the seconds between steady probes, stretched when bytes run short.

        Infinite once nothing is left for this rung today.
        """
        left = self._left(key, target, probe, now)
        if left <= 0:
            return inf
        day_left = min((self._midnight - now) / DAY, 1.0)
        return max(1.0, target.interval) * max(1.0, (day_left / left) ** _FIRMNESS)

    def ask(
        self,
        key: LineKey,
        target: Target,
        probe: Probe,
        now: int,
        doubt: int | None = None,
    ) -> Permit:
        """Ask to send one probe now; on GO it is taken as sent.

        *doubt* names the doubt an extra probe would settle, such as the moment it
        began: each may cost ``BURST_PROBES`` extra probes, ``BURST_SPACING`` apart.

        Controls of many services go to the same few hosts. Whatever the services and
        lines, such a host gets one a second in the long run, ``BURST_PROBES`` at once.
        """
        pace = self._pace(key, target, probe)
        # one byte less than it costs: what fits exactly may go
        if self._left(key, target, probe, now, max(0, pace.cost - 1)) <= 0:
            return Permit.SPENT
        if pace.last > now:  # the clock was set back
            pace.due = pace.last = 0
        tap = self._tap(target)
        if tap is not None and not tap.full(now):
            return Permit.WAIT
        polite = _steady(pace, now) if doubt is None else _extra(pace, now, doubt)
        if not polite:
            return Permit.WAIT
        if tap is not None:
            tap.level -= 1
        pace.last = now
        if target.rung not in _FREE and probe not in TRANSFERS:
            self._hold(key[0], pace, pace.cost)
        return Permit.GO

    def _tap(self, target: Target) -> _Tap | None:
        """Return what the host of *target* is sent, if many services ask it."""
        if not target.control_for or target.role not in OUTSIDE:
            return None
        return self._taps.setdefault(target.host, _Tap())

    def payload(self, key: LineKey, probe: Probe, now: int) -> int | None:
        """Return the bytes a transfer that begins now may move; None without limit.

        0 when so few are left of the day's budget that it is not worth its cost. Ask
        when the transfer begins, and let no other begin on this uplink before what it
        has cost is counted: only so can the budget not be overdrawn.
        """
        self._turn_day(now)
        budget = self._budgets.get(key[0])
        if budget is None:
            return None
        left = budget * (1 - _TRANSFER_RESERVE) - self._spent.get(key[0], 0)
        return int(left / (1 + _HEADERS)) if left >= _WORTHWHILE[probe] else 0

    def _left(
        self, key: LineKey, target: Target, probe: Probe, now: int, cost: int = 0
    ) -> float:
        """Share of what this probe may use that is left after *cost* bytes more."""
        self._turn_day(now)
        budget = self._budgets.get(key[0])
        if budget is None or target.rung in _FREE:
            return 1.0
        reserve = _TRANSFER_RESERVE if probe in TRANSFERS else _RESERVE[target.rung]
        usable = budget * (1 - reserve)
        gone = self._spent.get(key[0], 0) + self._held.get(key[0], 0)
        gone += cost
        return 1 - gone / usable if usable > 0 else 0.0

    def _turn_day(self, now: int) -> None:
        # a clock set back by more than a day starts a new one too
        if not 0 < self._midnight - now <= 2 * DAY:
            if self._midnight:
                self._spent.clear()
            self._midnight = self._next_midnight(now)


def _steady(pace: _Pace, now: int) -> bool:
    if now < pace.due - _JITTER:
        return False
    pace.due = max(pace.due, now) + _STEADY_SPACING
    return True


def _extra(pace: _Pace, now: int, doubt: int) -> bool:
    if doubt != pace.doubt:
        pace.doubt, pace.extra = doubt, 0
    if pace.extra >= BURST_PROBES or now - pace.last < BURST_SPACING:
        return False
    pace.extra += 1
    return True
