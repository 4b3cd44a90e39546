"""What a client asked for, whichever language it spoke."""

import re
from dataclasses import dataclass
from ipaddress import ip_address

from rabta.steer.relay.refusal import malformed


_NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*\.?")


@dataclass(frozen=True, slots=True)
class Place:
    """A host, as an address or a name in lower case, and a port."""

    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def place_of(host: str, port: int) -> Place:
    """Check *host*, a name or an address without brackets.

    Raises:
        RefusalError: neither a name nor an address, or no port.
    """
    if not 1 <= port <= 65535:
        raise malformed("port")
    if ":" in host:
        try:
            address = ip_address(host)
        except ValueError:
            raise malformed("address") from None
        if "%" in host:  # a zone means something on the client's machine only
            raise malformed("address")
        return Place(str(address), port)
    name = host.lower()
    if len(name) > 254 or not _NAME.fullmatch(name):
        raise malformed("name")
    return Place(name.rstrip("."), port)


def authority(text: str, port: int = 0) -> Place:
    """Read ``host:port``, IPv6 in brackets; *port* where none is given.

    Raises:
        RefusalError: it is something else.
    """
    match = re.fullmatch(r"(?:\[([^\]]*)\]|([^:\[\]]*))(?::([0-9]{1,5}))?", text)
    if match is None:
        raise malformed("address")
    bracketed, bare, given = match.groups()
    if bracketed is not None and ":" not in bracketed:
        raise malformed("address")
    return place_of(bracketed or bare or "", int(given) if given else port)
