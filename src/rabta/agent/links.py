"""What the system says of an interface, as observations like any other."""

from rabta import failure
from rabta.model import Line, LinkDetail, Observation, Probe, Uplink


def link_observations(uplink: Uplink, now: int) -> list[Observation]:
    """Describe each line of *uplink* as it is now."""
    return [
        Observation(
            time=now,
            uplink=uplink.name,
            family=line.family,
            target="link",
            probe=Probe.LINK,
            value=None,
            failure=_failure(uplink, line),
            address=line.source,
            detail=LinkDetail(
                uplink.carrier, line.source, line.gateway, line.has_route, line.conflict
            ),
        )
        for line in uplink.lines
    ]


def _failure(uplink: Uplink, line: Line) -> str | None:
    if uplink.carrier is False:
        return failure.NO_CARRIER
    if not line.source:
        return failure.NO_ADDRESS
    if not line.has_route:
        return failure.NO_ROUTE
    return failure.ADDRESS_CONFLICT if line.conflict else None
