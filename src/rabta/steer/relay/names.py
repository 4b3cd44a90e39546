"""Names to addresses, asked over the way the connection will take.

Each uplink's own resolvers know the nearest servers of that uplink, and answer while
the system's first resolver sits behind a dead line. The hosts file comes before all,
the system's resolver after all: it knows the names of the house and of a VPN.
"""

import asyncio
import contextlib
import socket
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path

from rabta import failure
from rabta.model import Uplink
from rabta.probes.binding import Binding, open_socket
from rabta.probes.dns_message import Answer, make_query, read_answer
from rabta.steer.race import STAGGER, Address, LostError, first
from rabta.steer.relay.refusal import unreachable
from rabta.steer.relay.system import NoSuchNameError, by_system
from rabta.steer.ways import Way, is_here


PATIENCE = 5.0
"""Seconds until a name counts as one that cannot be resolved now."""
_TRY = 1.0  # seconds for one resolver before the next of its line is asked
_DELAY = 0.05  # for the other family's answer (RFC 8305, section 3)
_LARGEST = 4096
_REMEMBERED = 1000
_OF_THE_HOUSE = (".local", ".lan", ".internal", ".home.arpa", ".intranet")
_HOSTS = Path("/etc/hosts")


_Ask = Callable[[], Awaitable[list[Address]]]


class Names:
    """Resolves, and remembers what serves while no resolver answers."""

    def __init__(self) -> None:
        self._last: OrderedDict[str, list[Address]] = OrderedDict()

    async def addresses(
        self,
        host: str,
        ways: Sequence[Way],
        uplinks: Sequence[Uplink],
        *,
        strict: bool = False,
    ) -> list[Address]:
        """Return the addresses of *host*, in the order they should be tried.

        With *strict* the system's resolver, which sends where it likes, is asked only
        where the ways have none, or the name is one of the house.

        Raises:
            RefusalError: there are none, or nobody can tell.
        """
        if address := literal(host):
            return [address]
        if named := listed(host):
            return named
        asks = [] if of_the_house(host) else _asks(host, ways, uplinks)
        if not asks or not strict:
            asks.append(partial(by_system, host))
        try:
            found = await first(
                [(STAGGER, ask) for ask in asks], PATIENCE, lambda _: None
            )
        except LostError as lost:
            if any(isinstance(one, NoSuchNameError) for one in lost.reasons):
                raise unreachable(host, failure.DNS_NXDOMAIN) from None
            if host in self._last:
                return self._last[host]
            raise unreachable(host, failure.DNS_NONRECOVERABLE) from None
        self._last[host] = found
        self._last.move_to_end(host)
        if len(self._last) > _REMEMBERED:
            self._last.popitem(last=False)
        return found


def listed(host: str, file: Path = _HOSTS) -> list[Address]:
    """Return what the hosts file says of *host*."""
    if is_here(host):
        return [(4, "127.0.0.1"), (6, "::1")]
    try:
        lines = file.read_text("utf-8", "replace").splitlines()
    except OSError:
        return []
    rows = (line.partition("#")[0].lower().split() for line in lines)
    told = [literal(row[0]) for row in rows if host in row[1:]]
    return [one for one in told if one is not None]


def of_the_house(host: str) -> bool:
    """Whether only the system can know a name, and no line has to be open for it."""
    return "." not in host or host.endswith(_OF_THE_HOUSE)


def literal(host: str) -> Address | None:
    """Return *host* as an address; None for a name."""
    for family, kind in ((4, socket.AF_INET), (6, socket.AF_INET6)):
        with contextlib.suppress(OSError):
            socket.inet_pton(kind, host)
            return family, host
    return None


def _asks(host: str, ways: Sequence[Way], uplinks: Sequence[Uplink]) -> list[_Ask]:
    lines = {(u.name, line.family): line for u in uplinks for line in u.lines}
    found: list[_Ask] = []
    for way in ways:
        families = tuple(binding.family for binding in way.bindings)
        resolvers = [
            (binding, resolver)
            for binding in way.bindings
            if (line := lines.get((way.uplink, binding.family))) is not None
            for resolver in line.resolvers
        ]
        if resolvers:
            found.append(partial(_over, host, families, resolvers))
    return found


async def _over(
    host: str, families: Sequence[int], resolvers: Sequence[tuple[Binding, str]]
) -> list[Address]:
    """Ask the resolvers of one way for all families at once."""
    asked = [
        asyncio.create_task(_family(host, family, resolvers)) for family in families
    ]
    try:
        waiting, told, delay = set(asked), False, None
        while waiting:
            done, waiting = await asyncio.wait(
                waiting, timeout=delay, return_when=asyncio.FIRST_COMPLETED
            )
            if not done:
                break
            told = told or any(not task.exception() and task.result() for task in done)
            delay = _DELAY if told else None
        found = {
            family: task.result()
            for family, task in zip(families, asked, strict=True)
            if task.done() and not task.exception()
        }
        if not any(found.values()):
            errors = [task.exception() for task in asked if task.done()]
            raise next((e for e in errors if e is not None), NoSuchNameError())
        return _alternating(found.get(6, ()), found.get(4, ()))
    finally:
        for task in asked:
            task.cancel()
        await asyncio.gather(*asked, return_exceptions=True)


def _alternating(six: Sequence[str], four: Sequence[str]) -> list[Address]:
    longest = max(len(six), len(four))
    pairs = [((6, six), (4, four))] * longest
    return [
        (family, addresses[at])
        for at, both in enumerate(pairs)
        for family, addresses in both
        if at < len(addresses)
    ]


async def _family(
    host: str, family: int, resolvers: Sequence[tuple[Binding, str]]
) -> tuple[str, ...]:
    """Return the addresses of one family; none where the name has none of it."""
    error: Exception = OSError()
    for binding, resolver in resolvers:
        try:
            async with asyncio.timeout(_TRY):
                answer = await _question(host, family, binding, resolver)
        except OSError as failed:  # TimeoutError is one
            error = failed
            continue
        if answer.rcode == "NXDOMAIN":
            raise NoSuchNameError
        if answer.rcode == "NOERROR":
            return answer.addresses
        error = OSError(f"the resolver says {answer.rcode}")
    raise error


async def _question(host: str, family: int, binding: Binding, resolver: str) -> Answer:
    try:
        query = make_query(host, family)
    except ValueError:
        raise NoSuchNameError from None
    loop = asyncio.get_running_loop()
    with open_socket(binding, socket.SOCK_DGRAM) as channel:
        await loop.sock_connect(channel, binding.sockaddr(resolver, 53))
        await loop.sock_sendall(channel, query.wire)
        while True:
            answer = read_answer(await loop.sock_recv(channel, _LARGEST), query)
            if answer is not None:
                return answer
