"""Pings with all their echoes."""

from dataclasses import dataclass

from rabta.sources.atlas_record.common import Result, result
from rabta.sources.atlas_record.fields import (
    Object,
    decimal,
    filled,
    median,
    objects,
    protocol,
    text,
    whole,
)


_ICMP_HEADER = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Echo:
    """One answer to a ping; without a delay it was lost."""

    rtt: float | None = decimal("rtt")
    ttl: int | None = whole("ttl")
    source: str | None = text("src_addr", "srcaddr")
    duplicate: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ping(Result):
    """A ping: some echoes to one target."""

    sent: int | None = whole("sent")
    received: int | None = whole("rcvd")
    duplicates: int | None = whole("dup")
    minimum: float | None = None
    average: float | None = None
    maximum: float | None = None
    median: float | None = None
    """Of the answers that are no duplicates."""
    size: int | None = None
    """Octets of payload, without the ICMP header."""
    step: int | None = whole("step")
    echoes: tuple[Echo, ...] = ()


def ping(raw: Object) -> Ping:
    """Read a ping of any firmware."""
    echoes = tuple(_echo(one, raw) for one in objects(raw.get("result")))
    told = filled(Ping, raw)
    firmware, size = told.firmware or 0, filled(_Sized, raw).size
    kind = protocol(raw)
    if 0 < firmware < 4460:  # it did not say what it counted
        size = None
    elif 0 < firmware < 4570 and kind == "ICMP" and size is not None:
        size -= _ICMP_HEADER
    figures = filled(_Figures, raw)
    known = figures.average is not None and figures.average >= 0
    family = told.family
    if family is None and told.destination:
        family = 6 if ":" in told.destination else 4
    return result(
        Ping,
        raw,
        protocol=kind,
        family=family,
        size=size,
        minimum=figures.minimum if known else None,
        average=figures.average if known else None,
        maximum=figures.maximum if known else None,
        median=median([e.rtt for e in echoes if e.rtt is not None and not e.duplicate]),
        echoes=echoes,
    )


def _echo(one: Object, outer: Object) -> Echo:
    """Read one echo; what it does not say for itself is said once for all of them."""
    shared = {"srcaddr": outer.get("src_addr", outer.get("srcaddr"))}
    if one.get("rtt"):
        return filled(
            Echo, shared | {"ttl": outer.get("ttl")} | one, duplicate="dup" in one
        )
    return filled(Echo, shared | one, ttl=None, duplicate="dup" in one)


@dataclass(frozen=True, slots=True)
class _Figures:
    minimum: float | None = decimal("min")
    average: float | None = decimal("avg")
    maximum: float | None = decimal("max")


@dataclass(frozen=True, slots=True)
class _Sized:
    size: int | None = whole("size")
