"""Numbers and prefixes out of octets.

Every function here and in the modules that import it runs as it stands and compiled by
numba, with equal results (``rabta.sources.bgp.compile``).
"""

from collections.abc import Callable
from typing import Any


Buffer = Any
"""A numpy array, or a memoryview of one where nothing is compiled."""

whole: Callable[[Any], int] = int
"""Of an element; numba would make it unsigned, so it gets one of its own there."""


place: Callable[[int], int] = int
"""An index that is never counted from the end; compiled, it has no sign."""


def u8(buf: Buffer, at: int) -> int:
    """Read an octet."""
    return whole(buf[place(at)])


def u16(buf: Buffer, at: int) -> int:
    """Read two octets."""
    return (u8(buf, at) << 8) | u8(buf, at + 1)


def u32(buf: Buffer, at: int) -> int:
    """Read four octets."""
    return (u16(buf, at) << 16) | u16(buf, at + 2)


def word(buf: Buffer, at: int, size: int) -> int:
    """Read up to eight octets to the left of a signed word."""
    value = 0
    if size > 0:
        value = u8(buf, at)
        if value > 127:
            value -= 256
        value = value << 56
    for i in range(1, size):
        value |= u8(buf, at + i) << (56 - 8 * i)
    return value


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
    bits = u8(buf, at)
    if bits > (32 if version == 4 else 128):
        return -1
    size = (bits + 7) >> 3
    at += 1
    if at + size > stop:
        return -1
    lo = 0
    if 16 < bits <= 24:  # nine of ten
        hi = (u16(buf, at) << 8) | u8(buf, at + 2)
        if hi > 0x7FFFFF:
            hi -= 0x1000000
        hi = hi << 40
    else:
        hi = word(buf, at, min(size, 8))
        if size > 8:
            lo = word(buf, at + 8, size - 8)
    # bits beyond the length mean nothing (RFC 4271, 4.3) and some speakers set them
    if bits == 0:
        hi = 0
    elif bits < 64:
        hi = (hi >> (64 - bits)) << (64 - bits)
    elif 64 < bits < 128:
        lo = (lo >> (128 - bits)) << (128 - bits)
    row = place(n)
    highs[row] = hi
    lows[row] = lo
    lengths[row] = bits
    return at + size
