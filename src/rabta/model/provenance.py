"""Where data of others came from."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Provenance:
    """One file that was imported, or one answer that was fetched."""

    source: str
    what: str
    """The file's name, or the address without what could be a secret."""
    sha256: str
    octets: int
    """As it came, packed or not."""
    time: int
    """When it was read, microseconds UTC."""
    licence: str
    holder: str
    kept: int
    aside: int
    """Records that became values or reports, and those that could not be used."""
    partial: str = ""
    """Why its end is missing; empty where it is not."""
