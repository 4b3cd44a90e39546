"""The office of the demo: its uplinks, its services, and its month.

All names are invented, so that nobody is blamed for a simulation.
"""

import random
from collections.abc import Iterator

from rabta import failure
from rabta.agent.demo.world import Effect, Incident, Profile
from rabta.clock import DAY, HOUR, MINUTE, SECOND
from rabta.model import Line, Probe, Rung, Uplink


FIBRE = Uplink(
    name="indus-fibre",
    interface="eth0",
    index=2,
    medium="wired",
    carrier=True,
    lines=(Line(4, "192.168.1.20", "192.168.1.1", resolvers=("203.0.113.53",)),),
    isp="Indus Fibre (simulated)",
    asn=64500,
)
CELLULAR = Uplink(
    name="ravi-4g",
    interface="wwan0",
    index=3,
    medium="cellular",
    carrier=True,
    lines=(Line(4, "10.11.12.13", "10.11.12.1", resolvers=("198.51.100.53",)),),
    metered=True,
    isp="Ravi 4G (simulated)",
    asn=64501,
)
UPLINKS = (FIBRE, CELLULAR)
PROFILES = {
    FIBRE.name: Profile(0.004, 0.002, 0.0005, 40e6),
    CELLULAR.name: Profile(0.032, 0.012, 0.004, 12e6),
}

_BEYOND_GATEWAY = frozenset(Rung) - {Rung.GATEWAY, Rung.CARRIER, Rung.ADDRESS}
_BEYOND_FIRST_HOP = _BEYOND_GATEWAY - {Rung.FIRST_HOP}
_TIMEOUT = Effect(failure.GENERIC_TIMEOUT)


def month(end: int, blocked: str, troubled: str) -> list[Incident]:
    """Return the incidents of the thirty days before *end*, and of the hours after.

    *blocked* and *troubled* are names of services.
    """
    before = end - 30 * DAY
    return [
        _wifi(before + 4 * DAY + 6 * HOUR),
        *_cable(before + 9 * DAY),
        _isp(before + 18 * DAY + 5 * HOUR, 95 * MINUTE),
        _blocking(before + 22 * DAY + 11 * HOUR, 7 * HOUR, blocked),
        _service(before + 25 * DAY + 9 * HOUR, 50 * MINUTE, troubled),
        _power(before + 28 * DAY + 13 * HOUR, 35 * MINUTE),
        _isp(end - 3 * HOUR, 6 * MINUTE),
        *_afterwards(end, troubled),
    ]


def _wifi(start: int) -> Incident:
    effect = Effect(extra_loss=0.22, extra_seconds=0.045)
    return Incident(
        "wifi", start, start + 80 * MINUTE, effect, uplinks=frozenset({FIBRE.name})
    )


def _cable(start: int) -> Iterator[Incident]:
    """A week on fewer cables: longer way round, and full at peak hours."""
    west = frozenset({"west"})
    detour = Effect(extra_seconds=0.085, extra_loss=0.01)
    yield Incident("cable", start, start + 7 * DAY, detour, corridors=west)
    for day in range(7):
        evening = start + day * DAY + 14 * HOUR
        busy = Effect(extra_seconds=0.04, extra_loss=0.08)
        yield Incident("cable-peak", evening, evening + 5 * HOUR, busy, corridors=west)


def _isp(start: int, length: int) -> Incident:
    return Incident(
        "isp",
        start,
        start + length,
        _TIMEOUT,
        uplinks=frozenset({FIBRE.name}),
        rungs=_BEYOND_GATEWAY,
    )


def _blocking(start: int, length: int, service: str) -> Incident:
    """The handshake is reset whenever it shows the service's name."""
    effect = Effect(
        failure.CONNECTION_RESET,
        spare=frozenset(Probe) - {Probe.TLS, Probe.HTTP, Probe.FETCH},
    )
    names = _parts(service, "neutral-helper", "fetch", "page")
    return Incident("blocking", start, start + length, effect, targets=names)


def _service(start: int, length: int, service: str) -> Incident:
    effect = Effect(
        failure.GENERIC_TIMEOUT,
        spare=frozenset({Probe.DNS, Probe.DOH, Probe.DOT}),
    )
    names = _parts(service, "innocuous-sni", "innocuous-sni-fetch", "fetch", "page")
    return Incident(
        "service", start, start + length, effect, targets=names, service_down=service
    )


def _parts(service: str, *controls: str) -> frozenset[str]:
    return frozenset({service, *(f"{service}/{name}" for name in controls)})


def _power(start: int, length: int) -> Incident:
    """Mains fail: the fibre's terminal goes dark, the phone network stays."""
    return Incident(
        "power",
        start,
        start + length,
        Effect(failure.NETWORK_DOWN),
        uplinks=frozenset({FIBRE.name}),
        mains_lost=True,
        carrier_lost=True,
    )


def _afterwards(end: int, service: str) -> Iterator[Incident]:
    """While somebody watches: something happens every few minutes."""
    chance = random.Random(7)
    at = end + 45 * SECOND
    while at < end + DAY:
        choice = chance.randrange(3)
        if choice == 0:
            yield _isp(at, 60 * SECOND)
        elif choice == 1:
            yield _service(at, 5 * MINUTE, service)
        else:
            effect = Effect(extra_loss=0.3, extra_seconds=0.05)
            yield Incident(
                "wifi",
                at,
                at + 2 * MINUTE,
                effect,
                uplinks=frozenset({FIBRE.name}),
            )
        at += chance.randrange(6, 12) * MINUTE


def edges(incidents: list[Incident]) -> list[int]:
    """Return the moments at which something begins or ends, in order."""
    return sorted({moment for one in incidents for moment in (one.start, one.end)})
