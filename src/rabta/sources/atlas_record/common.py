"""What results of every type carry."""

from dataclasses import dataclass
from typing import TypeVar

from rabta.sources.atlas_record.fields import Object, filled, text, whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One result; times are epoch seconds, delays milliseconds, as Atlas writes them.

    Keys: atlas.ripe.net/docs/apis/result-format.
    """

    type: str | None = text("type")
    measurement: int | None = whole("msm_id")
    probe: int | None = whole("prb_id")
    firmware: int | None = whole("fw")
    time: int | None = whole("timestamp")
    origin: str | None = text("from")
    """The probe's address as the collector saw it."""
    since_sync: int | None = whole("lts")
    """Seconds since the probe's clock was set."""
    group: int | None = whole("group_id")
    bundle: int | None = whole("bundle")
    error: str | None = None
    """What went wrong with the whole result, in the probe's words."""
    source: str | None = text("src_addr", "srcaddr")
    destination: str | None = text("dst_addr", "addr")
    destination_name: str | None = text("dst_name", "name")
    family: int | None = whole("af", "pf")
    protocol: str | None = None


R = TypeVar("R", bound=Result)


def result(kind: type[R], raw: Object, **more: object) -> R:
    """Return a result of that kind with what all of them tell; *more* as ``filled``."""
    return filled(kind, raw, error=failed(raw), since_sync=synchronised(raw), **more)


def failed(raw: Object) -> str | None:
    """Return what a result says went wrong."""
    told = raw.get("error")
    if isinstance(told, dict):
        for key, says in (
            ("timeout", "timeout: "),
            ("getaddrinfo", "name resolution: "),
        ):
            if key in told:
                return f"{says}{told[key]}"
    for value in (told, raw.get("err"), raw.get("dnserr")):
        if value is not None:
            return str(value)
    return None


def synchronised(raw: Object) -> int | None:
    """Return the seconds since the clock was set; negative means never."""
    told = raw.get("lts")
    return told if isinstance(told, int) and told >= 0 else None
