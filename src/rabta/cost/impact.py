"""Business impact analysis: what a service's absence does, hour by hour (ISO 22301).

The impact is a curve that never falls, straight between the points that are given. MTPD
is where it reaches what is not tolerable, RTO the longest of the usual times at which
it is still acceptable; a service must be back within its RTO, which must be below its
MTPD, and no more data may be lost than its RPO allows.
"""

from dataclasses import dataclass

import numpy as np

from rabta.model.message import Message


GRID = (1.0, 4.0, 8.0, 24.0, 72.0, 168.0)
"""Hours at which impact is asked for."""


@dataclass(frozen=True, slots=True)
class Need:
    """What is said of one service."""

    name: str
    impact: tuple[tuple[float, float], ...]
    """(hours gone, money so far), rising."""
    tolerance: float
    """Money at which the firm's life is in danger."""
    appetite: float
    """Money that is acceptable."""
    minimum: str = ""
    """The least that must go on, in the firm's words."""
    recovery_hours: float | None = None
    """How soon it has been brought back in a drill; None: never tried."""
    rpo_hours: float | None = None
    """How much work may be lost; None: not said."""
    copy_hours: float | None = None
    """How often a copy is made; None: not said."""

    def __post_init__(self) -> None:
        """Refuse a curve that falls."""
        hours = [hour for hour, _ in self.impact]
        money = [amount for _, amount in self.impact]
        if not hours or hours != sorted(set(hours)) or money != sorted(money):
            raise ValueError("impact must not fall as time goes on")


@dataclass(frozen=True, slots=True)
class Judged:
    """One service, analysed; hours, None beyond the last point of the curve."""

    need: Need
    at: tuple[tuple[float, float], ...]
    """(hours, money) on ``GRID``, as far as the curve is given."""
    mtpd: float | None
    rto: float | None
    """None when not even the shortest time is acceptable."""
    problems: tuple[Message, ...]


def judged(need: Need) -> Judged:
    """Analyse one service."""
    last = need.impact[-1][0]
    at = tuple((hour, _impact(need, hour)) for hour in GRID if hour <= last)
    rto = max((hour for hour, money in at if money <= need.appetite), default=None)
    mtpd = _reached(need)
    return Judged(need, at, mtpd, rto, tuple(_problems(need, mtpd, rto)))


def analysed(needs: tuple[Need, ...]) -> tuple[Judged, ...]:
    """Analyse all; what must be back first comes first."""
    found = [judged(need) for need in needs]
    return tuple(sorted(found, key=lambda one: (one.rto or 0.0, one.need.name)))


def _impact(need: Need, hour: float) -> float:
    hours, money = zip((0.0, 0.0), *need.impact, strict=True)
    return float(np.interp(hour, hours, money))


def _reached(need: Need) -> float | None:
    """Return the first hour at which the impact is *tolerance*; None if never."""
    before = (0.0, 0.0)
    for hour, money in need.impact:
        if money >= need.tolerance:
            rise = money - before[1]
            part = (need.tolerance - before[1]) / rise if rise > 0 else 0.0
            return before[0] + max(0.0, part) * (hour - before[0])
        before = (hour, money)
    return None


def _problems(need: Need, mtpd: float | None, rto: float | None) -> list[Message]:
    found = []
    if rto is None:
        found.append(Message.of("cost.impact.never_acceptable"))
    elif mtpd is not None and rto >= mtpd:
        found.append(Message.of("cost.impact.rto_beyond_mtpd"))
    if need.recovery_hours is None:
        found.append(Message.of("cost.impact.untried"))
    elif rto is not None and need.recovery_hours > rto:
        span = need.recovery_hours * 3600
        found.append(Message.of("cost.impact.too_slow", span=span, rto=rto * 3600))
    if need.rpo_hours is not None and need.copy_hours is not None:
        if need.copy_hours > need.rpo_hours:
            span = need.copy_hours * 3600
            rpo = need.rpo_hours * 3600
            found.append(Message.of("cost.impact.copies_late", span=span, rpo=rpo))
    elif need.copy_hours is None:
        found.append(Message.of("cost.impact.copies_unknown"))
    return found
