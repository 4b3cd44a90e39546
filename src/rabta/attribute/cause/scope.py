"""How far it reaches: networks, other countries, or only this host."""

import re

from rabta.attribute.cause.event import Event, Seen, Surroundings
from rabta.clock import MINUTE


TOGETHER = 15 * MINUTE
_ISO_REGION = re.compile(r"[A-Za-z]{2}-")


def networks(event: Event, around: Surroundings) -> Seen | None:
    """Count the networks hit within ten minutes, those of one operator as one."""
    del event
    if around.networks is None or around.networks < 1:
        return None
    number = around.networks
    name = ("one", "two", "several")[min(number, 3) - 1]
    return Seen("networks", (name,), f"networks-{name}", (("number", number),))


def elsewhere(event: Event, around: Surroundings) -> Seen | None:
    """Count other countries in which something began at the same time.

    Somewhere in the world something always begins: another continent is chance, but
    for those that share a cable, which ``same_cable`` tells.
    """
    if around.nearby is None or event.level not in ("country", "region", "asn"):
        return None
    hit = countries_hit(event, around)
    shared = _sharing(event, around)
    if hit & shared:
        return None  # told by ``same_cable``
    if around.continent:
        hit &= around.continent
    name = ("none", "one", "several")[min(len(hit), 2)]
    args = (("number", len(hit)),) if hit else ()
    return Seen("elsewhere", (name,), f"elsewhere-{name}", args)


def same_cable(event: Event, around: Surroundings) -> Seen | None:
    """Tell whether countries on the same cable or way out were hit as well."""
    if around.nearby is None or not around.cables:
        return None
    hit = countries_hit(event, around)
    on: dict[str, frozenset[str]] = {
        name: hit & countries for name, countries in around.cables.items()
    }
    most = max(on, key=lambda name: (len(on[name]), name))
    if not on[most]:
        return Seen("same-cable", ("no",), "same-cable-none")
    args = (("cable", most), ("countries", tuple(sorted(on[most]))))
    return Seen("same-cable", ("yes",), "same-cable", args)


def only_here(event: Event, around: Surroundings) -> Seen | None:
    """Only this host or its local network, or others as well."""
    del event
    if around.only_here is None:
        return None
    if around.only_here:
        return Seen("only-here", ("yes",), "only-here")
    return Seen("only-here", ("no",), "others-too")


def countries_hit(event: Event, around: Surroundings) -> frozenset[str]:
    """Return the other countries where a disruption began about then.

    Provinces (``country/IR/Ardebil``) count for their country, and never as others of
    its own.
    """
    own = {country_code(one) for one in (event.entity, *around.home)}
    hit = (
        country_code(one.entity)
        for one in around.nearby or ()
        if abs(one.onset - event.onset) <= TOGETHER
    )
    return frozenset(code for code in hit if code) - own


def country_code(entity: str) -> str:
    """Return ``IR`` of ``country/IR``, ``country/IR/Ardebil``, ``region/IR-03``.

    Empty for others; a region by a bare number is of no known country.
    """
    kind, _, name = entity.partition("/")
    if kind == "region":
        return name[:2].upper() if _ISO_REGION.match(name) else ""
    return name.partition("/")[0] if kind == "country" else ""


def _sharing(event: Event, around: Surroundings) -> frozenset[str]:
    del event
    return frozenset().union(*around.cables.values()) if around.cables else frozenset()
