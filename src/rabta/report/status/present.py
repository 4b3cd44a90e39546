"""The state of each thing now: what was not measured these minutes is not known."""

from collections.abc import Iterable, Mapping, Sequence

from rabta.clock import MINUTE
from rabta.model import Kind
from rabta.report.facts import Incident
from rabta.report.measured import Asked, Series
from rabta.report.status.facts import Now
from rabta.report.troubles import of_all


STALE = 15 * MINUTE
"""What is older says nothing of now."""


class Present:
    """The moment the page is made."""

    def __init__(
        self,
        now: int,
        lines: Mapping[str, Series],
        services: Mapping[str, Asked],
        incidents: Sequence[Incident],
        *,
        stale: bool,
    ) -> None:
        """Take what is measured at *now*; *stale*: Rabta itself no longer runs."""
        self._open = [one for one in incidents if one.end is None]
        self._stale = stale
        self._lines = {name: now - one.asked < STALE for name, one in lines.items()}
        self._services = {
            name: now - one.last < STALE for name, one in services.items()
        }
        self._all_down = any(of_all(one) for one in self._open)

    def line(self, name: str) -> Now:
        """Return the state of an uplink; an outage of the host is one of each."""
        if self._stale:
            return Now.UNKNOWN
        if self._all_down:
            return Now.DOWN
        return self._state(f"uplink/{name}") if self._lines[name] else Now.UNKNOWN

    def any_line(self) -> Now:
        """Return whether any line that is measured these minutes works."""
        states = {self.line(name) for name in self._lines} - {Now.UNKNOWN}
        if states & {Now.UP, Now.WORSE}:
            return Now.UP
        return Now.DOWN if states else Now.UNKNOWN

    def service(self, name: str) -> Now:
        """Return the state of a service; without a line nobody can say."""
        known = not self._stale and self._services.get(name, False)
        if not known or self.any_line() in {Now.DOWN, Now.UNKNOWN}:
            return Now.UNKNOWN
        return self._state(f"service/{name}")

    def _state(self, entity: str) -> Now:
        return _worst(one.kind for one in self._open if one.entity == entity)


def _worst(kinds: Iterable[Kind]) -> Now:
    found = set(kinds)
    if found & {Kind.OUTAGE, Kind.BLOCKING}:
        return Now.DOWN
    return Now.WORSE if found else Now.UP
