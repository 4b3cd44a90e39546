"""HTTP as bytes (RFC 9110, 9112): CONNECT, requests to pass on, our own two pages.

Reading is pure and bounded; h11 knows the grammar.
"""

import base64
import binascii
from dataclasses import dataclass
from http import HTTPStatus
from ipaddress import ip_address
from urllib.parse import urlsplit

import h11

from rabta.steer.relay.asked import Place, authority
from rabta.steer.relay.refusal import malformed


LONGEST = 32 * 1024
"""Bytes of a request's head at most."""
GRANTED = b"HTTP/1.1 200 Connection established\r\n\r\n"
_OURS_ALONE = {
    *(b"connection", b"keep-alive", b"te", b"trailer", b"upgrade", b"host"),
    *(b"proxy-authorization", b"proxy-authenticate", b"proxy-connection"),
}
"""Fields that end at a proxy, and Host, which is written anew."""


@dataclass(frozen=True, slots=True)
class Head:
    """The head of one request, taken apart."""

    method: str
    place: Place | None
    """Where it shall go; None when it is meant for the relay itself."""
    path: str
    token: str
    """What the client shows to be admitted; empty for nothing."""
    host: str
    """The Host field, without the port."""
    onward: bytes
    """The head to send on; empty for CONNECT."""
    chunked: bool
    reader: h11.Connection
    """Goes on to read the body."""

    @property
    def tunnels(self) -> bool:
        """Whether it is a CONNECT."""
        return self.method == "CONNECT"

    @property
    def early(self) -> bytes:
        """What has come after the head."""
        return bytes(self.reader.trailing_data[0])


def read_head(data: bytes) -> Head | None:
    """Read the head of a request; None while more must come.

    Raises:
        RefusalError: it is no request of HTTP/1, too long, or to no place.
    """
    if not data:
        return None
    reader = h11.Connection(h11.SERVER, max_incomplete_event_size=LONGEST)
    try:
        reader.receive_data(data)
        event = reader.next_event()
    except h11.RemoteProtocolError:
        raise malformed("request") from None
    if event is h11.NEED_DATA:
        return None
    if not isinstance(event, h11.Request):
        raise malformed("request")
    method, target = event.method.decode("ascii"), event.target.decode("ascii")
    fields = {name: value.decode("latin-1") for name, value in event.headers}
    place, path = _target(method, target)
    return Head(
        method=method,
        place=place,
        path=path,
        token=_token(fields.get(b"proxy-authorization", "")),
        host=_hostname(fields.get(b"host", "")),
        onward=_onward(event, place, path) if place and method != "CONNECT" else b"",
        chunked=b"transfer-encoding" in fields,
        reader=reader,
    )


def _target(method: str, target: str) -> tuple[Place | None, str]:
    if method == "CONNECT":
        return authority(target), ""
    if target.startswith("/") or target == "*":
        return None, target
    try:
        parts = urlsplit(target)
    except ValueError:
        raise malformed("address") from None
    if parts.scheme != "http" or "@" in parts.netloc:
        raise malformed("address")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return authority(parts.netloc, 80), path


def _token(field: str) -> str:
    scheme, _, value = field.strip().partition(" ")
    match scheme.lower():
        case "bearer":
            return value.strip()
        case "basic":
            try:
                text = base64.b64decode(value.strip(), validate=True).decode()
            except (binascii.Error, ValueError):
                return ""
            return text.partition(":")[2]
        case _:
            return ""


def _hostname(field: str) -> str:
    try:
        return urlsplit(f"//{field}").hostname or ""
    except ValueError:
        return ""


def _onward(request: h11.Request, place: Place, path: str) -> bytes:
    named = {
        name.strip().lower()
        for field, value in request.headers
        if field == b"connection"
        for name in value.split(b",")
    }
    host = str(place).removesuffix(":80")
    lines = [
        request.method + b" " + path.encode("ascii") + b" HTTP/" + request.http_version,
        b"Host: " + host.encode("ascii"),
    ]
    for name, value in request.headers.raw_items():
        if name.lower() not in _OURS_ALONE | named:
            lines.append(name + b": " + value)
    # one request for each connection: what follows may be for another host
    return b"\r\n".join([*lines, b"Connection: close", b"", b""])


def is_our_name(host: str) -> bool:
    """Whether a page may be asked under this name: an address cannot be rebound."""
    if host == "localhost":
        return True
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def answer(
    status: int, body: str, media_type: str = "text/plain; charset=utf-8"
) -> bytes:
    """Return a whole answer, after which the connection ends."""
    data = body.encode()
    phrase = HTTPStatus(status).phrase
    lines = [
        f"HTTP/1.1 {status} {phrase}",
        f"Content-Type: {media_type}",
        f"Content-Length: {len(data)}",
        "Cache-Control: no-store",
        "X-Content-Type-Options: nosniff",
        "Connection: close",
    ]
    if status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
        lines.append('Proxy-Authenticate: Basic realm="Rabta", charset="UTF-8"')
    return "\r\n".join([*lines, "", ""]).encode() + data
