"""HTTP results with all their answers."""

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
class Answer:
    """One answer of a web server."""

    family: int | None = whole("af")
    body_size: int | None = whole("bsize")
    head_size: int | None = whole("hsize")
    destination: str | None = text("dst_addr", "addr")
    source: str | None = text("src_addr", "srcaddr")
    code: int | None = whole("res")
    rtt: float | None = decimal("rt")
    """Milliseconds until all had come."""
    version: str | None = text("ver")
    error: str | None = text("err")


@dataclass(frozen=True, slots=True, kw_only=True)
class Http(Result):
    """A web page asked for, over each family."""

    uri: str | None = text("uri")
    method: str | None = None
    answers: tuple[Answer, ...] = ()


def web(raw: Object) -> Http:
    """Read an HTTP result; firmware 1 wrote ``GET4 ADDRESS SECONDS STATUS SIZES``."""
    told = raw.get("result")
    found = [_of_words(told.split())] if isinstance(told, str) else objects(told)
    method = next((o.get("method", o.get("mode")) for o in found[:1]), None)
    return result(
        Http,
        raw,
        protocol=protocol(raw),
        method=method.rstrip("46") if isinstance(method, str) else None,
        answers=tuple(filled(Answer, one) for one in found),
    )


def _of_words(words: list[str]) -> Object:
    names = ("method", "dst_addr", "rt", "res", "hsize", "bsize")
    found: Object = dict(zip(names, words, strict=False))
    try:
        found["rt"] = float(found["rt"]) * 1000
    except (KeyError, ValueError):
        found["rt"] = None
    return found
