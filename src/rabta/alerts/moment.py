"""Moments as messages tell them."""

from datetime import UTC, datetime

from rabta.clock import SECOND


def moment_of(microseconds: int) -> datetime:
    """Return an aware datetime in this machine's zone."""
    return datetime.fromtimestamp(microseconds / SECOND, UTC).astimezone()
