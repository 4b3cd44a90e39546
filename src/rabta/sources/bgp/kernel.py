"""MRT records to columns: one pass over a buffer, no object per record.

RFC 6396 (MRT), RFC 8050 (ADD-PATH) and 4271 (BGP). Every length is checked against what
encloses it; a record that contradicts itself is counted and left out.

Addresses are 128 bits in two signed words, an IPv4 address in the first four octets.
"""

from rabta.sources.bgp.octets import Buffer, place, prefix, u8, u16, u32, whole, word
from rabta.sources.bgp.paths import (
    FLAGS,
    FOREIGN,
    NUMBERED,
    ORIGIN,
    REACH,
    SCRATCH,
    UNREACH,
    UPSTREAM,
    attributes,
)


WITHDRAWN, ANNOUNCED, RIB, STATE = range(4)

# places in the array of state, which is kept from buffer to buffer
PEERS, ERRORS, RECORDS, PASSED, CONSUMED, BROKEN = range(6)
STATES = 6
MOST_PEERS = 4096
SLOTS = 4 * MOST_PEERS
HEADER = 12
LONGEST = 1 << 20
"""Octets; no collector writes longer records, so a longer one is damage."""
ENOUGH = 1 << 16
"""Rows after which no further record is begun."""
ROOM = ENOUGH + (LONGEST >> 3)
"""Rows that the columns must hold: a message of 65,535 octets has a prefix an octet at
most, a route of a table takes eight."""

_TABLE_DUMP, _TABLE_DUMP_V2, _BGP4MP, _BGP4MP_ET = 12, 13, 16, 17


def peer_of(
    hi: int,
    lo: int,
    asn: int,
    version: int,
    state: Buffer,
    peers: Buffer,
    slots: Buffer,
) -> int:
    """Return the number of a peer, a new one for a new peer; -1 when there is no room.

    *peers* is (4 x MOST_PEERS): two words of the address, AS, version; *slots* (SLOTS)
    finds them: a peer's number and one, 0 where there is none.
    """
    mixed = ((hi >> 32) ^ hi ^ (lo >> 32) ^ lo ^ (asn << 7) ^ version) & 0xFFFFFFFF
    slot = ((mixed * 0x61C88647) >> 20) & (SLOTS - 1)
    while slots[slot]:
        i = whole(slots[slot]) - 1
        if (
            peers[4 * i] == hi
            and peers[4 * i + 1] == lo
            and peers[4 * i + 2] == asn
            and peers[4 * i + 3] == version
        ):
            return i
        slot = (slot + 1) & (SLOTS - 1)
    count = whole(state[PEERS])
    if count == MOST_PEERS:
        return -1
    peers[4 * count] = hi
    peers[4 * count + 1] = lo
    peers[4 * count + 2] = asn
    peers[4 * count + 3] = version
    state[PEERS] = count + 1
    slots[slot] = count + 1
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
    foreigns: Buffer,
    flags: Buffer,
) -> None:
    """Write what the elements of one message share."""
    row = place(n)
    times[row] = time
    kinds[row] = kind
    peer_numbers[row] = peer
    versions[row] = version
    if kind == WITHDRAWN:
        origins[row] = 0
        upstreams[row] = 0
        foreigns[row] = 0
        flags[row] = 0
    else:
        origins[row] = scratch[ORIGIN]
        upstreams[row] = scratch[UPSTREAM]
        foreigns[row] = scratch[FOREIGN]
        flags[row] = scratch[FLAGS]


def path_number(buf: Buffer, at: int, stop: int) -> int:
    """Return the number of a path that was added, among the flags; 0 if damaged."""
    if at + 4 > stop:
        return 0
    return ((u32(buf, at) & 0x3FFFFFFF) + 1) * NUMBERED


def entries_end(buf: Buffer, at: int, stop: int, end: int, octets: int) -> int:
    """Return where the entries of a TABLE_DUMP record end; beyond *end* if unknown.

    The first collectors wrote many entries to a record and declared it four octets
    shorter than it was.
    """
    fixed = 2 * octets + 10
    count = 0
    while at < stop:
        if at + fixed > end:
            return end + 1 if count else stop
        at += fixed + u16(buf, at + fixed - 2)
        count += 1
    return at if at == stop + 4 else stop


def decode(
    buf: Buffer,
    end: int,
    state: Buffer,
    peers: Buffer,
    slots: Buffer,
    table: Buffer,
    places: Buffer,
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
    foreigns: Buffer,
    flags: Buffer,
) -> int:
    """Decode the records of ``buf[:end]`` into columns; return how many rows.

    Stops before a record that is not whole and after enough rows;
    ``state[CONSUMED]`` says where. *table* (65536) numbers the peers of a table dump,
    *places* the country of each AS up to its length.
    """
    at = 0
    n = 0
    while at + HEADER <= end:
        size = u32(buf, at + 8)
        if size > LONGEST:
            state[BROKEN] = 1
            break
        stop = at + HEADER + size
        if stop > end or n >= ENOUGH:
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
                    form = u8(buf, body)
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
                    table[i] = peer_of(hi, lo, asn, version, state, peers, slots)
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
                    added = path_number(buf, body + 6, stop) if extra else 0
                    body += 6 + extra
                    octets = u16(buf, body)
                    body += 2
                    if body + octets > stop or attributes(
                        buf, body, body + octets, 4, 1, places, scratch
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
                        foreigns,
                        flags,
                    )
                    if added:
                        flags[place(n)] = whole(flags[place(n)]) | added
                    n += 1
        elif kind == _TABLE_DUMP and subtype in (1, 2):
            version = 4 if subtype == 1 else 6
            octets = 4 if subtype == 1 else 16
            stop = entries_end(buf, body + 4, stop, end, octets)
            if stop > end:
                at -= HEADER + size
                state[RECORDS] -= 1
                break
            at = stop
            body += 4
            good = body < stop
            while good and body < stop:
                good = body + 2 * octets + 10 <= stop
                if not good:
                    break
                bits = u8(buf, body + octets)
                hi = word(buf, body, min(octets, 8))
                lo = word(buf, body + 8, 8) if version == 6 else 0
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
                body += octets + 6
                hi = word(buf, body, min(octets, 8))
                lo = word(buf, body + 8, 8) if version == 6 else 0
                asn = u16(buf, body + octets)
                body += octets + 2
                count = u16(buf, body)
                body += 2
                peer = peer_of(hi, lo, asn, version, state, peers, slots)
                good = (
                    bits <= 8 * octets
                    and peer >= 0
                    and body + count <= stop
                    and not attributes(buf, body, body + count, 2, 1, places, scratch)
                )
                if good:
                    body += count
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
                        foreigns,
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
                peer = peer_of(hi, lo, asn, version, state, peers, slots)
                good = peer >= 0
            if good and subtype in (0, 5):
                good = body + 4 <= stop
                if good:
                    for i in range(SCRATCH):
                        scratch[i] = 0
                    scratch[UPSTREAM] = u16(buf, body)
                    scratch[ORIGIN] = u16(buf, body + 2)
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
                        foreigns,
                        flags,
                    )
                    n += 1
            elif good:
                good = body + 19 <= stop
                if good and u8(buf, body + 18) != 2:  # OPEN, KEEPALIVE, NOTIFICATION
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
                            buf, first_attribute, body, wide, 0, places, scratch
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
                                mp = UNREACH if part == 1 else REACH
                                left = whole(scratch[mp])
                                right = whole(scratch[mp + 1])
                                if right - left < 3:
                                    continue
                                family = u16(buf, left)
                                here = 4 if family == 1 else 6
                                if family not in (1, 2) or u8(buf, left + 2) != 1:
                                    continue
                                left += 3
                                if part == 2:
                                    if left >= right:
                                        good = False
                                        break
                                    left += 2 + u8(buf, left)
                                    if left > right:
                                        good = False
                                        break
                            while left < right:
                                added = path_number(buf, left, right) if extra else 0
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
                                    foreigns,
                                    flags,
                                )
                                if added:
                                    row = place(n)
                                    flags[row] = whole(flags[row]) | added
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
