"""Mains power where this machine stands."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mains:
    """What is known of mains power at one moment."""

    on: bool | None = None
    """None where nothing here knows."""
    ups: bool = False
    """Whether a UPS says so, not the charger or battery of a computer."""
