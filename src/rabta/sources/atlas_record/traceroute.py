"""Traceroutes with all their hops."""

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


_SAYS = {
    "N": "Network unreachable",
    "H": "Destination unreachable",
    "A": "Administratively prohibited",
    "P": "Protocol unreachable",
    "p": "Port unreachable",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension:
    """What a router added to its ICMP message (RFC 4884), such as MPLS labels."""

    version: int | None = whole("version")
    rfc4884: int | None = whole("rfc4884")
    objects: tuple[Object, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came back from one hop for one packet."""

    origin: str | None = text("from")
    rtt: float | None = decimal("rtt")
    size: int | None = whole("size")
    ttl: int | None = whole("ttl")
    quoted_ttl: int | None = whole("ittl")
    """The time to live in the packet that is quoted; 1 where nothing is said."""
    mtu: int | None = whole("mtu")
    destination_options: int | None = whole("dstoptsize")
    hop_options: int | None = whole("hbhoptsize")
    error: str | None = None
    extension: Extension | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One hop; packets that came too late for their turn are left out."""

    number: int | None = whole("hop")
    error: str | None = text("error")
    median: float | None = None
    late: int = 0
    replies: tuple[Reply, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Traceroute(Result):
    """A traceroute: what answered on the way to one target."""

    end: int | None = whole("endtime")
    paris: int | None = whole("paris_id")
    size: int | None = whole("size")
    hops: tuple[Hop, ...] = ()
    reached: bool = False
    """Whether the target's own address answered at the last hop."""
    answered: bool = False
    """Whether anything answered at the last hop."""
    succeeded: bool = False
    """Whether anything answered there without an error."""
    last_errors: tuple[str, ...] = ()
    last_median: float | None = None
    """Milliseconds: of the last hop with an answer."""


def traceroute(raw: Object) -> Traceroute:
    """Read a traceroute of any firmware that lists its hops."""
    hops = tuple(map(_hop, objects(raw.get("result"))))
    told = filled(Traceroute, raw)
    last = hops[-1] if hops else Hop()
    good = any(reply.rtt and reply.error is None for reply in last.replies)
    errors = [last.error] if last.error else [reply.error for reply in last.replies]
    medians = [hop.median for hop in hops if hop.median]
    return result(
        Traceroute,
        raw,
        protocol=protocol(raw),
        hops=hops,
        reached=bool(told.destination)
        and any(reply.origin == told.destination for reply in last.replies),
        answered=any(reply.rtt for reply in last.replies),
        succeeded=good,
        last_errors=() if good else tuple(error for error in errors if error),
        last_median=medians[-1] if medians else None,
    )


def _hop(raw: Object) -> Hop:
    told = objects(raw.get("result"))
    replies = tuple(_reply(one) for one in told if "late" not in one)
    return filled(
        Hop,
        raw,
        replies=replies,
        late=len(told) - len(replies),
        median=median([reply.rtt for reply in replies if reply.rtt]),
    )


def _reply(raw: Object) -> Reply:
    error, more = raw.get("err"), raw.get("icmpext")
    extension = None
    if isinstance(more, dict) and more:
        extension = filled(Extension, more, objects=tuple(objects(more.get("obj"))))
    return filled(
        Reply,
        {"ittl": 1} | raw,
        error=None if error in (None, "") else _SAYS.get(str(error), str(error)),
        extension=extension,
    )
