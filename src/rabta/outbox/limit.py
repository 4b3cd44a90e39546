"""How much of a line a transfer may take, as people write it, and what holds now."""

import re
from datetime import UTC, datetime

from rabta.clock import SECOND
from rabta.errors import UsageError
from rabta.model import Limit, Needs
from rabta.model.job import lies_between


_HOURS = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)-([01]?\d|2[0-3]):([0-5]\d)")
_RATE = re.compile(r"(\d+(?:\.\d+)?)\s*([kKMG]?)(?:bit/s|bps)?")
_SCALE = {"": 1.0, "k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9}


def bits(text: str) -> float:
    """Return bits per second from text such as ``2M`` or ``500k``; 0 for none."""
    if not text:
        return 0.0
    found = _RATE.fullmatch(text.strip())
    if not found:
        raise UsageError(
            f"{text!r} is no rate", hint="bits per second, such as 500k or 2M"
        )
    return float(found[1]) * _SCALE[found[2]]


def limit_of(text: str) -> Limit:
    """Return the limit of ``2M``, or of ``2M@09:00-18:00``, local time.

    Raises:
        UsageError: it is none.
    """
    rate, timed, hours = text.partition("@")
    if not timed:
        return Limit(bits(rate))
    if not _HOURS.fullmatch(hours.strip()) or not rate.strip():
        raise UsageError(f"{text!r} is no limit", hint="write 2M or 2M@09:00-18:00")
    return Limit(bits(rate), *hours_of(hours))


def hours_of(text: str) -> tuple[int, int]:
    """Return the minutes of the day that ``00:00-06:00`` means; equal for all day.

    Raises:
        UsageError: it means none.
    """
    if not text:
        return 0, 0
    found = _HOURS.fullmatch(text.strip())
    if not found:
        raise UsageError(f"{text!r} are no hours", hint="write 00:00-06:00")
    hour, minute, end_hour, end_minute = map(int, found.groups())
    return hour * 60 + minute, end_hour * 60 + end_minute


def may_go(needs: Needs, now: int) -> bool:
    """Whether *now*, microseconds UTC, lies in the hours of a job."""
    return lies_between(_minute(now), *needs.between)


def in_force(limit: Limit, now: int) -> float:
    """Return the bits per second at *now*, microseconds UTC; 0 for no limit."""
    return limit.at(_minute(now))


def _minute(now: int) -> int:
    here = datetime.fromtimestamp(now / SECOND, UTC).astimezone()
    return here.hour * 60 + here.minute
