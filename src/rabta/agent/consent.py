"""Who agreed to which test, and when it last ran: a small file beside the store.

A test asks for what may be blocked, which whoever watches the line can see; so it
runs only for services somebody agreed to, and not more often than politeness allows.
"""

from pathlib import Path

import msgspec

from rabta.agent.whole import write_whole
from rabta.clock import MINUTE, SECOND
from rabta.errors import RabtaError


GAP = 10 * MINUTE
"""Between two tests of one service, microseconds."""
_FILE = "tests.json"


class Consent(msgspec.Struct, frozen=True):
    """One service."""

    agreed: int
    """When somebody agreed, microseconds UTC."""
    last: int = 0
    """When a test last began."""


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

    def agree(self, service: str, now: int) -> None:
        """Record that somebody agreed to tests of *service*."""
        if service not in self.agreed:
            self.agreed[service] = Consent(now)
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
        self.agreed[service] = Consent(known.agreed, now)
        self._write()

    def _write(self) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(self._file, msgspec.json.encode(self.agreed))
