"""What a leaf of the evidence log says: the bytes that are hashed.

JSON as RFC 8785 has it (sorted keys, no blanks), of integers and strings alone, so
that anybody can make the same bytes again. Hours are counted since 1970, other times
are microseconds UTC by the machine's clock.
"""

from typing import Annotated

import msgspec
from msgspec import Meta


Time = Annotated[int, Meta(ge=0, lt=253_402_214_400_000_000)]
"""Microseconds UTC, before the year 10000."""
Hour = Annotated[int, Meta(ge=0, lt=70_389_504)]
"""Hours since 1970, before the year 10000."""
Count = Annotated[int, Meta(ge=0, lt=1 << 40)]


class Reading(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When a leaf was added, by the clocks of the machine."""

    time: Time
    """Wall clock, microseconds UTC."""
    boot: str
    """Which start of the machine; empty where the system does not say."""
    uptime: Time
    """Microseconds since then, by a clock that is never set."""


class HourLeaf(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    tag_field="kind",
    tag="hour",
    forbid_unknown_fields=True,
):
    """One closed hour."""

    number: Count
    """Which leaf this is, from 0."""
    at: Reading
    hour: Hour
    before: Hour | None
    """The hour of the hour leaf before; None for the first."""
    amends: Count | None
    """The leaf of this same hour that this one adds to, if it is not the first."""
    rows: Count
    """Raw observations."""
    entries: Count
    """(uplink, target) pairs."""
    figures: str
    """Root over the pairs' figures, hexadecimal."""
    raw: str
    """Root over the pairs' raw observations."""


class KeyLeaf(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    tag_field="kind",
    tag="key",
    forbid_unknown_fields=True,
):
    """The key by which checkpoints are signed from here on."""

    number: Count
    at: Reading
    log: str
    public: str
    """32 bytes, hexadecimal."""
    endorsed: str
    """What the key before says of it, a signature in hexadecimal; empty for the first
    key, and where the one before was lost."""

    @property
    def claim(self) -> bytes:
        """What the key before signs."""
        return f"rabta next key\n{self.log}\n{self.number}\n{self.public}\n".encode()


AnyLeaf = HourLeaf | KeyLeaf

_decoder: msgspec.json.Decoder[AnyLeaf] = msgspec.json.Decoder(AnyLeaf)


def encode(leaf: AnyLeaf) -> bytes:
    """Return the bytes of *leaf*."""
    return msgspec.json.encode(leaf, order="sorted")


def decode(body: bytes) -> AnyLeaf:
    """Return the leaf of *body*; ``ValueError`` for anything but its one form."""
    leaf = _decoder.decode(body)  # its error is a ValueError
    if encode(leaf) != body:
        raise ValueError("a leaf that is not written in its one form")
    return leaf
