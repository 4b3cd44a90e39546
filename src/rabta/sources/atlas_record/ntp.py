"""NTP with all its exchanges."""

from dataclasses import dataclass

from rabta.sources.atlas_record.common import Result, result
from rabta.sources.atlas_record.fields import (
    Object,
    decimal,
    filled,
    objects,
    protocol,
    text,
    whole,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One question and answer of NTP: seconds, times since 1900 (RFC 5905)."""

    rtt: float | None = decimal("rtt")
    offset: float | None = decimal("offset")
    origin: float | None = decimal("origin-ts")
    received: float | None = decimal("receive-ts")
    transmitted: float | None = decimal("transmit-ts")
    final: float | None = decimal("final-ts")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ntp(Result):
    """What a time server says, and how far from it the probe's clock is."""

    end: int | None = whole("endtime")
    leap: str | None = text("li")
    mode: str | None = text("mode")
    poll: int | None = whole("poll")
    precision: float | None = decimal("precision")
    reference: str | None = text("ref-id")
    reference_time: float | None = decimal("ref-ts")
    root_delay: float | None = decimal("root-delay")
    root_dispersion: float | None = decimal("root-dispersion")
    stratum: int | None = whole("stratum")
    version: int | None = whole("version")
    exchanges: tuple[Exchange, ...] = ()


def ntp(raw: Object) -> Ntp:
    """Read an NTP result."""
    return result(
        Ntp,
        raw,
        protocol=protocol(raw),
        exchanges=tuple(filled(Exchange, one) for one in objects(raw.get("result"))),
    )
