"""SOCKS5 as bytes (RFC 1928; passwords RFC 1929): pure, bounded, only CONNECT.

A reader takes what has come so far and returns (what it says, its length), or None
while more must come.
"""

from ipaddress import IPv4Address, IPv6Address

from rabta.steer.relay.asked import Place, place_of
from rabta.steer.relay.refusal import (
    SOCKS_ADDRESS,
    SOCKS_COMMAND,
    RefusalError,
    malformed,
    refused,
)


VERSION = 5
LONGEST = 3 + 1 + 255 + 255
"""No message is longer."""
ANONYMOUS, PASSWORD, NO_METHOD = 0, 2, 0xFF
ADMITTED, TURNED_AWAY = b"\x01\x00", b"\x01\x01"
_CONNECT = 1
_IPV4, _NAME, _IPV6 = 1, 3, 4
_NOWHERE = bytes([_IPV4, 0, 0, 0, 0, 0, 0])


def read_methods(data: bytes) -> tuple[bytes, int] | None:
    """Read the methods of identification a client knows."""
    if data[:1] not in {b"", b"\x05"}:
        raise malformed("version")
    if len(data) < 2 or len(data) < 2 + data[1]:
        return None
    return data[2 : 2 + data[1]], 2 + data[1]


def choose(methods: bytes, *, token_needed: bool) -> int:
    """Return the method to use, ``NO_METHOD`` when there is none."""
    wanted = PASSWORD if token_needed else ANONYMOUS
    return wanted if wanted in methods else NO_METHOD


def chosen(method: int) -> bytes:
    """Return what tells the client which method is used."""
    return bytes([VERSION, method])


def read_password(data: bytes) -> tuple[str, int] | None:
    """Read user and password; the user's name is of no interest."""
    if data[:1] not in {b"", b"\x01"}:
        raise malformed("password")
    if len(data) < 2 or len(data) < 3 + data[1]:
        return None
    start = 3 + data[1]
    end = start + data[start - 1]
    if len(data) < end:
        return None
    return data[start:end].decode("utf-8", "replace"), end


def read_request(data: bytes) -> tuple[Place, int] | None:
    """Read where the client wants to go.

    Raises:
        RefusalError: it wants something else than to connect, or makes no sense.
    """
    if data[:1] not in {b"", b"\x05"}:
        raise malformed("version")
    if len(data) < 5:
        return None
    _, command, _, kind, length = data[:5]
    if command != _CONNECT:
        raise refused("command", 405, SOCKS_COMMAND)
    if kind not in {_IPV4, _NAME, _IPV6}:
        raise refused("kind", 400, SOCKS_ADDRESS)
    start = 5 if kind == _NAME else 4
    size = {_IPV4: 4, _NAME: length, _IPV6: 16}[kind]
    end = start + size
    if len(data) < end + 2:
        return None
    host = _host(kind, data[start:end])
    return place_of(host, int.from_bytes(data[end : end + 2])), end + 2


def _host(kind: int, raw: bytes) -> str:
    if kind == _IPV4:
        return str(IPv4Address(raw))
    if kind == _IPV6:
        return str(IPv6Address(raw))
    try:
        host = raw.decode("ascii")
    except UnicodeDecodeError:
        raise malformed("name") from None
    # some clients send every address as a name
    return host[1:-1] if host.startswith("[") and host.endswith("]") else host


def reply(code: int = 0) -> bytes:
    """Return the answer to a request; our own address is nobody's business."""
    return bytes([VERSION, code, 0]) + _NOWHERE


def reply_to(refusal: RefusalError) -> bytes:
    """Return the answer that says why not."""
    return reply(refusal.code)


SOCKS4_REJECTED = b"\x00\x5b" + bytes(6)
"""What the older protocol's clients understand."""
