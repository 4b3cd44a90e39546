"""Moments as people write them."""

from datetime import UTC, datetime


def at(text: str) -> int:
    """Microseconds UTC of an ISO 8601 time."""
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1e6)
