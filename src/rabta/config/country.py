"""The country and the language this machine is set to."""

import os
from collections.abc import Mapping
from datetime import UTC, tzinfo
from functools import lru_cache
from importlib import resources
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


_LOCALTIME = Path("/etc/localtime")
_TIMEZONE = Path("/etc/timezone")
_SYSTEM_ZONES = Path("/usr/share/zoneinfo/zone.tab")


def zone_name(
    env: Mapping[str, str], localtime: Path = _LOCALTIME, timezone: Path = _TIMEZONE
) -> str:
    """Return the machine's time zone, such as ``Asia/Karachi``; empty when unknown."""
    if given := env.get("TZ", "").lstrip(":"):
        return given
    try:
        link = str(localtime.readlink())
    except OSError:
        link = ""
    if "zoneinfo/" in link:
        return link.rpartition("zoneinfo/")[2]
    try:
        return timezone.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def local_zone(env: Mapping[str, str] | None = None) -> tzinfo:
    """Return the machine's time zone; UTC when it is not known."""
    try:
        return ZoneInfo(zone_name(os.environ if env is None else env))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def country_of(zone: str) -> str:
    """Return the country of a time zone, ISO 3166-1 alpha-2; empty when it has none.

    Source: the time zone database's ``zone.tab``, which gives each zone one country.
    """
    return _countries().get(zone, "") if zone else ""


def zone_of_country(code: str) -> tzinfo:
    """Return the time zone of country *code*; UTC when it has several, or none."""
    zones = [zone for zone, country in _countries().items() if country == code]
    try:
        return ZoneInfo(zones[0]) if len(zones) == 1 else UTC
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def language_of(env: Mapping[str, str]) -> str:
    """Return the language of the user's locale if Rabta speaks it, else English."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if given := env.get(name):
            return "ur" if given.lower().startswith("ur") else "en"
    return "en"


@lru_cache
def _countries() -> Mapping[str, str]:
    found: dict[str, str] = {}
    for line in _zone_tab().splitlines():
        if line and not line.startswith("#"):
            country, _, zone, *_ = line.split("\t")
            found[zone] = country
    return found


def _zone_tab() -> str:
    try:
        return _SYSTEM_ZONES.read_text("utf-8")
    except OSError:
        packaged = resources.files("tzdata").joinpath("zoneinfo/zone.tab")
        return packaged.read_text("utf-8")
