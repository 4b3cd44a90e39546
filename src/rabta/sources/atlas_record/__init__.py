"""RIPE Atlas results in full: every field of every type and firmware.

Series need delays and losses alone (``rabta.sources.atlas``); who wants to know what a
result said, its hops, its certificates, its DNS records, reads it here.
"""

from collections.abc import Callable

import dns.rdata
import msgspec

from rabta.sources.atlas_record.common import Result
from rabta.sources.atlas_record.fields import Object
from rabta.sources.atlas_record.names import names
from rabta.sources.atlas_record.ntp import ntp
from rabta.sources.atlas_record.ping import ping
from rabta.sources.atlas_record.tls import tls
from rabta.sources.atlas_record.traceroute import traceroute
from rabta.sources.atlas_record.web import web
from rabta.sources.atlas_record.wifi import wifi


READERS: dict[str, Callable[[Object], Result]] = {
    "ping": ping,
    "traceroute": traceroute,
    "ntp": ntp,
    "dns": names,
    "sslcert": tls,
    "http": web,
    "wifi": wifi,
}


def record(raw: Object) -> Result:
    """Read one result.

    Raises:
        ValueError: it is of an unknown type.
    """
    kind = str(raw.get("type", "")).lower() or ("dns" if "resultset" in raw else "")
    if kind not in READERS:
        raise ValueError(f"an unknown type of result: {kind[:20]!r}")
    return READERS[kind](raw)


def printed(result: Result) -> str:
    """Return a result as one line of JSON; DNS data as in master files."""
    return msgspec.json.encode(result, enc_hook=_text).decode()


def _text(value: object) -> str:
    if isinstance(value, dns.rdata.Rdata):
        return value.to_text()
    raise NotImplementedError(type(value).__name__)
