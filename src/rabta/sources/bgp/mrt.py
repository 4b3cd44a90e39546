"""MRT files of any size as batches of columns."""

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rabta.sources.bgp import kernel, paths
from rabta.sources.bgp.compile import chosen
from rabta.sources.imported import Tally
from rabta.sources.stream import Stream


_MANY = 0x10000
_CHUNK = 1 << 20  # octets; larger ones fall out of the processor's cache
_TAIL = kernel.LONGEST + 64  # of a record that is not whole yet
TYPES = (
    np.int64,
    np.uint8,
    np.uint16,
    np.uint8,
    np.int64,
    np.int64,
    np.uint8,
    np.uint32,
    np.uint32,
    np.uint32,
    np.uint32,
)
NOWHERE: NDArray[np.uint8] = np.zeros(0, np.uint8)
"""The country of no AS is known."""


@dataclass(frozen=True, slots=True)
class Peer:
    """One router that tells a collector its routes."""

    address: IPv4Address | IPv6Address
    asn: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Elements in the order they were recorded; every array is (n,).

    The arrays are used again for the next batch: copy what is to be kept.
    """

    times: NDArray[np.int64]
    """Microseconds UTC."""
    kinds: NDArray[np.uint8]
    """``kernel.WITHDRAWN``, ``ANNOUNCED``, ``RIB`` or ``STATE``."""
    peers: NDArray[np.uint16]
    """Positions in ``known``."""
    versions: NDArray[np.uint8]
    """4 or 6; of a STATE that of the session."""
    highs: NDArray[np.int64]
    lows: NDArray[np.int64]
    """The prefix as 128 bits, an IPv4 one in the first four octets."""
    lengths: NDArray[np.uint8]
    origins: NDArray[np.uint32]
    """0 without a path. Of a STATE: the new state (RFC 4271, 8.2.2; 6 is up)."""
    upstreams: NDArray[np.uint32]
    """The AS before the origin, 0 where there is none. Of a STATE: the old one."""
    foreigns: NDArray[np.uint32]
    """The first AS, seen from the origin, of another country; 0 where not known."""
    flags: NDArray[np.uint32]
    """``paths.ENDS_IN_SET``, and with ADD-PATH which of a peer's paths it is."""
    known: tuple[Peer, ...]


def read(
    stream: Stream, tally: Tally, places: NDArray[np.uint8] = NOWHERE
) -> Iterator[Batch]:
    """Decode an MRT file: TABLE_DUMP, TABLE_DUMP_V2 and BGP4MP, unicast (RFC 6396).

    *places* numbers the country of each AS, 0 where it is not known. Records that
    contradict themselves are put aside; a file that is cut off or whose lengths cannot
    be is read up to there, and ``tally.partial`` says where.
    """
    state = np.zeros(kernel.STATES, np.int64)
    peers = np.zeros(4 * kernel.MOST_PEERS, np.int64)
    slots = np.zeros(kernel.SLOTS, np.int32)
    table = np.full(_MANY, -1, np.int64)
    scratch = np.zeros(paths.SCRATCH, np.int64)
    columns = [np.zeros(kernel.ROOM, kind) for kind in TYPES]
    decode = chosen("decode", stream.path.stat().st_size)
    kept = (state, peers, slots, table, places, scratch, *columns)
    known: tuple[Peer, ...] = ()
    room = np.empty(_TAIL + _CHUNK, np.uint8)  # once: fresh memory is slow to touch
    buffer, offset, held = room[:0], 0, 0

    def rest() -> memoryview:
        return room.data[held:]

    for count in stream.fill(rest, _CHUNK):
        buffer = room[: held + count]
        while len(buffer) >= kernel.HEADER:
            rows = decode(buffer, len(buffer), *kept)
            used = int(state[kernel.CONSUMED])
            _account(tally, state, offset)
            offset += used
            buffer = buffer[used:]
            if len(known) < state[kernel.PEERS]:
                known = _peers(peers, int(state[kernel.PEERS]))
            if rows:
                parts: list[Any] = [*(column[:rows] for column in columns), known]
                yield Batch(*parts)
            if state[kernel.BROKEN]:
                tally.partial = f"the length of the record at byte {offset} cannot be"
                return
            if rows < kernel.ENOUGH:  # the next record is not whole yet
                break
        held = len(buffer)
        room[:held] = buffer
    if held and not tally.partial:
        tally.partial = f"cut off in the record at byte {offset} of what it holds"


def _account(tally: Tally, state: NDArray[np.int64], offset: int) -> None:
    """Move the kernel's counts into the *tally*."""
    records, errors, passed = (
        int(state[place]) for place in (kernel.RECORDS, kernel.ERRORS, kernel.PASSED)
    )
    for _ in range(errors):
        tally.put_aside("an MRT record that contradicts itself", offset)
    tally.skip(passed)
    tally.keep(records - errors - passed)
    state[[kernel.RECORDS, kernel.ERRORS, kernel.PASSED]] = 0


def _peers(words: NDArray[np.int64], count: int) -> tuple[Peer, ...]:
    found = []
    for hi, lo, asn, version in words[: 4 * count].reshape(-1, 4).tolist():
        bits = ((hi % 2**64) << 64) | (lo % 2**64)
        address = IPv4Address(bits >> 96) if version == 4 else IPv6Address(bits)
        found.append(Peer(address, asn))
    return tuple(found)
