"""What a probe is told: whom to ask, over which uplink, and for how long."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rabta.clock import Clock
from rabta.model.observation import Detail, Observation
from rabta.model.target import Probe, Target
from rabta.probes.binding import Binding


if TYPE_CHECKING:
    from rabta.probes.icmp_engine import IcmpEngine
    from rabta.probes.neighbour_solicit import Solicitor


@dataclass(frozen=True, slots=True)
class Aim:
    """One attempt at one address of one target over one line of one uplink."""

    target: Target
    address: str
    """The literal to probe; names were resolved before."""
    uplink: str
    binding: Binding
    clock: Clock
    timeout: float = 2.0
    """Seconds after which the probe counts as lost."""
    first_answer: float | None = None
    """Seconds for the first answer to a DNS query, where others may still follow."""
    icmp: "IcmpEngine | None" = None
    """The line's shared engine; None where ICMP is not permitted."""
    neighbours: "Solicitor | None" = None
    """The line's shared socket for ARP or NDP; None for one of the probe's own."""
    resolvers: tuple[str, ...] = ()
    """Addresses of the line's own resolvers."""
    payload: int | None = None
    """Bytes a throughput test may move; None for as many as it takes."""

    @property
    def family(self) -> int:
        """4 or 6."""
        return self.binding.family

    def observe(
        self,
        probe: Probe,
        sent: int,
        *,
        value: float | None = None,
        failure: str | None = None,
        detail: Detail | None = None,
        spent_bytes: int = 0,
    ) -> Observation:
        """Record the outcome; *sent* is the clock's microseconds when it left."""
        return Observation(
            time=sent,
            uplink=self.uplink,
            family=self.family,
            target=self.target.name,
            probe=probe,
            value=value,
            failure=failure,
            address=self.address,
            spent_bytes=spent_bytes,
            detail=detail,
        )
