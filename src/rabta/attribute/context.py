"""What the host knows beyond its own lines."""

from dataclasses import dataclass, replace
from typing import Final

from rabta.attribute.traffic import Traffic
from rabta.clock import MINUTE
from rabta.model import Mains, State, Uplink


_AT_ONCE: Final = MINUTE
"""Both are looked at every few seconds only."""


@dataclass(frozen=True, slots=True)
class Peer:
    """Another Rabta, on this LAN or elsewhere in the country, and what it says."""

    name: str
    asn: int = 0
    same_lan: bool = False
    code: str = ""
    """Of its verdict: on the LAN that of the machine, elsewhere that of the AS."""
    told: int = 0
    """When it said so, microseconds UTC."""


@dataclass(frozen=True, slots=True)
class Sight:
    """How another Rabta sees one service."""

    service: str
    state: State
    code: str = ""
    """Of its verdict on the service."""
    vantage: str = ""
    """Its name."""
    networks: tuple[int, ...] = ()
    """ASes of all its uplinks; empty where one of them is not known."""
    told: int = 0
    """When it said so, microseconds UTC."""


@dataclass(frozen=True, slots=True)
class Context:
    """Everything a verdict rests on that no probe of this host can see."""

    uplinks: tuple[Uplink, ...] = ()
    """All uplinks, also those without a line."""
    on_mains: bool | None = None
    """False while the host runs on its battery or the UPS on its own."""
    mains_lost: int = 0
    """When the mains were seen to fail, microseconds UTC; 0 while they are there, and
    where nobody saw them go."""
    ups: bool = False
    """Whether a UPS says so: a laptop may just have been unplugged."""
    country: str = ""
    """Home, ISO 3166-1 alpha-2."""
    vantage: tuple[tuple[str, State], ...] = ()
    """Services as seen from other countries: UP, DOWN or UNKNOWN."""
    near: tuple[Sight, ...] = ()
    """Services as seen from this country, or from nobody knows where."""
    down_afar: tuple[tuple[str, int], ...] = ()
    """When a remote vantage last called a service down, microseconds UTC."""
    announced: tuple[str, ...] = ()
    """Services whose own status page reports an incident that lasts."""
    peers: tuple[Peer, ...] = ()
    traffic: tuple[Traffic, ...] = ()
    """What this machine itself moved over its uplinks."""

    def power_lost(self, since: int) -> bool:
        """Whether what failed at *since* can have failed for want of mains power.

        A UPS knows, and what it feeds may hold out for hours; a laptop's charger
        counts if it went at that moment.
        """
        if not self.mains_lost:
            return False
        return self.ups or abs(since - self.mains_lost) <= _AT_ONCE

    def with_mains(self, mains: Mains, now: int) -> "Context":
        """Return it with what is known of the mains at *now*."""
        lost = 0
        if mains.on is False:
            seen = self.on_mains is True or mains.ups
            lost = self.mains_lost or (now if seen else 0)
        return replace(self, on_mains=mains.on, mains_lost=lost, ups=mains.ups)

    def seen_from_afar(self, service: str) -> State:
        """How a remote vantage sees *service*; UNKNOWN when nobody was asked."""
        return next((s for name, s in self.vantage if name == service), State.UNKNOWN)

    def remembering(self, before: "Context", now: int) -> "Context":
        """Return it with what is still worth knowing of the one *before*."""
        down = dict(before.down_afar)
        down |= {name: now for name, state in self.vantage if state is State.DOWN}
        return replace(self, down_afar=tuple(sorted(down.items())))
