"""Seeded MRT of realistic shape: a table of many peers, and a stream of updates.

The same seed gives the same octets everywhere. Prefix lengths, path lengths, attributes
and prefixes per message follow what collectors record: most prefixes are /24 to /16,
paths have 3 to 7 ASes and some prepending, a message announces one to a few prefixes
and carries communities that nobody here reads.
"""

import random
import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np


START = 1_755_561_600  # 2025-08-19 00:00 UTC
SIBLINGS = 9
"""Prefixes of one origin, side by side."""
MOST_TOGETHER = 6
"""Of them, at most so many are told of by one message, the first ones."""


def _attribute(kind: int, body: bytes) -> bytes:
    if len(body) > 255:
        return struct.pack(">BBH", 0x50, kind, len(body)) + body
    return struct.pack(">BBB", 0x40, kind, len(body)) + body


def _record(time: int, kind: int, subtype: int, body: bytes) -> bytes:
    return struct.pack(">IHHI", time, kind, subtype, len(body)) + body


class World:
    """Peers, prefixes and ways between them."""

    def __init__(self, seed: int, peers: int) -> None:
        self.rng = random.Random(seed)
        self.peers = [
            (bytes([10, 9, n >> 8, n & 255]), 30_000 + n) for n in range(peers)
        ]
        self._ways = [self._way() for _ in range(4096)]
        self._origins = [
            self.rng.choice(
                [self.rng.randrange(1, 64_000), self.rng.randrange(131_072, 400_000)]
            )
            for _ in range(60_000)
        ]

    def _way(self) -> list[int]:
        rng = self.rng
        return [rng.randrange(1, 9_000) for _ in range(rng.choice([1, 2, 2, 3, 4]))]

    def prefix(self, number: int) -> bytes:
        """Return the numbered prefix: none is told twice."""
        length = (24, 24, 24, 24, 23, 22, 24, 20, 24, 22, 24, 19, 24, 21, 24, 16)[
            number % 16
        ]
        address = (1 << 24) + (number << 8)
        if length < 24:
            address = (0xA0 << 24) + (number << 12) & 0xFFFFFFFF
        octets = struct.pack(">I", address & (0xFFFFFFFF << (32 - length)) & 0xFFFFFFFF)
        return bytes([length]) + octets[: (length + 7) // 8]

    def attributes(self, asn: int, number: int, way: int, *, long: bool) -> bytes:
        """Return the path of a peer to the origin of the numbered prefix."""
        origin = self._origins[number // SIBLINGS % len(self._origins)]
        times = (1, 1, 1, 1, 2, 4)[way % 6]
        path = [asn, *self._ways[way % 4096], *[origin] * times]
        said = _attribute(1, b"\0")
        said += _attribute(2, struct.pack(f">BB{len(path)}I", 2, len(path), *path))
        said += _attribute(3, b"\xc0\0\2\1")
        if long:
            said += _attribute(8, bytes(4 * (way % 9)))
        return said


def table(world: World, count: int) -> bytes:
    """Return a table of *count* prefixes as told by every peer."""
    out = [peers(world), *(entry(world, number) for number in range(count))]
    return b"".join(out)


def before(world: World, prefixes: int) -> bytes:
    """Return the table of five minutes before ``updates`` of as many *prefixes*.

    Every peer tells of every prefix that they do.
    """
    out = [peers(world, START - 300)]
    for first in range(0, prefixes, SIBLINGS):
        like = entries(world, first, START - 300)
        out += [
            entry(world, first + n, like, START - 300) for n in range(MOST_TOGETHER)
        ]
    return b"".join(out)


def peers(world: World, time: int = START) -> bytes:
    """Return the record that a table begins with: who tells it."""
    body = b"\1\1\1\1" + struct.pack(">HH", 0, len(world.peers))
    for address, asn in world.peers:
        body += b"\2\2\2\2\2" + address + struct.pack(">I", asn)
    return _record(time, 13, 1, body)


def entry(world: World, number: int, like: bytes = b"", time: int = START) -> bytes:
    """Return the record of one prefix of the table; *like*: its routes, known."""
    routes = like or entries(world, number, time)
    return _record(
        time, 13, 2, struct.pack(">I", number) + world.prefix(number) + routes
    )


def entries(world: World, number: int, time: int = START) -> bytes:
    """Return the routes of all peers to the numbered prefix, and how many they are."""
    entries = []
    for at, (_, asn) in enumerate(world.peers):
        said = world.attributes(asn, number, number * 7 + at // 8, long=at % 3 == 0)
        entries.append(struct.pack(">HIH", at, time, len(said)) + said)
    return struct.pack(">H", len(entries)) + b"".join(entries)


def updates(world: World, count: int, prefixes: int) -> bytes:
    """Return *count* messages about the first *prefixes*, over half an hour."""
    rng, out = world.rng, []
    for n in range(count):
        address, asn = world.peers[rng.randrange(len(world.peers))]
        first = rng.randrange(prefixes) // SIBLINGS * SIBLINGS
        nets = range(first, first + rng.choice([1, 1, 1, 2, 3, MOST_TOGETHER]))
        told = b"".join(map(world.prefix, nets))
        if rng.random() < 0.12:
            body = struct.pack(">H", len(told)) + told + b"\0\0"
        else:
            said = world.attributes(asn, first, rng.randrange(4096), long=True)
            body = b"\0\0" + struct.pack(">H", len(said)) + said + told
        message = b"\xff" * 16 + struct.pack(">HB", 19 + len(body), 2) + body
        head = struct.pack(">IIHH", asn, 12_654, 0, 1) + address + b"\xc0\0\2\xfe"
        out.append(_record(START + 1 + n * 1800 // count, 16, 4, head + message))
    return b"".join(out)


def whole(data: bytes) -> bytes:
    """Return the whole records at the beginning of *data*."""
    at = 0
    while at + 12 <= len(data):
        after = at + 12 + int.from_bytes(data[at + 8 : at + 12], "big")
        if after > len(data):
            break
        at = after
    return data[:at]


def repeated(data: bytes, file: Path, megabytes: int) -> None:
    """Write *data* again and again until the file has that size.

    Updates go on in time: each turn begins in the five minutes after the one before.
    """
    starts = np.array(list(_starts(data)))
    octets = np.frombuffer(bytearray(data), np.uint8)
    places = starts[:, None] + np.arange(4)
    times = octets[places].copy().view(">u4").ravel().astype(np.int64)
    dumped = data[5] in (12, 13)
    turn = 0 if dumped else (int(times.max() - times.min()) // 300 + 1) * 300
    with file.open("wb") as out:
        for n in range(max(1, round(megabytes * 1e6 / len(data)))):
            octets[places] = (times + n * turn).astype(">u4")[:, None].view(np.uint8)
            out.write(octets)


def _starts(data: bytes) -> Iterator[int]:
    """Yield where each record of whole ones begins."""
    at = 0
    while at < len(data):
        yield at
        at += 12 + int.from_bytes(data[at + 8 : at + 12], "big")
