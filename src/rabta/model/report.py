"""What others say happened: labels beside our own verdicts, never instead of them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Report:
    """One event as one source reports it, in its own words."""

    source: str
    id: str
    """Unique within the source; told again, the newer words replace the older."""
    entity: str
    """``country/SY``, ``asn/29256``, ``region/4107``, ``service/NAME``."""
    start: int
    """Microseconds UTC."""
    end: int | None = None
    """Microseconds UTC; None while it lasts or where nobody says."""
    kind: str = "outage"
    """A kind of disruption, or ``alert``, ``maintenance``, ``incident``."""
    cause: str = ""
    """The cause as the source names it; empty where it names none."""
    says: str = ""
    link: str = ""
