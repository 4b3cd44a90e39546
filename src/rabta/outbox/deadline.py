"""When something must be done, as people write it."""

import re
from datetime import UTC, datetime, timedelta

from rabta.clock import SECOND
from rabta.errors import UsageError


_SPAN = re.compile(r"(\d+(?:\.\d+)?)\s*(s|min|h|d)")
_SECONDS = {"s": 1, "min": 60, "h": 3600, "d": 86400}
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})")


def deadline_of(text: str, now: int) -> int | None:
    """Return microseconds UTC for ``18:00``, ``2h`` or ISO 8601; None for nothing.

    A time of day is the next one in this machine's zone.
    """
    if not text:
        return None
    if span := _SPAN.fullmatch(text.strip()):
        return now + round(float(span[1]) * _SECONDS[span[2]] * SECOND)
    here = datetime.fromtimestamp(now / SECOND, UTC).astimezone()
    try:
        if clock := _CLOCK.fullmatch(text.strip()):
            at = here.replace(
                hour=int(clock[1]), minute=int(clock[2]), second=0, microsecond=0
            )
            moment = at if at > here else at + timedelta(days=1)
        else:
            moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise UsageError(
            f"{text!r} is no deadline",
            hint="write 18:00, 90min, 2h, 3d or 2026-12-31T18:00",
        ) from None
    return round(moment.astimezone(UTC).timestamp() * SECOND)
