"""The few ways in which sources write times."""

from datetime import UTC, datetime, timedelta


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def micros(text: str | None) -> int | None:
    """Read ISO 8601, with or without T and zone (then UTC); None if it is not."""
    if not text:
        return None
    try:
        return of(datetime.fromisoformat(text.strip()))
    except (ValueError, OverflowError):
        return None


def of(moment: datetime) -> int:
    """Return *moment* in microseconds; one without a zone is UTC."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - _EPOCH) // _MICROSECOND
