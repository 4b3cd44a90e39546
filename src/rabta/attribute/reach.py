"""What counts as reaching somebody: which probes tell it, and which outcomes."""

from collections.abc import Sequence
from typing import Final

from rabta import failure
from rabta.model import Observation, Probe, Rung, Target


REACH: Final = (
    Rung.GATEWAY,
    Rung.FIRST_HOP,
    Rung.RESOLVER,
    Rung.ANYCAST,
    Rung.DOMESTIC,
    Rung.INTERNATIONAL,
)
"""Rungs that are a matter of reaching somebody, from the host outwards."""
SILENT: Final = frozenset(
    {
        failure.GENERIC_TIMEOUT,
        failure.HOST_UNREACHABLE,
        failure.NETWORK_UNREACHABLE,
        failure.NETWORK_DOWN,
        failure.ADDRESS_NOT_AVAILABLE,
        failure.ADMIN_PROHIBITED,
        failure.TTL_EXCEEDED,
        failure.NO_CARRIER,
        failure.NO_ADDRESS,
        failure.NO_ROUTE,
        failure.INTERFACE_GONE,
        failure.UNKNOWN,
    }
)
"""Nobody answered. Anything else is an answer, a refusal too: somebody is there."""
_CANARY_LIVES: Final = frozenset({failure.DNS_NXDOMAIN, failure.DNS_NO_ANSWER})
_NAME_QUERIES: Final = frozenset({Probe.DNS, Probe.DNS_TCP})
_NAME_FAILURES: Final = frozenset(n for n in failure.ALL if n.startswith("dns_"))
_NOT_REACH: Final = frozenset({Probe.PATH, Probe.CAPTIVE, Probe.LINK})
RATES: Final = frozenset({Probe.FETCH, Probe.THROUGHPUT})
TRUSTED: Final = frozenset({Probe.DOT, Probe.DOH})


def ways(target: Target) -> tuple[Probe, ...]:
    """Return the probes of *target* that tell whether it is reached."""
    if target.rung is Rung.RESOLVER:
        return tuple(p for p in target.probes if p in (Probe.DNS, Probe.DNS_TCP))
    out = _NOT_REACH | RATES | TRUSTED
    return tuple(p for p in target.probes if p not in out)


def main_probe(probes: Sequence[Probe]) -> Probe:
    """Return the probe whose loss and delay stand for a target."""
    return next((p for p in (Probe.TCP, Probe.ICMP) if p in probes), probes[0])


def answered(target: Target, seen: Observation) -> bool:
    """Whether *seen* proves that *target* is there, or works if it is a resolver."""
    name = seen.failure
    if name is None:
        return True
    if target.rung is Rung.RESOLVER:
        return target.role == "canary" and name in _CANARY_LIVES
    if name == failure.TTL_EXCEEDED and target.rung is Rung.FIRST_HOP:
        return True
    return name not in SILENT


def misses(seen: Observation) -> bool:
    """Whether *seen* never got as far as the target, for want of its address."""
    return seen.failure in _NAME_FAILURES and seen.probe not in _NAME_QUERIES
