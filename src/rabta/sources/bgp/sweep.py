"""What of each network and country is visible, at one moment."""

from rabta.sources.bgp.octets import Buffer, place, whole
from rabta.sources.bgp.routes import AT_ONCE, CHANGED, NETWORK, TOUCHED, WORDS


PREFIXES_4, BLOCKS_4, PREFIXES_6, BLOCKS_6 = range(4)
FIGURES = 4
"""Prefixes and the /24 (IPv4) and /48 (IPv6) they cover, per network or country."""

SHORTEST_4, SHORTEST_6 = 8, 16
"""Bits; what is shorter is no network's own (a default route) and is not counted."""
_BLOCK_4, _BLOCK_6 = 24, 48

OWN, COUNTRY = 1, 2
"""What is visible of a watched route: it is itself, and its prefix from its country,
which one route of a prefix tells for all of the country."""


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
    start: int,
    stop: int,
    watched: Buffer,
    prefixes: Buffer,
    routes: Buffer,
    stride: int,
    keys: Buffer,
    networks: Buffer,
) -> int:
    """Write of watched routes where they begin, their length, and whose they are.

    A key is -1 of those that are not counted; else its block << 8 and the length.
    """
    for number in range(start, stop):
        at = 4 * whole(watched[number])
        meta = whole(prefixes[at + 2])
        version = meta >> 8
        length = meta & 0xFF
        short = length < (SHORTEST_4 if version == 4 else SHORTEST_6)
        block = first_block(whole(prefixes[at]), version)
        keys[number - start] = -1 if short else (block << 8) | length
        r = whole(prefixes[at + 3]) - 1
        while whole(routes[r * stride + 1]) >> 32 != number + 1:
            r = (whole(routes[r * stride]) >> 32) - 1
        networks[number - start] = (whole(routes[r * stride + 1]) & NETWORK) - 1
    return stop - start


def judge(
    some: Buffer,
    prefixes: Buffer,
    routes: Buffer,
    state: Buffer,
    full_4: Buffer,
    half_4: int,
    full_6: Buffer,
    half_6: int,
    country: Buffer,
    visible: Buffer,
) -> int:
    """Write what is *visible* of every watched route of *some* prefixes.

    That is what more than *half* of the *full* feeds have. *country*: of each network,
    0 where not known.
    """
    words = whole(state[WORDS])
    stride = 2 + words
    beyond = 0
    touched = 0
    for i in range(len(some)):
        if i == beyond:
            beyond = min(i + AT_ONCE, len(some))
            touched ^= fetch(i, beyond, some, prefixes, routes, stride)
        at = 4 * whole(some[i])
        four = whole(prefixes[place(at + 2)]) >> 8 == 4
        full = full_4 if four else full_6
        half = half_4 if four else half_6
        head = whole(prefixes[place(at + 3)]) - 1
        r = head
        while r >= 0:
            at = r * stride
            mark = whole(routes[place(at + 1)])
            if mark:
                seen = 0
                for k in range(words):
                    word = whole(routes[place(at + 2 + k)]) & whole(full[k])
                    if word:
                        seen += ones(word)
                what = OWN if seen > half else 0
                here = whole(country[(mark & NETWORK) - 1])
                if here and together(r, head, here, half, routes, words, full, country):
                    what |= COUNTRY
                visible[place((mark >> 32) - 1)] = what
                routes[place(at + 1)] = mark & ~CHANGED
            r = (whole(routes[place(at)]) >> 32) - 1
    state[TOUCHED] = touched
    return len(some)


def sweep(
    version: int,
    keys: Buffer,
    numbers: Buffer,
    networks: Buffer,
    visible: Buffer,
    country: Buffer,
    ends: Buffer,
    country_ends: Buffer,
    figures: Buffer,
    country_figures: Buffer,
) -> int:
    """Count what is *visible* of every watched network and country.

    *keys*, *numbers*, *networks*: the watched routes of *version* by where they begin,
    so that a block that several cover is counted once.
    """
    size = _BLOCK_4 if version == 4 else _BLOCK_6
    column = PREFIXES_4 if version == 4 else PREFIXES_6
    for i in range(len(ends)):
        ends[i] = 0
    for i in range(len(country_ends)):
        country_ends[i] = 0
    for i in range(len(keys)):
        what = whole(visible[place(whole(numbers[i]))])
        if what == 0:
            continue
        key = whole(keys[i])
        length = key & 0xFF
        begin = key >> 8
        end = begin + (1 << (size - length) if length < size else 1)
        network = whole(networks[i])
        if what & OWN:
            at = FIGURES * network + column
            figures[place(at)] += 1
            new = end - max(begin, whole(ends[place(network)]))
            if new > 0:
                figures[place(at + 1)] += new
                ends[place(network)] = end
        if what & COUNTRY:
            here = whole(country[place(network)])
            country_figures[FIGURES * here + column] += 1
            new = end - max(begin, whole(country_ends[here]))
            if new > 0:
                country_figures[FIGURES * here + column + 1] += new
                country_ends[here] = end
    return len(keys)


def fetch(
    start: int, stop: int, some: Buffer, prefixes: Buffer, routes: Buffer, stride: int
) -> int:
    """Read what is judged next: many loads wait for memory together."""
    touched = 0
    for i in range(start, stop):
        touched ^= whole(prefixes[place(4 * whole(some[i]) + 3)])
    for i in range(start, stop):
        first = whole(prefixes[place(4 * whole(some[i]) + 3)])
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
        network = (whole(routes[place(r * stride + 1)]) & NETWORK) - 1
        if network >= 0 and country[network] == here:
            return 0
        r = (whole(routes[place(r * stride)]) >> 32) - 1
    seen = 0
    for k in range(words):
        word = 0
        r = route
        while r >= 0:
            network = (whole(routes[place(r * stride + 1)]) & NETWORK) - 1
            if network >= 0 and country[network] == here:
                word |= whole(routes[place(r * stride + 2 + k)])
            r = (whole(routes[place(r * stride)]) >> 32) - 1
        word &= whole(full[k])
        if word:
            seen += ones(word)
    return 1 if seen > half else 0
