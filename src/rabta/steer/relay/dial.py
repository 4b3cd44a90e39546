"""From a place to an open socket: rule, ways, addresses, what may be reached, race."""

import asyncio
import socket
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from rabta.config import RelayRule
from rabta.failure import name_of
from rabta.model import Needs, Uplink
from rabta.probes.binding import Binding, open_socket
from rabta.steer.race import Address, Attempt, LostError, attempts, first
from rabta.steer.relay.asked import Place
from rabta.steer.relay.names import Names, literal, of_the_house
from rabta.steer.relay.reach import Reach, is_local
from rabta.steer.relay.refusal import (
    SOCKS_FORBIDDEN,
    SOCKS_NO_NETWORK,
    refused,
    unreachable,
)
from rabta.steer.relay.rules import needs_of, permits, rule_for, tiers
from rabta.steer.ways import HERE, Way


PATIENCE = 10.0
"""Seconds for a connection over all ways and addresses."""


class Known(Protocol):
    """What is known of the ways out; ``rabta.steer.lines.Lines`` is one."""

    uplinks: tuple[Uplink, ...]

    def ways(self, needs: Needs, host: str) -> tuple[Way, ...]:
        """Return the ways that are open now, best first."""


@dataclass(frozen=True, slots=True)
class Dialled:
    """A connection that was made, and over what."""

    socket: socket.socket
    place: Place
    way: Way
    binding: Binding


class Dialler:
    """Makes connections as the rules say."""

    def __init__(
        self,
        known: Known,
        rules: Sequence[RelayRule],
        reach: Reach,
        names: Names,
        order: Mapping[str, int],
    ) -> None:
        """*order* has the tiers of the configuration, by uplink."""
        self._known = known
        self._order = order
        self._rules = rules
        self._reach = reach
        self._names = names
        self.spent: Collection[str] = ()
        """Uplinks over their data cap."""

    def open_ways(self, host: str) -> list[tuple[Way, ...]]:
        """Return the tiers of ways that may carry *host* now."""
        rule = rule_for(self._rules, host)
        ways = self._known.ways(needs_of(rule), host)
        return tiers(rule, ways, self._order, self.spent)

    async def dial(self, place: Place) -> Dialled:
        """Connect to *place*, over the best way that answers.

        Raises:
            RefusalError: it may not be, or cannot be reached.
        """
        rule = rule_for(self._rules, place.host)
        open_tiers = self.open_ways(place.host)
        ways = [way for tier in open_tiers for way in tier]
        if not ways and not _near(place.host):
            raise self._no_way(place, rule)
        uplinks = self._known.uplinks
        strict = not all(permits(rule, u.name, metered=u.metered) for u in uplinks)
        found = await self._names.addresses(place.host, ways, uplinks, strict=strict)
        local, beyond = self._sorted_out(place, found)
        tries = attempts([(HERE,)], self._routed(local, rule))
        tries += attempts(open_tiers, beyond)
        if not tries and local:
            raise self._forbidden(place)
        if not ways:
            raise self._no_way(place, rule)
        if not tries:
            raise refused("family", 502, SOCKS_NO_NETWORK, host=place.host)
        try:
            return await first(
                [(one.lead, partial(_connect, place, one)) for one in tries],
                PATIENCE,
                lambda late: late.socket.close(),
            )
        except LostError as lost:
            raise unreachable(place.host, name_of(lost.reasons[0])) from None

    def _no_way(self, place: Place, rule: RelayRule) -> Exception:
        ways = self._known.ways(Needs(), place.host)
        if any(not permits(rule, w.uplink, metered=w.metered) for w in ways):
            return self._forbidden(place)
        return refused("no_way", 503, SOCKS_NO_NETWORK, host=place.host)

    @staticmethod
    def _forbidden(place: Place) -> Exception:
        return refused("rule", 403, SOCKS_FORBIDDEN, host=place.host)

    def _sorted_out(
        self, place: Place, found: Sequence[Address]
    ) -> tuple[list[Address], list[Address]]:
        """Return what lies around this machine and what lies beyond it."""
        local: list[Address] = []
        beyond: list[Address] = []
        objection = ""
        for family, address in found:
            why = self._reach.objection(place.host, address, place.port)
            objection = objection or why
            if not why:
                (local if is_local(address) else beyond).append((family, address))
        if not local and not beyond:
            key = objection.replace("-", "_") or "no_host"
            raise refused(key, 403, SOCKS_FORBIDDEN, host=place.host, port=place.port)
        return local, beyond

    def _routed(self, local: Sequence[Address], rule: RelayRule) -> list[Address]:
        """Return those that the system does not route over a forbidden uplink."""
        owners = {line.source: u for u in self._known.uplinks for line in u.lines}
        found: list[Address] = []
        for family, address in local:
            owner = owners.get(system_source(family, address))
            if owner is None or permits(rule, owner.name, metered=owner.metered):
                found.append((family, address))
        return found


def _near(host: str) -> bool:
    """Whether *host* may be reached although no uplink is open."""
    address = literal(host)
    return is_local(address[1]) if address else of_the_house(host)


def system_source(family: int, address: str) -> str:
    """Return our address towards *address* by the system's routes; empty for none."""
    kind = socket.AF_INET if family == 4 else socket.AF_INET6
    try:
        with socket.socket(kind, socket.SOCK_DGRAM) as trial:
            trial.connect((address, 9))  # sends nothing
            return str(trial.getsockname()[0])
    except OSError:
        return ""


def is_own(address: str) -> bool:
    """Whether *address* is one of this machine's."""
    kind = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(kind, socket.SOCK_DGRAM) as trial:
            trial.bind((address, 0))
    except OSError:
        return False
    return True


async def _connect(place: Place, attempt: Attempt) -> Dialled:
    binding = attempt.binding
    opened = open_socket(binding, socket.SOCK_STREAM)
    try:
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        peer = binding.sockaddr(attempt.address, place.port)
        await asyncio.get_running_loop().sock_connect(opened, peer)
    except BaseException:
        opened.close()
        raise
    return Dialled(opened, place, attempt.way, binding)
