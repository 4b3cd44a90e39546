"""Connect for a transfer, over whichever of its ways and addresses answers first."""

import asyncio
import socket
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from rabta import failure
from rabta.clock import Clock
from rabta.failure import name_of
from rabta.model import Message
from rabta.outbox.http.connection import Connection
from rabta.outbox.outcome import LineError, ServerError
from rabta.probes.url import Url
from rabta.steer.race import Attempt, LostError, attempts, by_cost, first
from rabta.steer.ways import Way


_PATIENCE = 10.0
_RESOLVE = 4.0
_SERVERS = {  # failures that come from the far end, not from the way to it
    failure.CONNECTION_REFUSED,
    failure.SSL_FAILED_HANDSHAKE,
    failure.SSL_INVALID_CERTIFICATE,
    failure.SSL_INVALID_HOSTNAME,
    failure.SSL_UNKNOWN_AUTHORITY,
}
_addresses: dict[tuple[str, int], list[tuple[int, str]]] = {}


@dataclass(frozen=True, slots=True)
class Route:
    """Where a transfer goes and by which ways, asked anew whenever that matters."""

    ways: Callable[[], tuple[Way, ...]]
    clock: Clock
    patience: float = _PATIENCE


async def connect(route: Route, url: Url) -> Connection:
    """Connect over the best way that answers, the next joining every 250 ms.

    Raises:
        LineError: no way is open, or none led anywhere in time.
        ServerError: the far end refused, or could not prove its name.
    """
    ways = route.ways()
    if not ways:
        raise LineError(failure.NO_ROUTE)
    tries = attempts(by_cost(ways), await _resolve(url))
    if not tries:
        raise LineError(failure.NETWORK_UNREACHABLE)
    try:
        return await first(
            [(one.lead, partial(_open, url, one, route.clock)) for one in tries],
            route.patience,
            Connection.close,
        )
    except LostError as lost:
        reasons = [name_of(error) for error in lost.reasons]
    blamed = next((one for one in reasons if one in _SERVERS), None)
    if blamed:
        raise ServerError(Message.of("outbox.refused", host=url.host, failure=blamed))
    raise LineError(reasons[0])


async def _open(url: Url, attempt: Attempt, clock: Clock) -> Connection:
    made = Connection(url, attempt.way, attempt.binding, attempt.address, clock)
    try:
        await made.open()
    except BaseException:
        made.close()
        raise
    return made


async def _resolve(url: Url) -> list[tuple[int, str]]:
    """Return (family, address); what a name last resolved to serves a dead resolver."""
    key = url.host, url.port
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(_RESOLVE):
            found = await loop.getaddrinfo(*key, type=socket.SOCK_STREAM)
    except (OSError, TimeoutError) as error:
        if key in _addresses:
            return _addresses[key]
        if getattr(error, "errno", None) == socket.EAI_NONAME:
            # a resolver that cannot be reached says "try again" instead
            unknown = failure.DNS_NXDOMAIN
            says = Message.of("outbox.refused", host=url.host, failure=unknown)
            raise ServerError(says) from error
        raise LineError(failure.DNS_NONRECOVERABLE) from error
    _addresses[key] = [
        (4 if family == socket.AF_INET else 6, str(peer[0]))
        for family, _, _, _, peer in found
        if family in {socket.AF_INET, socket.AF_INET6}
    ]
    return _addresses[key]
