"""Other Rabtas: asked how they see the services, and what they say of their own lines.

One in another country is a vantage: what fails there too is down. What is filtered is
filtered for the whole country, so one at home only shows what works, in another network
than ours. One on this LAN sees services as this machine does; it tells
whether the LAN works. One in the same country tells whether its network is cut off too.
"""

import asyncio
import contextlib
import json
import logging
import socket
import ssl
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from hashlib import sha256
from hmac import compare_digest
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from rabta.attribute import Peer, Sight
from rabta.attribute.scene import BLOCKING
from rabta.config import Config, Vantage, read_secret
from rabta.errors import RabtaError
from rabta.model import State


if TYPE_CHECKING:
    from http.client import HTTPConnection

log = logging.getLogger(__name__)

_VANTAGE = 60.0
_NEIGHBOUR = 10.0
"""Seconds, on the LAN: what it says of that counts only while it is fresh."""
_PATIENCE = 15.0
_SEEN = {State.UP: State.UP, State.DEGRADED: State.UP, State.DOWN: State.DOWN}
"""What counts of another's verdict: partly there is neither here nor there."""


_CODE = 2
"""Letters of a country's code; "world" is none."""
_OF_THE_WAY = BLOCKING | {"peering", "own-line"}
"""What another says of its own way to a service, and not of the service."""


@dataclass(frozen=True, slots=True)
class View:
    """What another Rabta says."""

    services: tuple[Sight, ...] = ()
    code: str = ""
    """Of its verdict on its own machine."""
    country: str = ""
    uplinks: tuple[tuple[int, str], ...] = ()
    """(AS, code) of each of its uplinks whose network is known."""
    same_lan: bool = False
    networks: tuple[int, ...] = ()
    """ASes of its uplinks; empty where one of them is not known."""
    helper: bool = False
    """Set up abroad by the user, to be asked from here."""

    def abroad(self, home: str) -> bool:
        """Whether it is known to stand in another country than *home*."""
        if self.same_lan:
            return False
        known = len(home) == len(self.country) == _CODE
        return self.helper or (known and self.country != home)


NOTHING = View()


async def keep_vantages(config: Config, tell: Callable[[str, View], None]) -> None:
    """Ask other Rabtas how they see the services, each at its own pace."""
    keep = (_keep_vantage(x, tell, x == config.helper) for x in config.vantages)
    await asyncio.gather(*keep)


async def _keep_vantage(
    vantage: Vantage,
    tell: Callable[[str, View], None],
    helper: bool,  # noqa: FBT001
) -> None:
    while True:
        view = replace(await _answer(vantage), helper=helper)
        tell(vantage.name, view)
        await asyncio.sleep(_NEIGHBOUR if view.same_lan else _VANTAGE)


async def _answer(vantage: Vantage) -> View:
    """Ask once, and within ``_PATIENCE``: an old answer must not stand for long."""
    connection = _connection(vantage)
    try:
        async with asyncio.timeout(_PATIENCE):
            return await asyncio.to_thread(_ask, vantage, connection)
    except TimeoutError:
        log.info("vantage %s: no answer within %g s", vantage.name, _PATIENCE)
        return NOTHING
    finally:
        _hang_up(connection)


def _connection(vantage: Vantage) -> "HTTPConnection":
    from http.client import HTTPConnection, HTTPSConnection

    url = urlsplit(vantage.url)
    host = url.hostname or ""
    if url.scheme != "https":
        return HTTPConnection(host, url.port, timeout=5)
    # a pinned certificate is compared once it is shown; the name in it means nothing
    context = ssl.create_default_context() if not vantage.fingerprint else _any()
    return HTTPSConnection(host, url.port, timeout=5, context=context)


def _any() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _check_pin(vantage: Vantage, connection: "HTTPConnection") -> None:
    """Refuse another certificate than the one that was written down, before asking."""
    if not vantage.fingerprint:
        return
    connection.connect()
    shown = b""
    if isinstance(connection.sock, ssl.SSLSocket):
        shown = connection.sock.getpeercert(binary_form=True) or b""
    wanted = vantage.fingerprint.lower().removeprefix("sha256:").replace(":", "")
    if not compare_digest(sha256(shown).hexdigest(), wanted):
        raise OSError("it shows another certificate than the one it is known by")


def _hang_up(connection: "HTTPConnection") -> None:
    """Wake the thread that may still read from it."""
    if connection.sock is not None:
        with contextlib.suppress(OSError):
            connection.sock.shutdown(socket.SHUT_RDWR)


def _ask(vantage: Vantage, connection: "HTTPConnection") -> View:
    """Return what the other Rabta sees; nothing on failure."""
    from http.client import HTTPException

    path = urlsplit(vantage.url).path.rstrip("/")
    headers = {"Accept": "application/json"}
    try:
        if vantage.token_file is not None:
            headers["Authorization"] = f"Bearer {read_secret(vantage.token_file)}"
        _check_pin(vantage, connection)
        connection.request("GET", f"{path}/api/status", headers=headers)
        near = connection.sock is not None and _same_lan(
            connection.sock.getsockname()[0], connection.sock.getpeername()[0]
        )
        document = json.loads(connection.getresponse().read(4_000_000))
        return view_of(document, same_lan=near)
    except (
        OSError,
        HTTPException,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        RabtaError,  # a secret that has gone or may not be read any more
    ) as error:
        log.info("vantage %s: %s", vantage.name, error)
        return NOTHING
    finally:
        connection.close()


def view_of(document: Any, *, same_lan: bool = False) -> View:
    """Read a status document; a helper's tells of services alone.

    Raises:
        AttributeError, KeyError, TypeError, ValueError: it is none.
    """
    services = tuple(
        Sight(
            str(service["name"]),
            State(service["verdict"]["state"]),
            str(service["verdict"].get("code", "")),
        )
        for service in document["services"]
    )
    uplinks = [
        (int(one["uplink"]["asn"]), str(one["verdict"]["code"]))
        for one in document.get("uplinks", ())
    ]
    return View(
        services,
        str(document.get("host", {}).get("code", "")),
        str(document.get("country", "")),
        tuple((asn, code) for asn, code in uplinks if asn),
        same_lan,
        tuple(asn for asn, _ in uplinks) if all(asn for asn, _ in uplinks) else (),
    )


def _same_lan(ours: str, theirs: str) -> bool:
    """Whether both ends of a connection stand on one link, by their addresses."""
    here, there = ip_address(ours), ip_address(theirs)
    if here.version != there.version or there.is_loopback or here == there:
        return False
    if there.is_link_local:
        return True
    bits = 24 if there.version == 4 else 64
    return there.is_private and there in ip_network(f"{here}/{bits}", strict=False)


def peers_of(name: str, view: View, country: str, now: int) -> tuple[Peer, ...]:
    """Return what one on this LAN, or in *country*, says at this time.

    On the LAN what the machine says counts, elsewhere what it says of each network.
    """
    if view.same_lan:
        return (Peer(name, same_lan=True, code=view.code, told=now),)
    if view.country != country or len(country) != 2:
        return ()
    return tuple(
        Peer(f"{name} (AS{asn})", asn, code=code, told=now)
        for asn, code in view.uplinks
    )


def near_of(name: str, view: View, country: str, now: int) -> tuple[Sight, ...]:
    """Return what one that stands in *country*, or nobody knows where, sees."""
    if view.same_lan or view.abroad(country):
        return ()
    return tuple(
        replace(
            sight,
            state=_SEEN.get(sight.state, State.UNKNOWN),
            vantage=name,
            networks=view.networks,
            told=now,
        )
        for sight in view.services
    )


def together(
    views: Iterable[Iterable[Sight]],
) -> tuple[tuple[str, State], ...]:
    """Join what several vantages see: up when reached from anywhere, else down.

    One that is filtered where another stands is not down for that.
    """
    joined: dict[str, State] = {}
    for view in views:
        for sight in view:
            service, seen = sight.service, _SEEN.get(sight.state, State.UNKNOWN)
            if seen is State.DOWN and sight.code in _OF_THE_WAY:
                seen = State.UNKNOWN
            if joined.get(service, State.UNKNOWN) is State.UNKNOWN or seen is State.UP:
                joined[service] = seen
    return tuple(sorted(joined.items()))
