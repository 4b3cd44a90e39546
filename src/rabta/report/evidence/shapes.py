"""The bundle: what of the evidence log a report carries, as one JSON document.

Bytes are base64; hashes in a row are joined, 32 bytes each; texts in a row are joined
by line feeds and deflated (RFC 1950). ``docs/reference/evidence.md`` tells each field.
"""

import zlib
from typing import Final, Literal

import msgspec

from rabta.errors import UsageError
from rabta.report.evidence.leaf import Hour


SCHEMA: Final = "rabta-evidence/1"
_MOST = 256 << 20
"""Bytes a field may have when inflated: two years of hours of 120 pairs have 230 MB."""
_SMALL = 64 << 20
_RATIO, _RATIO_OF_LARGE = 200, 20
"""To how many times its size a field may grow; beyond ``_SMALL`` the second. Texts of
leaves and entries grow 3 to 15 times."""
_SHORTEST = 48
"""Bytes a leaf or an entry has at the least."""

Pair = tuple[str, str]
"""Uplink and target."""
Span = tuple[int, int]
"""First, and behind the last."""


class Opening(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Which entries of an hour are shown."""

    shown: tuple[Span, ...]
    proof: bytes


class Earlier(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A checkpoint that was signed before, and that the log grew from it."""

    checkpoint: str
    proof: bytes
    """RFC 6962, section 2.1.2."""
    token: bytes | None = None
    """RFC 3161."""


class Bundle(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Evidence for the hours [start, stop), counted since 1970."""

    schema: Literal["rabta-evidence/1"]
    log: str
    start: Hour
    stop: Hour
    pairs: tuple[Pair, ...]
    """What is shown of those hours, sorted."""
    checkpoint: str
    shown: tuple[Span, ...]
    """The numbers of the leaves that are shown."""
    leaves: bytes
    """Their texts, deflated."""
    hidden: bytes
    """The hashes of the other leaves, in order: with them the root of every size of
    the log can be made, and any checkpoint that somebody holds be looked for."""
    openings: tuple[Opening, ...]
    """Of each hour leaf that is shown, in order."""
    entries: bytes
    """Their texts, in order, deflated."""
    days: dict[int, bytes]
    """For whole days: 16 bytes for each of the pairs, from which its salts come."""
    hours: dict[int, bytes]
    """For other hours: the salts themselves."""
    earlier: tuple[Earlier, ...] = ()


_decoder = msgspec.json.Decoder(Bundle)


def decode(data: bytes) -> Bundle:
    """Return the bundle of *data*; ``ValueError`` for anything else."""
    return _decoder.decode(data)


def encode(bundle: Bundle) -> bytes:
    """Return *bundle* as JSON."""
    return msgspec.json.encode(bundle)


def packed(texts: list[bytes]) -> bytes:
    """Join and deflate; ``UsageError`` for more than can be checked."""
    text = b"\n".join(texts)
    if len(text) > _MOST:
        raise UsageError(
            "that is more evidence than can be checked at once",
            hint="choose a shorter period",
        )
    return zlib.compress(text)


def unpacked(data: bytes) -> list[bytes]:
    """Return the texts again; ``ValueError`` where they cannot be had.

    They are counted before they are taken apart: an empty text costs much more memory
    than the line feed that makes it.
    """
    text = inflated(data)
    if (text.count(b"\n") + 1) * _SHORTEST > len(text) + _SHORTEST:
        raise ValueError("texts too short to be what they are said to be")
    return text.split(b"\n") if text else []


def inflated(data: bytes) -> bytes:
    """Undo deflation, of at most what anybody needs; ``ValueError`` otherwise."""
    most = min(_MOST, _RATIO * len(data), max(_SMALL, _RATIO_OF_LARGE * len(data)))
    stream = zlib.decompressobj()
    try:
        found = stream.decompress(data, most + 1)
    except zlib.error as error:
        raise ValueError(str(error)) from None
    if len(found) > most or not stream.eof or stream.unused_data:
        raise ValueError("cut off, or more than is to be expected")
    return found


def hashes_in(data: bytes) -> list[bytes]:
    """Split hashes in a row."""
    if len(data) % 32:
        raise ValueError("not a row of hashes")
    return [data[at : at + 32] for at in range(0, len(data), 32)]


def spans_of(numbers: list[int]) -> tuple[Span, ...]:
    """Write increasing *numbers* as spans."""
    spans: list[Span] = []
    for number in numbers:
        if spans and spans[-1][1] == number:
            spans[-1] = (spans[-1][0], number + 1)
        else:
            spans.append((number, number + 1))
    return tuple(spans)


def numbers_in(spans: tuple[Span, ...], below: int, most: int) -> list[int]:
    """Return the numbers in *spans*.

    ``ValueError`` where one is not below *below*, or there are more than *most*.
    """
    if any(not 0 <= first < stop <= below for first, stop in spans):
        raise ValueError("a span that is empty or leads out of the tree")
    if sum(stop - first for first, stop in spans) > most:
        raise ValueError("more are said to be shown than there are")
    return [number for first, stop in spans for number in range(first, stop)]
