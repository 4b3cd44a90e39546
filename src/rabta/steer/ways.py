"""Over which uplinks a job may go now. Pure: uplinks and beliefs in, ways out."""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address

from rabta.model import Needs, State, Uplink
from rabta.probes.binding import Binding, bind_line
from rabta.steer.beliefs import Beliefs


@dataclass(frozen=True, slots=True)
class Way:
    """One uplink that may carry a job, and how sockets are tied to it."""

    uplink: str
    """Empty for this machine's own and for work that needs no line."""
    bindings: tuple[Binding, ...]
    sure: bool = False
    """Whether it was measured to work; else nobody knows."""
    metered: bool = False
    bits_per_second: float | None = None

    def binding(self, family: int) -> Binding | None:
        """Return the binding for an address family, if the way has it."""
        return next((one for one in self.bindings if one.family == family), None)


HERE = Way("", (Binding("", "", 4, "none"), Binding("", "", 6, "none")), sure=True)
"""Wherever the system sends it: for this machine itself and its neighbours."""


def is_here(host: str) -> bool:
    """Whether *host* is this machine, which no line leads to."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def ways_for(
    needs: Needs, host: str, uplinks: Sequence[Uplink], beliefs: Beliefs | None
) -> tuple[Way, ...]:
    """Return the ways that are open for *needs* to *host*, best first.

    What is not known closes nothing: a line that was never measured may be tried.
    Where a tunnel takes all traffic, only it is a way, unless an uplink is named.
    """
    if not needs.line or is_here(host):
        return (HERE,)
    known = beliefs or Beliefs()
    service = needs.service or known.hosts.get(host, "")
    found = []
    for uplink in uplinks if needs.uplink else tunnels(uplinks) or uplinks:
        if needs.uplink and needs.uplink != uplink.name:
            continue
        if needs.unmetered and uplink.metered:
            continue
        rate = known.rates.get(uplink.name)
        if rate is not None and rate < needs.bits_per_second:
            continue
        lines = [
            line
            for line in uplink.lines
            if line.source
            and line.has_route
            and uplink.carrier is not False
            and known.line(uplink.name, line.family) is not State.DOWN
            and not _closed(known, uplink.name, line.family, needs.corridor, service)
        ]
        if lines:
            found.append(
                Way(
                    uplink.name,
                    tuple(bind_line(uplink, line) for line in lines),
                    any(
                        known.line(uplink.name, line.family) is State.UP
                        for line in lines
                    ),
                    uplink.metered,
                    rate,
                )
            )
    return tuple(sorted(found, key=_merit))


def tunnels(uplinks: Sequence[Uplink]) -> tuple[Uplink, ...]:
    """Return the tunnels all traffic goes through, if it does.

    Whoever set one up wants nothing to leave beside it, least of all when it fails.
    """
    return tuple(
        uplink
        for uplink in uplinks
        if uplink.tunnelled and any(line.has_route for line in uplink.lines)
    )


def _closed(
    known: Beliefs, uplink: str, family: int, corridor: str, service: str
) -> bool:
    down = State.DOWN
    return (
        known.corridors.get((uplink, family, corridor)) is down
        or known.services.get((uplink, family, service)) is down
    )


def _merit(way: Way) -> tuple[bool, bool, float]:
    """What costs least and surely works first; equals keep the system's order."""
    return way.metered, not way.sure, -(way.bits_per_second or 0.0)
