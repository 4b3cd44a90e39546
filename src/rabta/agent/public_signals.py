"""Which signals are about the public, and what they are called."""

import re
from collections.abc import Sequence
from datetime import UTC, tzinfo
from functools import lru_cache

from rabta.config.country import zone_of_country
from rabta.detect.signal import SignalKind
from rabta.store import SeriesInfo


PUBLIC = ("country", "region", "asn", "continent", "county", "geoasn")
"""Kinds of entity that public signals are about."""
_NOT_JUDGED = frozenset({"ooni"})
"""A share of sites with signs of blocking is no outage, however it moves."""
_CHANGES = "changes"
"""The unit of what happened in a bin: it has no level that could fall."""
_BLOCKS = re.compile(r"bgp|prefix|slash-?(24|48)|addresses|/(24|48)")


def is_public(entity: str) -> bool:
    """Tell whether *entity* is one that public signals are about."""
    return entity.partition("/")[0] in PUBLIC


def is_judged(series: SeriesInfo) -> bool:
    """Tell whether a signal has a vote: a level of the whole entity, and no share."""
    counts = series.source not in _NOT_JUDGED and series.unit != _CHANGES
    return counts and not series.target


def kind_of(series: SeriesInfo) -> SignalKind:
    """Return what a series counts, by its unit, then by its metric."""
    unit = series.unit.lower()
    if unit in ("s", "ms", "us"):
        return SignalKind.RTT
    if unit in ("1", "%"):
        return SignalKind.FRACTION
    if unit.endswith("bit/s"):
        return SignalKind.THROUGHPUT
    if _BLOCKS.search(f"{series.metric} {unit}"):
        return SignalKind.PREFIXES
    return SignalKind.COUNT


def names_of(series: Sequence[SeriesInfo]) -> list[str]:
    """Name signals as people read them: source and metric, vantage where needed."""
    return [
        " ".join(part for part in (one.source.upper(), one.metric, one.vantage) if part)
        for one in series
    ]


@lru_cache(maxsize=512)
def zone_of(entity: str) -> tzinfo:
    """Return the time zone of a country that has one; UTC for all else."""
    kind, _, code = entity.partition("/")
    return zone_of_country(code) if kind == "country" else UTC
