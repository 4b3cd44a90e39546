"""Figures of a time bucket: exact from single values, or merged from narrower ones.

``exact`` and ``SQL`` are the same arithmetic twice, for one series in the daemon and
for millions of rows at sealing; a property test holds them together.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from rabta.failure import NOT_MEASURED


class Figures(NamedTuple):
    """One bucket; None where no probe succeeded with a value.

    A tuple, because a year's chart makes nine thousand of them.
    """

    sent: int
    lost: int
    minimum: float | None = None
    median: float | None = None
    p95: float | None = None
    maximum: float | None = None


NOTHING = Figures(0, 0)

_SKIPPED = ", ".join(f"'{name}'" for name in sorted(NOT_MEASURED))

SQL = f"""
  (count(*) FILTER (failure IS NULL OR failure NOT IN ({_SKIPPED})))::INTEGER AS sent,
  (count(failure) FILTER (failure NOT IN ({_SKIPPED})))::INTEGER AS lost,
  min(value) AS minimum,
  median(value) AS median,
  quantile_disc(value, 0.95) AS p95,
  max(value) AS maximum
"""
"""Columns of a DuckDB query that groups raw rows; in the order of ``Figures``."""


def exact(samples: Iterable[tuple[float | None, str | None]]) -> Figures:
    """Return the figures of (value, failure) pairs.

    The median of an even number is the mean of the middle two; p95 is the smallest
    value that at least 95 % do not exceed (RFC 2330, section 11.3).
    """
    sent = lost = 0
    values: list[float] = []
    for value, failure in samples:
        if failure is None:
            sent += 1
        elif failure not in NOT_MEASURED:
            sent += 1
            lost += 1
        if value is not None:
            values.append(value)
    if not values:
        return Figures(sent, lost)
    values.sort()
    n = len(values)
    return Figures(
        sent,
        lost,
        values[0],
        (values[(n - 1) // 2] + values[n // 2]) / 2,
        values[(95 * n + 99) // 100 - 1],
        values[-1],
    )


def merged(parts: Sequence[Figures]) -> Figures:
    """Return the figures of a bucket from those of its parts.

    Counts, minimum and maximum are exact. The median of single values cannot be had
    from medians: these are the medians of the parts' own, each weighted by its number
    of values, and likewise for p95.
    """
    if len(parts) == 1:
        return parts[0]
    sent = sum(part.sent for part in parts)
    lost = sum(part.lost for part in parts)
    with_values = [part for part in parts if part.median is not None]
    if not with_values:
        return Figures(sent, lost)
    weights = [max(1, part.sent - part.lost) for part in with_values]
    return Figures(
        sent,
        lost,
        min(part.minimum for part in with_values if part.minimum is not None),
        _weighted_median([part.median for part in with_values], weights),
        _weighted_median([part.p95 for part in with_values], weights),
        max(part.maximum for part in with_values if part.maximum is not None),
    )


def _weighted_median(
    values: Sequence[float | None], weights: Sequence[int]
) -> float | None:
    half = sum(weights) / 2
    reached = 0
    pairs = sorted(
        (value, weight)
        for value, weight in zip(values, weights, strict=True)
        if value is not None
    )
    for value, weight in pairs:
        reached += weight
        if reached >= half:
            return value
    return None
