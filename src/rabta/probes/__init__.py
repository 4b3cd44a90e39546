"""Active measurement: one file per protocol, each bound to one uplink.

Every probe is ``async def probe(aim: Aim) -> Observation``: a single attempt at one
address, no retry, no happy eyeballs. It never raises for what the network does; the
failure is named. LINK has no entry: the system reports it, nobody asks for it.
"""

from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from importlib import import_module
from typing import Final, cast

from rabta.model.observation import Observation
from rabta.model.target import Probe
from rabta.probes.aim import Aim
from rabta.probes.binding import Binding, bind_line, open_socket


__all__ = ["PROBES", "Aim", "Binding", "Measure", "bind_line", "open_socket"]

Measure = Callable[[Aim], Awaitable[Observation]]


def _lazy(module: str, name: str = "probe") -> Measure:
    @cache
    def found() -> Measure:
        return cast("Measure", getattr(import_module(f"rabta.probes.{module}"), name))

    def measure(aim: Aim) -> Awaitable[Observation]:
        return found()(aim)

    return measure


PROBES: Final[Mapping[Probe, Measure]] = {
    Probe.NEIGHBOUR: _lazy("neighbour"),
    Probe.ICMP: _lazy("icmp"),
    Probe.TCP: _lazy("tcp"),
    Probe.DNS: _lazy("dns"),
    Probe.DNS_TCP: _lazy("dns", "probe_tcp"),
    Probe.DOT: _lazy("dns", "probe_dot"),
    Probe.DOH: _lazy("dns", "probe_doh"),
    Probe.TLS: _lazy("tls"),
    Probe.HTTP: _lazy("http"),
    Probe.QUIC: _lazy("quic"),
    Probe.QUIC_HELLO: _lazy("quic_hello"),
    Probe.HELLO: _lazy("hello"),
    Probe.ECH: _lazy("hello", "probe_ech"),
    Probe.PATH: _lazy("path"),
    Probe.CAPTIVE: _lazy("captive"),
    Probe.FETCH: _lazy("fetch"),
    Probe.THROUGHPUT: _lazy("throughput"),
}
"""One line per protocol; the module is imported when it is first asked for."""
