"""What the user knows of an uplink and the system does not."""

from dataclasses import dataclass, replace

from rabta.model import Uplink


@dataclass(frozen=True, slots=True)
class Names:
    """Names of one interface's uplink; an empty one leaves what is there."""

    name: str = ""
    isp: str = ""
    asn: int = 0
    metered: bool = False

    def put_on(self, uplink: Uplink) -> Uplink:
        """Return *uplink* as the user calls it."""
        return replace(
            uplink,
            name=self.name or uplink.name,
            isp=self.isp or uplink.isp,
            asn=self.asn or uplink.asn,
            metered=self.metered or uplink.metered,
        )
