"""Which networks and countries are told of, and how they are numbered."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rabta.errors import UsageError
from rabta.sources.bgp.networks import Networks


NUMBERS = 1 << 20
"""AS numbers that are told apart; registries have given out none beyond 402,332, and
what lies far beyond is for private use (RFC 6996)."""


@dataclass(frozen=True, slots=True)
class Watched:
    """A choice of networks, each with a number of its own."""

    entities: tuple[str, ...]
    rows: tuple[int, ...]
    """Of each entity: its network's number, or ``-country``."""
    networks: NDArray[np.int32]
    """(NUMBERS,) the number of an AS that is watched, else -1."""
    country: NDArray[np.uint8]
    """(networks,) the number of each one's country, 0 where not known or not asked."""
    places: NDArray[np.uint8]
    """(NUMBERS,) of every AS, as in ``Networks``."""


def watch(entities: Iterable[str], known: Networks) -> Watched:
    """Watch *entities*: of a country every network that is known to be of it.

    Raises:
        UsageError: an entity is neither, or the country's networks are not known.
    """
    wanted = tuple(dict.fromkeys(entities))
    networks = np.full(NUMBERS, -1, np.int32)
    places = known.places(NUMBERS)
    asked = np.zeros(len(known.countries) + 1, bool)
    mine = np.zeros(NUMBERS, bool)
    for entity in wanted:
        kind, _, code = entity.partition("/")
        if kind == "asn" and code.isdecimal() and 0 < int(code) < NUMBERS:
            mine[int(code)] = True
        elif kind == "country":
            number = known.number(code)
            if not number:
                raise UsageError(
                    f"which networks are of {code} is not known",
                    hint="rabta fetch delegated country/" + code,
                )
            asked[number] = True
            mine |= places == number
        else:
            raise UsageError(
                f"{entity}: routes are told of countries and networks",
                hint="write country/PK or asn/17557",
            )
    asns = np.flatnonzero(mine)
    networks[asns] = np.arange(len(asns), dtype=np.int32)
    country = places[asns]
    country[~asked[country]] = 0
    rows = [
        -known.number(code) if kind == "country" else int(networks[int(code)])
        for kind, _, code in (one.partition("/") for one in wanted)
    ]
    return Watched(wanted, tuple(rows), networks, country, places)
