"""What is taken from path attributes: origin, the AS before it, the way out.

RFC 4271 (AS_PATH), 4760 (MP_REACH, MP_UNREACH) and 6793 (AS4_PATH).
"""

from rabta.sources.bgp.octets import Buffer, place, u8, u16, u32, whole


ENDS_IN_SET = 1
"""Flag: the path ends in an AS_SET; the origin is its first member."""
NUMBERED = 2
"""Flags from here on: so many times the number of a path that was added, and one."""

# places in the scratch array, what the attributes of one message said
ORIGIN, UPSTREAM, FOREIGN, FLAGS, HOPS, REACH, REACHED, UNREACH, UNREACHED = range(9)
SCRATCH = 9

_AS_PATH, _MP_REACH, _MP_UNREACH, _AS4_PATH = 2, 14, 15, 17
_AS_SET, _AS_SEQUENCE = 1, 2
_EXTENDED = 0x10


def number(buf: Buffer, at: int, width: int) -> int:
    """Read the number of an AS."""
    return u16(buf, at) if width == 2 else u32(buf, at)


def country(places: Buffer, asn: int) -> int:
    """Return the number of an AS's country; 0 where it is not known."""
    return whole(places[place(asn)]) if asn < len(places) else 0


def path(
    buf: Buffer, start: int, stop: int, width: int, places: Buffer, scratch: Buffer
) -> int:
    """Take what is needed from an AS path; 0, or 1 where it is damaged.

    Confederation segments are of one network's own making and are passed over; of an
    AS_SET only the first member counts. The way out is the first AS, seen from the
    origin, that is known to be of another country than the origin.
    """
    origin = 0
    upstream = 0
    flags = 0
    hops = 0
    at = start
    while at < stop:
        if at + 2 > stop:
            return 1
        kind = u8(buf, at)
        count = u8(buf, at + 1)
        at += 2
        if at + count * width > stop:
            return 1
        if count > 0 and kind in (_AS_SEQUENCE, _AS_SET):
            flags = ENDS_IN_SET if kind == _AS_SET else 0
            members = 1 if kind == _AS_SET else count
            hops += members
            last = number(buf, at + (members - 1) * width, width)
            here = members - 2
            while here >= 0 and number(buf, at + here * width, width) == last:
                here -= 1
            if here >= 0:
                upstream = number(buf, at + here * width, width)
            elif last != origin:
                upstream = origin
            origin = last
        at += count * width
    scratch[ORIGIN] = origin
    scratch[UPSTREAM] = upstream
    scratch[FLAGS] = flags
    scratch[HOPS] = hops
    scratch[FOREIGN] = 0
    home = country(places, origin)
    if home:
        scratch[FOREIGN] = abroad(buf, start, stop, width, places, home)
    return 0


def abroad(
    buf: Buffer, at: int, stop: int, width: int, places: Buffer, home: int
) -> int:
    """Return the last AS of a sound path whose country is not *home*; 0 without."""
    found = 0
    while at < stop:
        kind = u8(buf, at)
        count = u8(buf, at + 1)
        at += 2
        if kind in (_AS_SEQUENCE, _AS_SET):
            here = (min(count, 1) if kind == _AS_SET else count) - 1
            while here >= 0:
                asn = number(buf, at + here * width, width)
                place = country(places, asn)
                if place and place != home:
                    found = asn
                    break
                here -= 1
        at += count * width
    return found


def attributes(
    buf: Buffer,
    at: int,
    stop: int,
    width: int,
    dumped: int,
    places: Buffer,
    scratch: Buffer,
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
        flags = u8(buf, at)
        kind = u8(buf, at + 1)
        if flags & _EXTENDED:
            if at + 4 > stop:
                return 1
            size = u16(buf, at + 2)
            at += 4
        else:
            size = u8(buf, at + 2)
            at += 3
        if at + size > stop:
            return 1
        if kind == _AS_PATH:
            if path(buf, at, at + size, width, places, scratch):
                return 1
            if dumped and width == 4:
                return 0
        elif kind == _AS4_PATH and width == 2:
            newer = at
            newer_stop = at + size
        elif kind == _MP_REACH and not dumped:
            scratch[REACH] = at
            scratch[REACHED] = at + size
        elif kind == _MP_UNREACH and not dumped:
            scratch[UNREACH] = at
            scratch[UNREACHED] = at + size
        at += size
    if newer_stop > newer:
        origin = whole(scratch[ORIGIN])
        upstream = whole(scratch[UPSTREAM])
        foreign = whole(scratch[FOREIGN])
        ends = whole(scratch[FLAGS])
        hops = whole(scratch[HOPS])
        if path(buf, newer, newer_stop, 4, places, scratch):
            return 1
        longer = scratch[HOPS] > hops  # then it is void (RFC 6793, 4.2.3)
        if longer:
            scratch[ORIGIN] = origin
            scratch[FLAGS] = ends
        if longer or (hops > scratch[HOPS] and scratch[UPSTREAM] == 0):
            scratch[UPSTREAM] = upstream  # what it leaves out stands in the older path
        if longer or (hops > scratch[HOPS] and scratch[FOREIGN] == 0):
            scratch[FOREIGN] = foreign
        scratch[HOPS] = hops
    return 0
