"""Whom a line asks for names, and what it does when one of them is silent."""

from dataclasses import replace
from typing import Final

from rabta import failure
from rabta.agent.addresses import family_of
from rabta.model import LineKey, Observation, Probe
from rabta.model.uplink import Line
from rabta.probes import PROBES
from rabta.probes.aim import Aim


ATTEMPT: Final = 2.0
"""Seconds one resolver is given while there is another to ask."""
_NEXT: Final = frozenset(
    {
        failure.GENERIC_TIMEOUT,
        failure.CONNECTION_REFUSED,
        failure.CONNECTION_RESET,
        failure.HOST_UNREACHABLE,
        failure.NETWORK_UNREACHABLE,
        failure.ADMIN_PROHIBITED,
        failure.TTL_EXCEEDED,
        failure.DNS_SERVFAIL,
        failure.DNS_REFUSED,
        failure.DNS_MALFORMED,
    }
)
"""After these a stub resolver turns to the next server (resolv.conf(5), RFC 1536).
Anything else is an answer, be it true or false, and programs would believe it."""


class Resolvers:
    """The order in which each line's own resolvers are asked.

    The one that answered last comes first, so that a dead one costs its patience once
    and not with every name.
    """

    def __init__(self) -> None:
        self._good: dict[LineKey, str] = {}

    def order(self, key: LineKey, line: Line) -> tuple[str, ...]:
        """Return the resolvers of *line*, addresses of its own family."""
        own = tuple(r for r in line.resolvers if family_of(r) == line.family)
        good = self._good.get(key)
        if good not in own:
            return own
        return (good, *(r for r in own if r != good))

    def heard(self, key: LineKey, seen: Observation) -> bool:
        """Whether *seen* is an answer; who gave it is asked first from now on."""
        if seen.failure in _NEXT:
            return False
        self._good[key] = seen.address
        return True

    async def ask(
        self, key: LineKey, line: Line, aim: Aim, probe: Probe
    ) -> Observation:
        """Put a question to the address of *aim*, then to the line's other resolvers.

        What comes back is the answer of who gave it, or the first one's failure if
        none did. It costs the bytes of all attempts.
        """
        others = [r for r in self.order(key, line) if r != aim.address]
        first: Observation | None = None
        spent = 0
        for number, resolver in enumerate((aim.address, *others)):
            patience = ATTEMPT if number < len(others) else None
            tried = replace(aim, address=resolver, first_answer=patience)
            seen = await PROBES[probe](tried)
            spent += seen.spent_bytes
            if self.heard(key, seen):
                return replace(seen, spent_bytes=spent)
            first = first or seen
        assert first is not None  # noqa: S101 - the loop runs at least once
        return replace(first, spent_bytes=spent)
