"""Which account of this machine is asking.

On loopback every account of a machine can connect. Linux tells whose a connection is:
both of its ends are sockets of this machine, and ``/proc/net/tcp`` (proc_pid_net(5))
lists them with their owners.
"""

import sys
from collections.abc import Iterator
from ipaddress import IPv6Address, ip_address
from pathlib import Path
from typing import Final


_TABLES: Final = ("tcp", "tcp6")
_FOLDER: Final = Path("/proc/self/net")
Address = tuple[str, int]


def account_of(client: Address, server: Address, folder: Path = _FOLDER) -> int | None:
    """Return the user id that holds *client*'s end of its connection to *server*.

    None when that is not to be known: nobody holds it any more (the kernel shows such
    an end as root's), it is of another machine, or the tables cannot be read.
    """
    wanted = _plain(client), _plain(server)
    if None in wanted:
        return None
    for ends, user, inode in _sockets(folder, client[1]):
        if ends == wanted and inode:
            return user
    return None


def _sockets(
    folder: Path, port: int
) -> Iterator[tuple[tuple[Address, Address], int, int]]:
    for name in _TABLES:
        try:
            lines = (folder / name).read_text("ascii").splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            columns = line.split()
            if columns[1].endswith(f":{port:04X}"):
                ends = _address(columns[1]), _address(columns[2])
                yield ends, int(columns[7]), int(columns[9])


def _address(text: str) -> Address:
    """Read ``0100007F:1310``: words of 32 bits in the machine's own order."""
    digits, _, port = text.partition(":")
    raw = bytes.fromhex(digits)
    if sys.byteorder == "little":
        raw = b"".join(raw[n : n + 4][::-1] for n in range(0, len(raw), 4))
    return _unmapped(str(ip_address(raw))), int(port, 16)


def _plain(address: Address) -> Address | None:
    try:
        return _unmapped(address[0]), address[1]
    except ValueError:
        return None


def _unmapped(text: str) -> str:
    """An IPv4 client of an IPv6 socket has a socket of IPv4 itself."""
    address = ip_address(text.partition("%")[0])
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(address)
