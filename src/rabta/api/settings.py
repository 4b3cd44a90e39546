"""How the API is served."""

from dataclasses import dataclass, field
from datetime import tzinfo
from ipaddress import ip_address
from pathlib import Path

from rabta.cost.firm.profile import Firm
from rabta.errors import UsageError
from rabta.model import Target
from rabta.steer.decider import Wishes


@dataclass(frozen=True, slots=True)
class ApiSettings:
    """Where the API listens, who may ask, and what the pages look like by default."""

    host: str = "127.0.0.1"
    port: int = 4880
    token: str | None = None
    """Required from every client; None only on loopback."""
    names: tuple[str, ...] = ()
    """Further host names clients may ask for, beside *host* and loopback."""
    language: str = "en"
    simulated: bool = False
    """Mark every page: what it shows was made up."""
    targets: tuple[Target, ...] = ()
    """What is probed: tells on which rung each stands."""
    wishes: Wishes = field(default_factory=Wishes)
    """What the user says of the uplinks, for steering."""
    firm: Firm | None = None
    """What disruptions of one's own lines are priced by."""
    file: Path | None = None
    """The configuration that was read, for what is run beside; None: the usual one."""
    zone: tzinfo | None = None
    """For times in sentences; None: the machine's own."""

    def __post_init__(self) -> None:
        """Refuse an address that others can reach without a token.

        Raises:
            UsageError: *host* is not loopback and there is no token.
        """
        if not self.loopback and not self.token:
            raise UsageError(
                f"refusing to listen on {self.host} without a token",
                hint="set one with --token-file, or listen on 127.0.0.1",
            )

    @property
    def loopback(self) -> bool:
        """Whether only this machine can connect."""
        if self.host == "localhost":
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False
