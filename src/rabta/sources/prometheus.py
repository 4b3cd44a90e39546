"""Prometheus: the answer of a range query (or an instant one) as series.

Fields: prometheus.io/docs/prometheus/latest/querying/api, ``resultType`` matrix.
"""

import hashlib
import re
from collections.abc import Iterator

import msgspec
import numpy as np

from rabta.clock import SECOND
from rabta.errors import DataError
from rabta.sources.imported import Item, Tally, piece
from rabta.sources.records import convert, decode
from rabta.sources.stream import Stream


_PLACE = ("target", "instance", "host", "job", "name")
_LONGEST = 200  # characters of labels
_WORSE_LOWER = re.compile(r"success|_up$|^up$|bits|bytes|throughput|prefix|download")


class Data(msgspec.Struct, rename="camel"):
    """The result, whose parts are decoded one by one."""

    result_type: str
    result: list[msgspec.Raw]


class Answer(msgspec.Struct):
    """The whole answer."""

    status: str
    data: Data | None = None
    error: str = ""


class Row(msgspec.Struct):
    """One series."""

    metric: dict[str, str]
    values: list[tuple[float, str]] = []
    value: tuple[float, str] | None = None


def read(stream: Stream, tally: Tally, about: str) -> Iterator[Item]:
    """Read the answer of a query, saved as it came."""
    answer = decode(stream, Answer)
    if answer.status != "success" or answer.data is None:
        why = answer.error or answer.status
        raise DataError(f"this answer is an error: {why}", file=str(stream.path))
    if answer.data.result_type not in ("matrix", "vector"):
        raise DataError(
            f"a result of type {answer.data.result_type!r} is no series",
            file=str(stream.path),
            hint="ask /api/v1/query_range",
        )
    for part in tally.each("data.result", answer.data.result):
        row = convert(part, Row, tally)
        if row is not None:
            yield from _series(row, tally, about)


def _shortened(labels: str) -> str:
    """Return the beginning of long *labels*, and what tells the others apart."""
    digest = hashlib.blake2b(labels.encode(), digest_size=6).hexdigest()
    return f"{labels[: _LONGEST - 14]}… {digest}"


def _series(row: Row, tally: Tally, about: str) -> Iterator[Item]:
    samples = row.values or ([row.value] if row.value else [])
    if not samples:
        tally.skip()  # a native histogram
        return
    try:
        values = np.array([float(text) for _, text in samples])
        times = np.array([round(time * SECOND) for time, _ in samples], dtype=np.int64)
    except (ValueError, OverflowError):
        tally.put_aside("a value is no number", -1, str(row.metric))
        return
    values[~np.isfinite(values)] = np.nan
    labels = dict(row.metric)
    name = labels.pop("__name__", "value")
    place = next((labels.pop(one) for one in _PLACE if labels.get(one)), "")
    rest = ",".join(f"{key}={value}" for key, value in sorted(labels.items()))
    tally.keep()
    yield piece(
        "prometheus",
        name,
        about or f"target/{place or 'unknown'}",
        times,
        values,
        unit="s" if name.endswith("_seconds") else "",
        worse="lower" if _WORSE_LOWER.search(name) else "higher",
        vantage=rest if len(rest) <= _LONGEST else _shortened(rest),
        target=place if about else "",
    )
