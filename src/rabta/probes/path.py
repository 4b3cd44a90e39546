"""The path to a target, hop by hop, with one flow identifier throughout.

Routers that share load send all these packets the same way (Augustin et al.,
"Avoiding traceroute anomalies with Paris traceroute", IMC 2006). ICMP where the
line's engine may be used, else UDP with the error queue, which needs no rights.
"""

import asyncio
import ipaddress
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from rabta import failure
from rabta.model.observation import Hop, Observation, PathDetail
from rabta.model.target import Probe
from rabta.probes.aim import Aim
from rabta.probes.icmp_pending import Echo
from rabta.probes.path_udp import UdpLadder


Ask = Callable[[int], Awaitable[Echo]]
"""Send one packet with this TTL and tell what it met."""

_HOPS: Final = 30
_SILENT: Final = 5  # silent hops in a row after which nobody is expected beyond
_ABREAST: Final = 4  # packets under way at once
_HOP_TIMEOUT: Final = 1.0
_UDP_HOP_TIMEOUT: Final = 0.6  # one at a time: the walk must end before patience does
_PACKET_BYTES: Final = {4: 44 + 72, 6: 64 + 112}  # what is asked and what it meets
_FIRST_HOP_WITHIN: Final = 6
_NO_RIGHTS: Final = frozenset({failure.PERMISSION_DENIED, failure.UNSUPPORTED})

_PASSING: Final = frozenset({failure.TTL_EXCEEDED, failure.GENERIC_TIMEOUT})

_LAN: Final = tuple(
    ipaddress.ip_network(network)
    for network in (
        "10.0.0.0/8",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "::1/128",
        "fc00::/7",
        "fe80::/10",
    )
)


def first_hop_of(path: PathDetail, gateway: str) -> str:
    """Return the first router beyond *gateway* that is no LAN address.

    Public and shared ones (100.64.0.0/10, RFC 6598) count; the target itself does
    not, nor does what answers only far away, nor the gateway under another address of
    its own, as over IPv6, where routes lead to a link-local one. Empty when there is
    none.
    """
    routers = path.hops[:-1] if path.reached else path.hops
    for hop in routers:
        if hop.ttl > _FIRST_HOP_WITHIN:
            break
        if gateway and hop.ttl == 1:
            continue
        if hop.address and hop.address != gateway and not _is_lan(hop.address):
            return hop.address
    return ""


def _is_lan(address: str) -> bool:
    literal = ipaddress.ip_address(address.partition("%")[0])
    return any(literal in network for network in _LAN)


async def probe(aim: Aim) -> Observation:
    """Walk to the target; at most 60 packets, 4 at a time, each hop asked twice."""
    sent = aim.clock.now()
    walk, refused = _Walk(), None
    try:
        async with asyncio.timeout(aim.timeout):
            if aim.icmp is not None:
                engine, patience = aim.icmp, min(_HOP_TIMEOUT, aim.timeout)
                await walk.go(
                    lambda ttl: engine.echo(aim.address, patience, ttl), _ABREAST
                )
            if aim.icmp is None or walk.failure in _NO_RIGHTS:
                walk = _Walk()
                with UdpLadder(aim.binding, aim.address, _UDP_HOP_TIMEOUT) as ladder:
                    await walk.go(ladder.ask, abreast=1)
    except TimeoutError:
        pass  # what was seen so far is worth telling
    except OSError as error:
        refused = failure.name_of(error)
    named = refused or walk.failure
    hops = walk.hops()
    return aim.observe(
        Probe.PATH,
        sent,
        value=hops[-1].rtt if named is None else None,
        failure=named,
        detail=PathDetail(hops, named is None) if hops else None,
        spent_bytes=walk.packets * _PACKET_BYTES[aim.family],
    )


class _Walk:
    """What is known of the path so far."""

    def __init__(self) -> None:
        self.packets = 0
        self._met: dict[int, Echo] = {}

    @property
    def end(self) -> int:
        """The first TTL that met the target, or something that lets nothing pass."""
        ends = (t for t, echo in self._met.items() if echo.failure not in _PASSING)
        return min(ends, default=0)

    @property
    def failure(self) -> str | None:
        """Why the target was not reached; None if it was."""
        return self._met[self.end].failure if self.end else failure.GENERIC_TIMEOUT

    def hops(self) -> tuple[Hop, ...]:
        """Return the hops up to the end, or to the last one that answered."""
        heard = (ttl for ttl, echo in self._met.items() if echo.responder)
        last = self.end or max(heard, default=0)
        return tuple(_hop(ttl, self._met.get(ttl)) for ttl in range(1, last + 1))

    async def go(self, ask: Ask, abreast: int) -> None:
        """Ask hop after hop until one ends the walk or too many are silent."""
        for start in range(1, _HOPS + 1, abreast):
            ttls = range(start, min(start + abreast, _HOPS + 1))
            await self._ask_all(ask, ttls)
            silent = [ttl for ttl in ttls if self._is_silent(ttl)]
            await self._ask_all(ask, [t for t in silent if not 0 < self.end < t])
            recent = range(ttls[-1] - _SILENT + 1, ttls[-1] + 1)
            if self.end or all(self._is_silent(ttl) for ttl in recent):
                return

    async def _ask_all(self, ask: Ask, ttls: Sequence[int]) -> None:
        self.packets += len(ttls)
        met = await asyncio.gather(*(ask(ttl) for ttl in ttls))
        self._met.update(zip(ttls, met, strict=True))

    def _is_silent(self, ttl: int) -> bool:
        echo = self._met.get(ttl)
        return echo is not None and echo.failure == failure.GENERIC_TIMEOUT


def _hop(ttl: int, echo: Echo | None) -> Hop:
    return Hop(ttl, echo.responder, echo.rtt) if echo else Hop(ttl, "", None)
