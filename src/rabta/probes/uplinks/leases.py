"""What DHCP said, from the files its clients leave; every parser is tolerant.

systemd-networkd and NetworkManager's internal client write ``KEY=VALUE`` lines,
dhclient writes dhclient.leases(5), dhcpcd the message itself (RFC 2131, RFC 2132).
A file that cannot be read or understood is as good as none.
"""

import contextlib
import re
import struct
from collections.abc import Iterable
from datetime import UTC, datetime
from ipaddress import IPv4Address, ip_address
from pathlib import Path

from rabta.clock import SECOND
from rabta.model import Lease


_LIMIT = 1_000_000
_BLOCK = re.compile(r"lease\s*(?:\"[^\"]*\"\s*)?\{(.*?)\}", re.DOTALL)
_FOREVER = 0xFFFFFFFF
_MAGIC = b"\x63\x82\x53\x63"
_PAD, _END, _DNS, _LEASE_TIME, _SERVER = 0, 255, 6, 51, 54


def find_lease(root: Path, interface: str, index: int) -> Lease | None:
    """Return the newest lease of *interface*; None where none can be read."""
    var = root / "var/lib"
    run = root / "run"
    places = (
        (run / "systemd/netif/leases", str(index), pairs_lease),
        (var / "NetworkManager", f"internal-*-{interface}.lease", pairs_lease),
        (var / "NetworkManager", f"dhclient-*-{interface}.lease", dhclient_lease),
        (var / "dhcp", f"dhclient*{interface}.leases", dhclient_lease),
        (var / "dhcp", "dhclient.leases", dhclient_lease),
        (var / "dhclient", f"dhclient*{interface}.lease*", dhclient_lease),
        (var / "dhclient", "dhclient.leases", dhclient_lease),
        (var / "dhcpcd", f"{interface}.lease", message_lease),
        (var / "dhcpcd", f"{interface}-*.lease", message_lease),
    )
    newest: tuple[float, Lease] | None = None
    for folder, pattern, parse in places:
        for written, data in read_matching(folder, pattern):
            lease = parse(data, interface, round(written * SECOND))
            if lease is not None and (newest is None or written > newest[0]):
                newest = written, lease
    return newest[1] if newest else None


def read_matching(folder: Path, pattern: str) -> list[tuple[float, bytes]]:
    """Return (time written, content) of the files that can be read."""
    found = []
    try:
        for path in sorted(folder.glob(pattern)):
            if path.is_file():
                with path.open("rb") as file:
                    found.append((path.stat().st_mtime, file.read(_LIMIT)))
    except OSError:
        pass
    return found


def pairs(data: bytes) -> dict[str, str]:
    """Read ``KEY=VALUE`` lines; comments and everything else are skipped."""
    lines = data.decode("utf-8", "replace").splitlines()
    split = (line.partition("=") for line in lines if not line.startswith("#"))
    return {key.strip(): value.strip() for key, equals, value in split if equals}


def pairs_lease(data: bytes, interface: str, written: int) -> Lease | None:
    """Read a lease of systemd-networkd or of NetworkManager's internal client."""
    del interface
    found = pairs(data)
    server = only_addresses([found.get("SERVER_ADDRESS", "")])
    resolvers = only_addresses(found.get("DNS", "").split())
    if not server and not resolvers and "ADDRESS" not in found:
        return None
    seconds = found.get("LIFETIME", "")
    expires = None
    if re.fullmatch(r"[0-9]{1,10}", seconds) and int(seconds) < _FOREVER:
        expires = written + int(seconds) * SECOND
    return Lease(server[0] if server else "", expires, resolvers)


def dhclient_lease(data: bytes, interface: str, written: int) -> Lease | None:
    """Read the last lease of *interface* in a file of dhclient."""
    del written
    newest = None
    for block in _BLOCK.findall(data.decode("utf-8", "replace")):
        found = {}
        for statement in block.split(";"):
            words = statement.replace(",", " ").replace('"', " ").split()
            words = words[1:] if words[:1] == ["option"] else words
            if words:
                found[words[0]] = words[1:]
        if found.get("interface", [interface])[:1] == [interface]:
            newest = found
    if newest is None:
        return None
    server = only_addresses(newest.get("dhcp-server-identifier", ()))
    resolvers = only_addresses(newest.get("domain-name-servers", ()))
    expires = _expiry(newest.get("expire", []))
    return Lease(server[0] if server else "", expires, resolvers)


def _expiry(words: list[str]) -> int | None:
    """Read ``6 2026/11/28 18:00:00`` (UTC) or ``epoch 1795888800``."""
    try:
        if words[:1] == ["epoch"]:
            return int(words[1]) * SECOND
        numbers = map(int, re.findall(r"[0-9]+", " ".join(words[1:3])))
        year, month, day, hour, minute, second = numbers
        moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
        return int(moment.timestamp()) * SECOND
    except (ValueError, IndexError, OverflowError):
        return None


def message_lease(data: bytes, interface: str, written: int) -> Lease | None:
    """Read the DHCP message dhcpcd keeps (RFC 2131, section 2)."""
    del interface
    if len(data) < 240 or data[236:240] != _MAGIC:
        return None
    options: dict[int, bytes] = {}
    at = 240
    while at + 1 < len(data) and data[at] != _END:
        if data[at] == _PAD:
            at += 1
            continue
        length = data[at + 1]
        options[data[at]] = data[at + 2 : at + 2 + length]
        at += 2 + length
    server = _addresses_in(options.get(_SERVER, b""))
    expires = None
    if len(options.get(_LEASE_TIME, b"")) == 4:
        (seconds,) = struct.unpack("!I", options[_LEASE_TIME])
        expires = None if seconds == _FOREVER else written + seconds * SECOND
    resolvers = _addresses_in(options.get(_DNS, b""))
    return Lease(server[0] if server else "", expires, resolvers)


def _addresses_in(data: bytes) -> tuple[str, ...]:
    whole = range(0, len(data) - 3, 4)
    return tuple(str(IPv4Address(data[at : at + 4])) for at in whole)


def only_addresses(words: Iterable[str]) -> tuple[str, ...]:
    """Keep what is an address literal, each once, in order."""
    found: list[str] = []
    for word in words:
        with contextlib.suppress(ValueError):
            address = str(ip_address(word))
            if address not in found:
                found.append(address)
    return tuple(found)
