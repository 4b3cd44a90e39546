"""What the user knows of an uplink and the system does not."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from rabta.config import UplinkSettings
from rabta.model import Uplink


@dataclass(frozen=True, slots=True)
class Names:
    """Names of one interface's uplink; an empty one leaves what is there."""

    name: str = ""
    isp: str = ""
    asn: int = 0
    metered: bool | None = None
    """None where nothing is said: data over the mobile network costs money."""

    def put_on(self, uplink: Uplink) -> Uplink:
        """Return *uplink* as the user calls it."""
        return replace(
            uplink,
            name=self.name or uplink.name,
            isp=self.isp or uplink.isp,
            asn=self.asn or uplink.asn,
            metered=uplink.medium == "cellular"
            if self.metered is None
            else self.metered,
        )


def names_of(settings: Iterable[UplinkSettings]) -> dict[str, Names]:
    """Return what the configuration says, by interface."""
    return {
        one.interface: Names(one.name, one.isp, one.asn, one.metered)
        for one in settings
    }
