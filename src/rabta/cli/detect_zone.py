"""The time zone people live by: as they name it, or as their country has it."""

from datetime import UTC, tzinfo
from difflib import get_close_matches
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from rabta.config.country import country_of
from rabta.errors import UsageError


def zone_of_name(name: str) -> tzinfo | None:
    """Return the zone called *name*; None for no name.

    Raises:
        UsageError: there is none of that name; the nearest ones are suggested.
    """
    if not name:
        return None
    if name.upper() in ("UTC", "Z", "GMT"):
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        known = sorted(available_timezones())
        city = name.rpartition("/")[2].lower()
        near = [zone for zone in known if city and city in zone.lower()][:3]
        near = near or get_close_matches(name, known, n=3)
        raise UsageError(
            f"--timezone {name}: there is no such zone",
            hint=f"did you mean {' or '.join(near)}?" if near else "try Asia/Karachi",
        ) from error


def zone_of_entity(entity: str) -> tzinfo | None:
    """Return the zone of ``country/XX`` where the whole country shares one."""
    kind, _, code = entity.partition("/")
    if kind != "country" or not code:
        return None
    zones = [name for name in available_timezones() if country_of(name) == code.upper()]
    return ZoneInfo(zones[0]) if len(zones) == 1 else None
