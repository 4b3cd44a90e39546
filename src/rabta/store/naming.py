"""From an observation to its series and back, and the form its detail is kept in."""

from collections.abc import Container
from dataclasses import dataclass

import msgspec

from rabta.model import (
    DnsDetail,
    HttpDetail,
    LinkDetail,
    Observation,
    PathDetail,
    Probe,
    RateDetail,
    TlsDetail,
)
from rabta.model.observation import Detail
from rabta.store.shapes import SeriesKey


OWN = "rabta"
_RATE = "bit/s"

METRICS = {
    Probe.LINK: "link_check_seconds",
    Probe.NEIGHBOUR: "neighbour_rtt_seconds",
    Probe.ICMP: "icmp_rtt_seconds",
    Probe.TCP: "tcp_connect_seconds",
    Probe.DNS: "dns_query_seconds",
    Probe.DNS_TCP: "dns_tcp_query_seconds",
    Probe.DOT: "dot_query_seconds",
    Probe.DOH: "doh_query_seconds",
    Probe.TLS: "tls_handshake_seconds",
    Probe.HTTP: "http_request_seconds",
    Probe.QUIC: "quic_rtt_seconds",
    Probe.QUIC_HELLO: "quic_hello_seconds",
    Probe.HELLO: "tls_hello_seconds",
    Probe.ECH: "ech_hello_seconds",
    Probe.PATH: "path_rtt_seconds",
    Probe.CAPTIVE: "captive_check_seconds",
    Probe.FETCH: "fetch_bits_per_second",
    Probe.THROUGHPUT: "throughput_bits_per_second",
}
_PROBES = {metric: probe for probe, metric in METRICS.items()}


def key_of(observation: Observation, services: Container[str]) -> SeriesKey:
    """Return the series of *observation*; *services* are the names of services."""
    probe, target = observation.probe, observation.target
    if probe in (Probe.LINK, Probe.NEIGHBOUR):
        entity = f"uplink/{observation.uplink}"
    elif target in services:
        entity = f"service/{target}"
    else:
        entity = f"target/{target}"
    vantage = f"uplink/{observation.uplink}/{observation.family}"
    return SeriesKey(OWN, METRICS[probe], entity, vantage, target)


def unit_of(probe: Probe) -> tuple[str, str]:
    """Return the unit of *probe*'s values and the direction in which they are worse."""
    if probe in (Probe.FETCH, Probe.THROUGHPUT):
        return _RATE, "lower"
    return "s", "higher"


def probe_of(key: SeriesKey) -> Probe:
    """Return the probe whose series *key* is."""
    return _PROBES[key.metric]


def line_of(key: SeriesKey) -> tuple[str, int]:
    """Return uplink and family of an own series."""
    uplink, _, family = key.vantage.removeprefix("uplink/").rpartition("/")
    return uplink, int(family)


@dataclass(frozen=True, slots=True)
class Row:
    """One observation without the series it belongs to."""

    time: int
    value: float | None
    failure: str | None
    address: str
    spent_bytes: int
    detail: str | None


def observation_of(key: SeriesKey, row: Row) -> Observation:
    """Put an observation together again."""
    uplink, family = line_of(key)
    return Observation(
        time=row.time,
        uplink=uplink,
        family=family,
        target=key.target,
        probe=probe_of(key),
        value=row.value,
        failure=row.failure,
        address=row.address,
        spent_bytes=row.spent_bytes,
        detail=None if row.detail is None else decode(row.detail),
    )


class _Tagged(msgspec.Struct, omit_defaults=True):
    """JSON with the type's name as its only key: readable without this program."""

    dns: DnsDetail | None = None
    tls: TlsDetail | None = None
    http: HttpDetail | None = None
    path: PathDetail | None = None
    rate: RateDetail | None = None
    link: LinkDetail | None = None


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(_Tagged)


def encode(detail: Detail) -> str:
    """Return *detail* as tagged JSON."""
    match detail:
        case DnsDetail():
            tagged = _Tagged(dns=detail)
        case TlsDetail():
            tagged = _Tagged(tls=detail)
        case HttpDetail():
            tagged = _Tagged(http=detail)
        case PathDetail():
            tagged = _Tagged(path=detail)
        case RateDetail():
            tagged = _Tagged(rate=detail)
        case LinkDetail():
            tagged = _Tagged(link=detail)
    return _encoder.encode(tagged).decode()


def decode(text: str) -> Detail | None:
    """Return the detail again; None for what this version does not understand."""
    try:
        tagged = _decoder.decode(text)
    except msgspec.MsgspecError:
        return None  # the observation itself is worth more than its detail
    return (
        tagged.dns
        or tagged.tls
        or tagged.http
        or tagged.path
        or tagged.rate
        or tagged.link
    )
