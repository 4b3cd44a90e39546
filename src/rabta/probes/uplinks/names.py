"""What the user knows of an uplink and the system does not."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from rabta.config import UplinkSettings
from rabta.model import Uplink


_HOTSPOTS: Final = frozenset({"172.20.10.1", "192.168.43.1"})
"""Gateways of iOS, and of Android up to 10; newer ones cannot be told by address."""


@dataclass(frozen=True, slots=True)
class Names:
    """Names of one interface's uplink; an empty one leaves what is there."""

    name: str = ""
    isp: str = ""
    asn: int = 0
    metered: bool | None = None
    """None where nothing is said: data over a mobile network costs money, also that of
    a telephone whose hotspot is known by its address."""

    def put_on(self, uplink: Uplink) -> Uplink:
        """Return *uplink* as the user calls it."""
        return replace(
            uplink,
            name=self.name or uplink.name,
            isp=self.isp or uplink.isp,
            asn=self.asn or uplink.asn,
            metered=_costs(uplink) if self.metered is None else self.metered,
        )


def _costs(uplink: Uplink) -> bool:
    """Whether its data leaves by a mobile network, as far as can be seen."""
    if uplink.medium == "cellular":
        return True
    line = uplink.line(4) if uplink.medium == "wifi" else None
    return line is not None and line.gateway in _HOTSPOTS


def names_of(settings: Iterable[UplinkSettings]) -> dict[str, Names]:
    """Return what the configuration says, by interface."""
    return {
        one.interface: Names(one.name, one.isp, one.asn, one.metered)
        for one in settings
    }
