"""What the host knows beyond its own lines."""

from dataclasses import dataclass, replace

from rabta.model import State, Uplink


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
class Context:
    """Everything a verdict rests on that no probe of this host can see."""

    uplinks: tuple[Uplink, ...] = ()
    """All uplinks, also those without a line."""
    on_mains: bool | None = None
    """False while the host runs on its battery or the UPS on its own."""
    country: str = ""
    """Home, ISO 3166-1 alpha-2."""
    vantage: tuple[tuple[str, State], ...] = ()
    """Services as seen from a remote vantage: UP, DOWN or UNKNOWN."""
    down_afar: tuple[tuple[str, int], ...] = ()
    """When a remote vantage last called a service down, microseconds UTC."""
    announced: tuple[str, ...] = ()
    """Services whose own status page reports an incident that lasts."""
    peers: tuple[Peer, ...] = ()

    def seen_from_afar(self, service: str) -> State:
        """How a remote vantage sees *service*; UNKNOWN when nobody was asked."""
        return next((s for name, s in self.vantage if name == service), State.UNKNOWN)

    def remembering(self, before: "Context", now: int) -> "Context":
        """Return it with what is still worth knowing of the one *before*."""
        down = dict(before.down_afar)
        down |= {name: now for name, state in self.vantage if state is State.DOWN}
        return replace(self, down_afar=tuple(sorted(down.items())))
