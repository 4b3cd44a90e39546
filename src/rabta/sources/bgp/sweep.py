"""What of each network and country is visible, at one moment."""

from rabta.sources.bgp.octets import Buffer, place, whole
from rabta.sources.bgp.routes import AT_ONCE, TOUCHED, WORDS


PREFIXES_4, BLOCKS_4, PREFIXES_6, BLOCKS_6 = range(4)
FIGURES = 4
"""Prefixes and the /24 (IPv4) and /48 (IPv6) they cover, per network or country."""

SHORTEST_4, SHORTEST_6 = 8, 16
"""Bits; what is shorter is no network's own (a default route) and is not counted."""
_BLOCK_4, _BLOCK_6 = 24, 48
_LOW = 0xFFFFFFFF


def ones(value: int) -> int:
    """Count the bits of a word of 63."""
    value = value - ((value >> 1) & 0x5555555555555555)
    value = (value & 0x3333333333333333) + ((value >> 2) & 0x3333333333333333)
    value = (value + (value >> 4)) & 0x0F0F0F0F0F0F0F0F
    value += value >> 8
    value += value >> 16
    value += value >> 32
    return value & 0x7F


def first_block(hi: int, version: int) -> int:
    """Return the number of the /24 or /48 where a prefix begins."""
    return (hi >> 40) & 0xFFFFFF if version == 4 else (hi >> 16) & 0xFFFFFFFFFFFF


def begins(
    start: int, stop: int, watched: Buffer, prefixes: Buffer, begin: Buffer
) -> int:
    """Write where watched prefixes begin; -1 for those that are not counted."""
    for i in range(start, stop):
        at = 4 * whole(watched[i])
        meta = whole(prefixes[at + 2])
        version = meta >> 8
        short = meta & 0xFF < (SHORTEST_4 if version == 4 else SHORTEST_6)
        begin[i - start] = -1 if short else first_block(whole(prefixes[at]), version)
    return stop - start


def sweep(
    version: int,
    order: Buffer,
    prefixes: Buffer,
    routes: Buffer,
    state: Buffer,
    full: Buffer,
    half: int,
    country: Buffer,
    ends: Buffer,
    country_ends: Buffer,
    figures: Buffer,
    country_figures: Buffer,
) -> int:
    """Count what more than *half* of the *full* feeds have of every watched network.

    *order*: prefixes of *version* by where they begin, so that a block that several
    cover is counted once. *country*: of each network, 0 where not known.
    """
    words = whole(state[WORDS])
    stride = 2 + words
    size = _BLOCK_4 if version == 4 else _BLOCK_6
    column = PREFIXES_4 if version == 4 else PREFIXES_6
    for i in range(len(ends)):
        ends[i] = 0
    for i in range(len(country_ends)):
        country_ends[i] = 0
    beyond = 0
    touched = 0
    for i in range(len(order)):
        if i == beyond:
            beyond = min(i + AT_ONCE, len(order))
            touched ^= fetch(i, beyond, order, prefixes, routes, stride)
        at = 4 * whole(order[i])
        length = whole(prefixes[place(at + 2)]) & 0xFF
        begin = first_block(whole(prefixes[place(at)]), version)
        end = begin + (1 << (size - length) if length < size else 1)
        r = whole(prefixes[place(at + 3)]) - 1
        head = r
        while r >= 0:
            at = r * stride
            network = (whole(routes[place(at + 1)]) & _LOW) - 1
            if network >= 0:
                seen = 0
                for k in range(words):
                    word = whole(routes[place(at + 2 + k)]) & whole(full[k])
                    if word:
                        seen += ones(word)
                if seen > half:
                    figures[FIGURES * network + column] += 1
                    new = end - max(begin, whole(ends[network]))
                    if new > 0:
                        figures[FIGURES * network + column + 1] += new
                        ends[network] = end
                here = whole(country[network])
                if here and together(r, head, here, half, routes, words, full, country):
                    country_figures[FIGURES * here + column] += 1
                    new = end - max(begin, whole(country_ends[here]))
                    if new > 0:
                        country_figures[FIGURES * here + column + 1] += new
                        country_ends[here] = end
            r = (whole(routes[place(at)]) >> 32) - 1
    state[TOUCHED] = touched
    return len(order)


def fetch(
    start: int, stop: int, order: Buffer, prefixes: Buffer, routes: Buffer, stride: int
) -> int:
    """Read what the sweep needs next: many loads wait for memory together."""
    touched = 0
    for i in range(start, stop):
        touched ^= whole(prefixes[place(4 * whole(order[i]) + 3)])
    for i in range(start, stop):
        first = whole(prefixes[place(4 * whole(order[i]) + 3)])
        if first:
            touched ^= whole(routes[place((first - 1) * stride)])
    return touched


def together(
    route: int,
    head: int,
    here: int,
    half: int,
    routes: Buffer,
    words: int,
    full: Buffer,
    country: Buffer,
) -> int:
    """Tell whether more than *half* have a prefix from any network of a country.

    1 at most once for a country: at the first of its routes in the chain from *head*.
    """
    stride = 2 + words
    r = head
    while r != route:
        network = (whole(routes[place(r * stride + 1)]) & _LOW) - 1
        if network >= 0 and country[network] == here:
            return 0
        r = (whole(routes[place(r * stride)]) >> 32) - 1
    seen = 0
    for k in range(words):
        word = 0
        r = route
        while r >= 0:
            network = (whole(routes[place(r * stride + 1)]) & _LOW) - 1
            if network >= 0 and country[network] == here:
                word |= whole(routes[place(r * stride + 2 + k)])
            r = (whole(routes[place(r * stride)]) >> 32) - 1
        word &= whole(full[k])
        if word:
            seen += ones(word)
    return 1 if seen > half else 0
