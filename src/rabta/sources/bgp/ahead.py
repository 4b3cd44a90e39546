"""Compiles the kernels, and keeps them on disk: ``python -m rabta.sources.bgp.ahead``.

In a process of its own, for the compiler takes 80 MB that it does not give back, beside
which a table of today's size would be too much.
"""

import struct
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from rabta.sources.bgp import compile as compiling
from rabta.sources.bgp.memory import Memory
from rabta.sources.bgp.networks import Networks
from rabta.sources.bgp.series import Routes
from rabta.sources.bgp.watched import watch
from rabta.sources.imported import Tally
from rabta.sources.stream import Stream


_AS = 64496  # of documentation, RFC 5398
_TIME = 1_400_000_000
_MUCH = 10_000


def main() -> int:
    """Read a table of one route, and take to larger arrays, with all of it compiled."""
    compiling.WORTH_COMPILING = 0
    none = np.zeros((0, 2), np.int64), np.zeros(0, "U2")
    routes = Routes(watch([f"asn/{_AS}"], Networks("none", *none, *none)))
    with TemporaryDirectory(prefix="rabta-") as folder:
        file = Path(folder) / "table"
        file.write_bytes(_table())
        tally = Tally(str(file), sys.maxsize)
        for _ in routes.read(Stream(file, tally), tally):
            pass
    memory = Memory(1, ways=False)
    memory.reserve(_MUCH, 0)
    memory.clear()
    return 0


def _table() -> bytes:
    """Return a TABLE_DUMP_V2 of one peer and one route (RFC 6396)."""
    address = bytes((192, 0, 2, 1))
    peers = (
        address + struct.pack(">HHB", 0, 1, 2) + 2 * address + struct.pack(">I", _AS)
    )
    path = struct.pack(">BBBBBI", 0x40, 2, 6, 2, 1, _AS)
    route = struct.pack(">IB3sH", 0, 24, address[:3], 1)
    route += struct.pack(">HIH", 0, _TIME, len(path)) + path
    return _record(1, peers) + _record(2, route)


def _record(subtype: int, body: bytes) -> bytes:
    return struct.pack(">IHHI", _TIME, 13, subtype, len(body)) + body


if __name__ == "__main__":
    sys.exit(main())
