"""Cables and ways out of countries, one file per country, each row with its source."""

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources


@dataclass(frozen=True, slots=True)
class Corridor:
    """One way out of a country, on which several cables lie."""

    id: str
    label: str
    shares: tuple[str, ...]
    """Countries that were hit together with this one on it, ISO 3166-1 alpha-2."""
    source: str
    date: str


@dataclass(frozen=True, slots=True)
class Cable:
    """One cable that lands in a country, or crosses its border."""

    id: str
    name: str
    also: tuple[str, ...]
    """Other names it is known by, as parts of ``cable/NAME``."""
    lander: str
    asn: int
    """Network of the landing party; 0 where none is known."""
    corridors: tuple[str, ...]
    in_service: str
    """Year and month; empty where not known."""
    active_tbps: float | None
    """The country's lit share; None where nobody says."""
    source: str
    date: str


@dataclass(frozen=True, slots=True)
class WaysOut:
    """How a country reaches the world."""

    corridors: tuple[Corridor, ...] = ()
    cables: tuple[Cable, ...] = ()


@lru_cache(maxsize=64)
def ways_out(country: str) -> WaysOut:
    """Return what is known of *country*, ISO 3166-1 alpha-2; empty where no file is."""
    file = resources.files(__package__).joinpath(f"{country.lower()}.toml")
    if not (country.isalpha() and file.is_file()):
        return WaysOut()
    raw = tomllib.loads(file.read_text("utf-8"))
    return WaysOut(
        tuple(
            Corridor(
                one["id"],
                one["label"],
                tuple(one["shares"]),
                one["source"],
                str(one["date"]),
            )
            for one in raw.get("corridor", ())
        ),
        tuple(
            Cable(
                one["id"],
                one["name"],
                tuple(one.get("also", ())),
                one.get("lander", ""),
                one.get("asn", 0),
                tuple(one["corridors"]),
                one.get("in_service", ""),
                one.get("active_tbps"),
                one["source"],
                str(one["date"]),
            )
            for one in raw.get("cable", ())
        ),
    )
