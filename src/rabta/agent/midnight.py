"""The local day: a byte budget lasts from one midnight to the next."""

from datetime import UTC, datetime, time, timedelta

from rabta.clock import SECOND


def next_midnight(now: int) -> int:
    """Return the end of the local day *now* is in, microseconds UTC."""
    return _midnight(now, 1)


def last_midnight(now: int) -> int:
    """Return the beginning of the local day *now* is in, microseconds UTC."""
    return _midnight(now, 0)


def _midnight(now: int, days: int) -> int:
    today = datetime.fromtimestamp(now / SECOND, UTC).astimezone().date()
    midnight = datetime.combine(today + timedelta(days=days), time())
    return int(midnight.astimezone().timestamp()) * SECOND
