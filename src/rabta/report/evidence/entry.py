"""An hour of one target over one uplink: its figures, and its raw observations.

Each is a leaf of a tree of its own, so that a report can show some and keep the rest
to itself; a salt before it keeps what is not shown from being guessed.
"""

import struct
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import groupby, starmap
from operator import add

import msgspec

from rabta.clock import HOUR, MINUTE, SECOND
from rabta.failure import NOT_MEASURED
from rabta.report.evidence import salts
from rabta.report.evidence.merkle import leaf_hashes, root_of
from rabta.report.evidence.shapes import Pair
from rabta.store.evidence import Measured
from rabta.store.rollup import exact


_POOR = 5
"""A minute is poor when one probe in so many is lost: c1 of ITU-T Y.1540 (2019)."""
_RATES = ("fetch", "throughput")


class Figures(
    msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False
):
    """One hour of one probe of a target over one line.

    The three masks have 15 hexadecimal digits, a bit for each minute, the first minute
    in the highest bit. Delays are integer microseconds, rates bits per second.
    """

    family: int
    probe: str
    sent: int
    """Probes made; those not made for budget or rights are not among them."""
    lost: int
    skipped: int
    """Those not made, or lost while one's own throughput test filled the line."""
    measured: str
    """Minutes with a probe that was made."""
    poor: str
    """Minutes in which a fifth or more of the probes were lost."""
    out: str
    """Minutes in which all were lost."""
    minimum: int | None
    median: int | None
    p95: int | None
    maximum: int | None


class Entry(
    msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False
):
    """All probes of one target over one uplink, in one hour."""

    uplink: str
    target: str
    before: int | None
    """The leaf with the entry before of this pair: none can be left out unseen."""
    series: tuple[Figures, ...]


_decoder = msgspec.json.Decoder(tuple[Entry, ...])


def decode_all(texts: Sequence[bytes]) -> tuple[Entry, ...]:
    """Return the entries of *texts*, one for each; ``ValueError`` for anything else."""
    found = _decoder.decode(b"[" + b",".join(texts) + b"]")
    if len(found) != len(texts):
        raise ValueError("a text that is not one entry")
    return found


def pairs_in(entries: Iterable[Entry]) -> list[Pair]:
    """Return whose *entries* are."""
    return [(one.uplink, one.target) for one in entries]


def encode(entry: Entry) -> bytes:
    """Return the bytes of *entry*: JSON without blanks, on one line."""
    return msgspec.json.encode(entry)


def pairs_of(
    measured: Iterable[Measured],
) -> list[tuple[Pair, list[Measured]]]:
    """Return ((uplink, target), series) of an hour, sorted as its leaves are."""
    ordered = sorted(measured, key=lambda m: (m.uplink, m.target, m.family, m.probe))
    groups = groupby(ordered, key=lambda m: (m.uplink, m.target))
    return [(pair, list(series)) for pair, series in groups]


def entry_of(
    pair: Pair, before: int | None, hour: int, measured: Sequence[Measured]
) -> Entry:
    """Return the figures of what was *measured* of one pair in *hour*."""
    return Entry(*pair, before, tuple(_figures(hour, series) for series in measured))


def _figures(hour: int, measured: Measured) -> Figures:
    sent: dict[int, int] = defaultdict(int)
    lost: dict[int, int] = defaultdict(int)
    for row in measured.rows:
        if row.failure not in NOT_MEASURED:
            minute = (row.time - hour * HOUR) // MINUTE
            sent[minute] += 1
            lost[minute] += row.failure is not None
    found = exact((row.value, row.failure) for row in measured.rows)
    unit = 1 if measured.probe in _RATES else SECOND
    return Figures(
        measured.family,
        measured.probe,
        found.sent,
        found.lost,
        len(measured.rows) - found.sent,
        _mask(sent),
        _mask(minute for minute in sent if _POOR * lost[minute] >= sent[minute]),
        _mask(minute for minute in sent if lost[minute] == sent[minute]),
        *(
            None if value is None else round(value * unit)
            for value in (found.minimum, found.median, found.p95, found.maximum)
        ),
    )


def _mask(minutes: Iterable[int]) -> str:
    bits = sum(1 << 59 - minute for minute in minutes)
    return f"{bits:015x}"


def raw_of(measured: Sequence[Measured]) -> bytes:
    """Return the raw observations of a pair: a JSON array on a line for each.

    Family, probe, time, value as the 16 hexadecimal digits of IEEE 754 binary64 (most
    significant first) or null, failure, address, bytes spent, detail as it is kept.
    """
    encode = msgspec.json.encode
    return b"".join(
        encode(
            (
                series.family,
                series.probe,
                row.time,
                None if row.value is None else struct.pack(">d", row.value).hex(),
                row.failure,
                row.address,
                row.spent_bytes,
                row.detail,
            )
        )
        + b"\n"
        for series in measured
        for row in series.rows
    )


def salted(salts_of: Iterable[bytes], texts: Iterable[bytes]) -> list[bytes]:
    """Return the hash of each of *texts* in its hour's tree: of the leaf *salt* *text*.

    RFC 6962, section 2.1; a salt has 16 bytes. ``ValueError`` unless there are as many
    of both.
    """
    return leaf_hashes(starmap(add, zip(salts_of, texts, strict=True)))


def commitments(
    secret: bytes,
    purpose: str,
    hour: int,
    pairs: Iterable[Pair],
    texts: Iterable[bytes],
) -> list[bytes]:
    """Return the hashes of *texts*, each of one of *pairs*, by the log's *secret*."""
    days = [salts.of_day(secret, purpose, pair, hour // 24) for pair in pairs]
    return salted(salts.of_hour(days, hour), texts)


def figures_root(
    secret: bytes, hour: int, pairs: Iterable[Pair], texts: Iterable[bytes]
) -> str:
    """Return the root over the entries *texts* of an hour, as its leaf has it."""
    return root_of(commitments(secret, salts.FIGURES, hour, pairs, texts)).hex()


def raw_root(secret: bytes, hour: int, measured: Iterable[Measured]) -> str:
    """Return the root over what was *measured* in an hour, as its leaf has it."""
    pairs = pairs_of(measured)
    names = (pair for pair, _ in pairs)
    observed = (raw_of(series) for _, series in pairs)
    return root_of(commitments(secret, salts.RAW, hour, names, observed)).hex()
