"""What somebody announced: faults, maintenance, orders, days that matter."""

from dataclasses import dataclass
from typing import Final

from rabta.model.verdict import Cause


CANCELLED: Final = "cancelled"
"""The kind of what was announced and is taken back, under the same number."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One announcement; told by several, it is one with several sources."""

    id: str
    """Unique; the same announcement read again keeps it."""
    entity: str
    """``country/PK``, ``asn/17557``, ``cable/aae-1``, ``service/github``, ``host``."""
    start: int
    """Microseconds UTC."""
    end: int | None = None
    """Microseconds UTC; None where nobody says, or while it lasts."""
    kind: str = "notice"
    """``maintenance`` was planned; ``calendar`` is a day that matters (an examination,
    an election); an ``order`` may be given ahead; ``cancelled`` takes it back;
    ``notice`` and all else tell of something that happened."""
    cause: Cause = Cause.UNKNOWN
    source: str = ""
    trust: float = 0.6
    """How far the source is believed, 0 to 1."""
    published: int | None = None
    """When it was said, microseconds UTC; None: not known, taken as known all along."""
    says: str = ""
    """In the words of the source."""
    link: str = ""
    also: tuple[str, ...] = ()
    """Other sources that told the same."""

    @property
    def sources(self) -> tuple[str, ...]:
        """Return all who told it, the one whose dates are used first."""
        return (self.source, *self.also)

    def known_at(self, now: int) -> bool:
        """Whether it had been said by *now*, microseconds UTC."""
        return self.published is None or self.published <= now
