"""MRT records to columns: one pass over a buffer, no object per record.

RFC 6396 (MRT), RFC 8050 (ADD-PATH), RFC 4271, 4760 and 6793 (BGP, MP, four-octet AS).
Runs as it stands and compiled by numba, with equal results. Every length is checked
against what encloses it; a record that contradicts itself is counted and left out.

Addresses are 128 bits in two signed words, an IPv4 address in the first four bytes.
"""

from collections.abc import Callable
from typing import Any


Buffer = Any
"""A numpy array, or a memoryview of one where nothing is compiled."""

whole: Callable[[Any], int] = int
"""Of an element; numba would make it unsigned, so it gets one of its own there."""

WITHDRAWN, ANNOUNCED, RIB, STATE = range(4)

ENDS_IN_SET = 1
"""Flag: the path ends in an AS_SET; the origin is its first member."""

# places in the array of state, which is kept from buffer to buffer
PEERS, ERRORS, RECORDS, PASSED, CONSUMED, BROKEN = range(6)
STATES = 6
MOST_PEERS = 4096
HEADER = 12
LONGEST = 1 << 20
"""Octets; no collector writes longer records, so a longer one is damage."""

# places in the scratch array, what the attributes of one message said
_ORIGIN, _UPSTREAM, _FLAGS, _HOPS, _REACH, _REACHED, _UNREACH, _UNREACHED = range(8)
SCRATCH = 8

_TABLE_DUMP, _TABLE_DUMP_V2, _BGP4MP, _BGP4MP_ET = 12, 13, 16, 17
_AS_PATH, _MP_REACH, _MP_UNREACH, _AS4_PATH = 2, 14, 15, 17
_AS_SET, _AS_SEQUENCE = 1, 2
_EXTENDED = 0x10


def u16(buf: Buffer, at: int) -> int:
    """Read two octets."""
    return (whole(buf[at]) << 8) | whole(buf[at + 1])


def u32(buf: Buffer, at: int) -> int:
    """Read four octets."""
    return (u16(buf, at) << 16) | u16(buf, at + 2)


def word(buf: Buffer, at: int, size: int) -> int:
    """Read up to eight octets to the left of a signed word."""
    value = 0
    if size > 0:
        value = whole(buf[at])
        if value > 127:
            value -= 256
        value = value << 56
    for i in range(1, size):
        value |= whole(buf[at + i]) << (56 - 8 * i)
    return value


def path(buf: Buffer, at: int, stop: int, width: int, scratch: Buffer) -> int:
    """Take origin and upstream from an AS path; 0, or 1 where it is damaged.

    Confederation segments are of one network's own making and are passed over.
    """
    origin = 0
    upstream = 0
    flags = 0
    hops = 0
    while at < stop:
        if at + 2 > stop:
            return 1
        kind = whole(buf[at])
        count = whole(buf[at + 1])
        at += 2
        if at + count * width > stop:
            return 1
        if kind == _AS_SEQUENCE or (kind == _AS_SET and count > 0):
            flags = ENDS_IN_SET if kind == _AS_SET else 0
            hops += 1 if kind == _AS_SET else count
            for i in range(1 if kind == _AS_SET else count):
                member = at + i * width
                asn = u16(buf, member) if width == 2 else u32(buf, member)
                if asn != origin:
                    upstream = origin
                    origin = asn
        at += count * width
    scratch[_ORIGIN] = origin
    scratch[_UPSTREAM] = upstream
    scratch[_FLAGS] = flags
    scratch[_HOPS] = hops
    return 0


def attributes(
    buf: Buffer, at: int, stop: int, width: int, dumped: int, scratch: Buffer
) -> int:
    """Take what is needed from path attributes; 0, or 1 where they are damaged.

    *dumped* says that they are of a table: MP_REACH is abbreviated there, and the
    prefix stands elsewhere.
    """
    for i in range(SCRATCH):
        scratch[i] = 0
    newer = 0
    newer_stop = 0
    while at < stop:
        if at + 3 > stop:
            return 1
        flags = whole(buf[at])
        kind = whole(buf[at + 1])
        if flags & _EXTENDED:
            if at + 4 > stop:
                return 1
            size = u16(buf, at + 2)
            at += 4
        else:
            size = whole(buf[at + 2])
            at += 3
        if at + size > stop:
            return 1
        if kind == _AS_PATH:
            if path(buf, at, at + size, width, scratch):
                return 1
            if dumped and width == 4:
                return 0
        elif kind == _AS4_PATH and width == 2:
            newer = at
            newer_stop = at + size
        elif kind == _MP_REACH and not dumped:
            scratch[_REACH] = at
            scratch[_REACHED] = at + size
        elif kind == _MP_UNREACH and not dumped:
            scratch[_UNREACH] = at
            scratch[_UNREACHED] = at + size
        at += size
    if newer_stop > newer:
        hops = whole(scratch[_HOPS])
        upstream = whole(scratch[_UPSTREAM])
        if path(buf, newer, newer_stop, 4, scratch):
            return 1
        if scratch[_UPSTREAM] == 0 and hops > scratch[_HOPS]:
            scratch[_UPSTREAM] = upstream
        scratch[_HOPS] = hops
    return 0


def peer_of(
    hi: int, lo: int, asn: int, version: int, state: Buffer, peers: Buffer
) -> int:
    """Return the number of a peer, a new one for a new peer; -1 when there is no room.

    *peers* is (4 x MOST_PEERS): two words of the address, AS, version.
    """
    count = whole(state[PEERS])
    for i in range(count):
        if (
            peers[4 * i] == hi
            and peers[4 * i + 1] == lo
            and peers[4 * i + 2] == asn
            and peers[4 * i + 3] == version
        ):
            return i
    if count == MOST_PEERS:
        return -1
    peers[4 * count] = hi
    peers[4 * count + 1] = lo
    peers[4 * count + 2] = asn
    peers[4 * count + 3] = version
    state[PEERS] = count + 1
    return count


def put(
    n: int,
    time: int,
    kind: int,
    peer: int,
    version: int,
    scratch: Buffer,
    times: Buffer,
    kinds: Buffer,
    peer_numbers: Buffer,
    versions: Buffer,
    origins: Buffer,
    upstreams: Buffer,
    flags: Buffer,
) -> None:
    """Write what the elements of one message share."""
    times[n] = time
    kinds[n] = kind
    peer_numbers[n] = peer
    versions[n] = version
    if kind == WITHDRAWN:
        origins[n] = 0
        upstreams[n] = 0
        flags[n] = 0
    else:
        origins[n] = scratch[_ORIGIN]
        upstreams[n] = scratch[_UPSTREAM]
        flags[n] = scratch[_FLAGS]


def prefix(
    buf: Buffer,
    at: int,
    stop: int,
    version: int,
    n: int,
    highs: Buffer,
    lows: Buffer,
    lengths: Buffer,
) -> int:
    """Read one prefix into row *n*; return where it ends, or -1 where it is damaged."""
    if at >= stop:
        return -1
    bits = whole(buf[at])
    if bits > (32 if version == 4 else 128):
        return -1
    size = (bits + 7) >> 3
    at += 1
    if at + size > stop:
        return -1
    hi = word(buf, at, min(size, 8))
    lo = word(buf, at + 8, size - 8) if size > 8 else 0
    # bits beyond the length mean nothing (RFC 4271, 4.3) and some speakers set them
    if bits == 0:
        hi = 0
    elif bits < 64:
        hi = (hi >> (64 - bits)) << (64 - bits)
    elif 64 < bits < 128:
        lo = (lo >> (128 - bits)) << (128 - bits)
    highs[n] = hi
    lows[n] = lo
    lengths[n] = bits
    return at + size


def decode(
    buf: Buffer,
    end: int,
    state: Buffer,
    peers: Buffer,
    table: Buffer,
    scratch: Buffer,
    times: Buffer,
    kinds: Buffer,
    numbers: Buffer,
    versions: Buffer,
    highs: Buffer,
    lows: Buffer,
    lengths: Buffer,
    origins: Buffer,
    upstreams: Buffer,
    flags: Buffer,
) -> int:
    """Decode the records of ``buf[:end]`` into columns; return how many rows.

    Stops before a record that is not whole or that the columns may not hold;
    ``state[CONSUMED]`` says where. Each row takes an octet at least, so that the
    columns never overflow. *table* (65536) numbers the peers of a table dump.
    """
    at = 0
    n = 0
    room = len(times)
    while at + HEADER <= end:
        size = u32(buf, at + 8)
        if size > LONGEST:
            state[BROKEN] = 1
            break
        stop = at + HEADER + size
        if stop > end or n + size + 1 > room:
            break
        kind = u16(buf, at + 4)
        subtype = u16(buf, at + 6)
        time = u32(buf, at) * 1_000_000
        body = at + HEADER
        at = stop
        state[RECORDS] += 1
        first = n
        good = True
        if kind == _TABLE_DUMP_V2 and subtype == 1:
            good = body + 8 <= stop
            if good:
                body += 6 + u16(buf, body + 4)
                good = body + 2 <= stop
            if good:
                for i in range(len(table)):  # of a table before, if there was one
                    table[i] = -1
                count = u16(buf, body)
                body += 2
                for i in range(count):
                    if body + 5 > stop:
                        good = False
                        break
                    form = whole(buf[body])
                    version = 6 if form & 1 else 4
                    wide = 4 if form & 2 else 2
                    octets = 16 if version == 6 else 4
                    body += 5
                    if body + octets + wide > stop:
                        good = False
                        break
                    hi = word(buf, body, min(octets, 8))
                    lo = word(buf, body + 8, 8) if version == 6 else 0
                    body += octets
                    asn = u32(buf, body) if wide == 4 else u16(buf, body)
                    body += wide
                    table[i] = peer_of(hi, lo, asn, version, state, peers)
        elif kind == _TABLE_DUMP_V2 and subtype in (2, 4, 8, 10):
            version = 4 if subtype in (2, 8) else 6
            extra = 4 if subtype in (8, 10) else 0
            body = prefix(buf, body + 4, stop, version, n, highs, lows, lengths)
            good = body > 0 and body + 2 <= stop
            if good:
                hi = whole(highs[n])
                lo = whole(lows[n])
                bits = whole(lengths[n])
                count = u16(buf, body)
                body += 2
                for _ in range(count):
                    if body + 8 + extra > stop:
                        good = False
                        break
                    index = u16(buf, body)
                    body += 6 + extra
                    octets = u16(buf, body)
                    body += 2
                    if body + octets > stop or attributes(
                        buf, body, body + octets, 4, 1, scratch
                    ):
                        good = False
                        break
                    body += octets
                    if table[index] < 0:
                        good = False
                        break
                    highs[n] = hi
                    lows[n] = lo
                    lengths[n] = bits
                    put(
                        n,
                        time,
                        RIB,
                        whole(table[index]),
                        version,
                        scratch,
                        times,
                        kinds,
                        numbers,
                        versions,
                        origins,
                        upstreams,
                        flags,
                    )
                    n += 1
        elif kind == _TABLE_DUMP and subtype in (1, 2):
            version = 4 if subtype == 1 else 6
            octets = 4 if subtype == 1 else 16
            good = body + 4 + 2 * octets + 10 <= stop
            if good:
                bits = whole(buf[body + 4 + octets])
                good = bits <= 8 * octets
            if good:
                hi = word(buf, body + 4, min(octets, 8))
                lo = word(buf, body + 12, 8) if version == 6 else 0
                if bits == 0:
                    hi = 0
                elif bits < 64:
                    hi = (hi >> (64 - bits)) << (64 - bits)
                if bits <= 64:
                    lo = 0
                elif bits < 128:
                    lo = (lo >> (128 - bits)) << (128 - bits)
                highs[n] = hi
                lows[n] = lo
                lengths[n] = bits
                body += 4 + octets + 6
                hi = word(buf, body, min(octets, 8))
                lo = word(buf, body + 8, 8) if version == 6 else 0
                asn = u16(buf, body + octets)
                body += octets + 2
                count = u16(buf, body)
                body += 2
                peer = peer_of(hi, lo, asn, version, state, peers)
                good = (
                    peer >= 0
                    and body + count <= stop
                    and not attributes(buf, body, body + count, 2, 1, scratch)
                )
                if good:
                    put(
                        n,
                        time,
                        RIB,
                        peer,
                        version,
                        scratch,
                        times,
                        kinds,
                        numbers,
                        versions,
                        origins,
                        upstreams,
                        flags,
                    )
                    n += 1
        elif kind in (_BGP4MP, _BGP4MP_ET) and subtype in (0, 1, 4, 5, 8, 9):
            if kind == _BGP4MP_ET:
                good = body + 4 <= stop
                if good:
                    time += u32(buf, body)
                    body += 4
            wide = 4 if subtype in (4, 5, 9) else 2
            good = good and body + 2 * wide + 4 <= stop
            if good:
                asn = u32(buf, body) if wide == 4 else u16(buf, body)
                body += 2 * wide + 2
                version = 4 if u16(buf, body) == 1 else 6
                octets = 4 if version == 4 else 16
                body += 2
                good = body + 2 * octets <= stop
            if good:
                hi = word(buf, body, min(octets, 8))
                lo = word(buf, body + 8, 8) if version == 6 else 0
                body += 2 * octets
                peer = peer_of(hi, lo, asn, version, state, peers)
                good = peer >= 0
            if good and subtype in (0, 5):
                good = body + 4 <= stop
                if good:
                    for i in range(SCRATCH):
                        scratch[i] = 0
                    scratch[_UPSTREAM] = u16(buf, body)
                    scratch[_ORIGIN] = u16(buf, body + 2)
                    highs[n] = 0
                    lows[n] = 0
                    lengths[n] = 0
                    put(
                        n,
                        time,
                        STATE,
                        peer,
                        version,
                        scratch,
                        times,
                        kinds,
                        numbers,
                        versions,
                        origins,
                        upstreams,
                        flags,
                    )
                    n += 1
            elif good:
                good = body + 19 <= stop
                if good and buf[body + 18] != 2:  # OPEN, KEEPALIVE, NOTIFICATION
                    state[PASSED] += 1
                elif good:
                    extra = 4 if subtype in (8, 9) else 0
                    last = min(stop, body + u16(buf, body + 16))
                    body += 19
                    good = body + 2 <= last
                    withdrawn = body + 2
                    if good:
                        body = withdrawn + u16(buf, body)
                        good = body + 2 <= last
                    gone = body
                    if good:
                        first_attribute = body + 2
                        body = first_attribute + u16(buf, body)
                        good = body <= last and not attributes(
                            buf, first_attribute, body, wide, 0, scratch
                        )
                    if good:
                        # withdrawn, MP_UNREACH, MP_REACH, announced: in this order
                        for part in range(4):
                            here = 4
                            action = WITHDRAWN if part < 2 else ANNOUNCED
                            left = withdrawn
                            right = gone
                            if part == 3:
                                left = body
                                right = last
                            elif part > 0:
                                mp = _UNREACH if part == 1 else _REACH
                                left = whole(scratch[mp])
                                right = whole(scratch[mp + 1])
                                if right - left < 3:
                                    continue
                                family = u16(buf, left)
                                here = 4 if family == 1 else 6
                                if family not in (1, 2) or buf[left + 2] != 1:
                                    continue
                                left += 3
                                if part == 2:
                                    if left >= right:
                                        good = False
                                        break
                                    left += 2 + whole(buf[left])
                                    if left > right:
                                        good = False
                                        break
                            while left < right:
                                left = prefix(
                                    buf,
                                    left + extra,
                                    right,
                                    here,
                                    n,
                                    highs,
                                    lows,
                                    lengths,
                                )
                                if left < 0:
                                    good = False
                                    break
                                put(
                                    n,
                                    time,
                                    action,
                                    peer,
                                    here,
                                    scratch,
                                    times,
                                    kinds,
                                    numbers,
                                    versions,
                                    origins,
                                    upstreams,
                                    flags,
                                )
                                n += 1
                            if not good:
                                break
        else:
            state[PASSED] += 1
        if not good:
            state[ERRORS] += 1
            n = first
    state[CONSUMED] = at
    return n
