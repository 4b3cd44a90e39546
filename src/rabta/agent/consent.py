"""Who agreed to which test, and when it last ran: a small file beside the store.

A test asks for what may be blocked, which whoever watches the line can see; so it
runs only for services somebody agreed to, and not more often than politeness allows.
Who agreed did so to one host: a service that is led to another one asks again.
"""

from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from rabta.clock import MINUTE, SECOND
from rabta.errors import RabtaError
from rabta.model import Target
from rabta.whole import write_whole


GAP = 10 * MINUTE
"""Between two tests of one service, microseconds."""
_FILE = "tests.json"


class Consent(msgspec.Struct, frozen=True):
    """One service."""

    agreed: int
    """When somebody agreed, microseconds UTC."""
    last: int = 0
    """When a test last began."""
    where: str = ""
    """Scheme and host agreed to, such as ``https://example.org``; empty in files of
    before it was kept, which hold for nowhere."""


def where_of(target: Target) -> str:
    """Return the scheme and the host that a test of *target* would ask."""
    scheme = urlsplit(target.url).scheme or "https"
    return f"{scheme}://{target.host}"


class Ledger:
    """The file."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / _FILE
        self.agreed: dict[str, Consent] = {}
        try:
            self.agreed = msgspec.json.decode(
                self._file.read_bytes(), type=dict[str, Consent]
            )
        except (OSError, msgspec.MsgspecError):
            return  # nobody agreed to anything that can be read

    def holds(self, service: str, where: str) -> bool:
        """Whether somebody agreed to tests of *service* while it led to *where*."""
        known = self.agreed.get(service)
        return known is not None and known.where == where

    def agree(self, service: str, where: str, now: int) -> None:
        """Record that somebody agreed to tests of *service*, which leads to *where*."""
        if not self.holds(service, where):
            last = self.agreed[service].last if service in self.agreed else 0
            self.agreed[service] = Consent(now, last, where)
            self._write()

    def withdraw(self, service: str) -> bool:
        """Forget it; whether there was anything to forget."""
        found = self.agreed.pop(service, None) is not None
        if found:
            self._write()
        return found

    def begin(self, service: str, now: int, pace: float = 1.0) -> None:
        """Record that a test begins now.

        Raises:
            RabtaError: the last one was too short a while ago.
        """
        known = self.agreed[service]
        due = known.last + int(GAP * pace)
        if known.last <= now < due:
            raise RabtaError(
                f"{service} was tested less than {GAP // MINUTE} minutes ago",
                hint=f"again in {-(-(due - now) // SECOND)} s",
            )
        self.agreed[service] = Consent(known.agreed, now, known.where)
        self._write()

    def _write(self) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(self._file, msgspec.json.encode(self.agreed))
