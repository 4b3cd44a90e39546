"""When it began and how long it lasted, on the clocks people there look at.

Shutdowns are ordered for a time: 85 % begin on the hour or half-hour against 40 % of
other outages (Bischof et al., SIGCOMM 2023). Time alone proves nothing.
"""

from datetime import UTC, datetime

from rabta.attribute.cause.event import Event, Seen, Surroundings
from rabta.clock import HOUR, SECOND


_FRIDAY = 4
_HALF_HOUR = 1800.0  # seconds
_SLACK = 300.0
"""Seconds by which a length may miss: operators obey within minutes, not at once."""
_COARSE = 600.0  # seconds: with wider bins the minute says nothing
_LENGTHS = (
    (1, "under-1h"),
    (3, "1-3h"),
    (6, "3-6h"),
    (12, "6-12h"),
    (24, "12-24h"),
    (72, "1-3d"),
)
"""Hours below which a length has its name."""


def start_minute(event: Event, around: Surroundings) -> Seen | None:
    """On the hour, on the half-hour, or neither, local time."""
    if event.step_seconds > _COARSE or around.zone is None:
        return None
    local = _local(event.onset, around)
    outcome = _minute(local, event)
    return Seen("start-minute", (outcome,), f"start-{outcome}", _at(local))


def start_hour(event: Event, around: Surroundings) -> Seen | None:
    """The small hours, the night or the day; apart for round and for odd minutes."""
    if around.zone is None or event.step_seconds > 2 * HOUR / SECOND:
        return None
    local = _local(event.onset, around)
    part = "day"
    if 3 <= local.hour < 7:
        part = "small-hours"
    elif local.hour < 3 or local.hour >= 22:
        part = "night"
    round_ = event.step_seconds <= _COARSE and _minute(local, event) != "odd"
    name = "start-hour-round" if round_ else "start-hour-odd"
    return Seen(name, (part,), f"start-{part}", _at(local))


def weekday(event: Event, around: Surroundings) -> Seen | None:
    """Orders for a Friday are rare: 6 % of shutdowns."""
    if around.zone is None:
        return None
    friday = _local(event.onset, around).weekday() == _FRIDAY
    name = "friday" if friday else "other-day"
    return Seen("weekday", (name,), name)


def length(event: Event, around: Surroundings) -> Seen | None:
    """How long it lasted, once it is over."""
    del around
    if event.end is None or event.end > event.now:
        return None
    hours = (event.end - event.onset) / HOUR
    name = next((name for most, name in _LENGTHS if hours < most), "over-3d")
    seconds = (event.end - event.onset) / SECOND
    return Seen("length", (name,), "length", (("lasted", seconds),))


def whole_hours(event: Event, around: Surroundings) -> Seen | None:
    """Whether it lasted whole hours, or half ones: an order names its end as well.

    Beside the minute it began, this tells the minute it ended, so that has no vote.
    """
    del around
    if event.end is None or event.end > event.now or event.step_seconds > _COARSE:
        return None
    seconds = (event.end - event.onset) / SECOND
    name = "odd"
    if seconds > _HALF_HOUR - _SLACK:
        name = _nearest(seconds, _SLACK)
    return Seen("whole-hours", (name,), f"lasted-{name}")


def _local(when: int, around: Surroundings) -> datetime:
    return datetime.fromtimestamp(when / SECOND, UTC).astimezone(around.zone)


def _minute(local: datetime, event: Event) -> str:
    # a bin that begins just before holds what began on the hour
    within = min(max(event.step_seconds, 60.0), 300.0)
    return _nearest(local.minute * 60 + local.second, within)


def _nearest(seconds: float, within: float) -> str:
    past = seconds % _HALF_HOUR
    if min(past, _HALF_HOUR - past) >= within:
        return "odd"
    return "half" if round(seconds / _HALF_HOUR) % 2 else "hour"


def _at(local: datetime) -> tuple[tuple[str, str], ...]:
    return (("clock", local.strftime("%H:%M")),)
