"""RIPE Atlas: results of every type and firmware as delay, loss and failures.

Fields: atlas.ripe.net/docs/apis/result-format. Firmware before 4400 writes numbers as
text; results of type http and sslcert carry errors in place of figures. The result
does not say where its probe is: the probe is the vantage, and the target the entity,
unless the user names another one.
"""

from collections import defaultdict
from collections.abc import Iterator

import msgspec

from rabta.clock import SECOND
from rabta.sources.imported import Item, Licence, Tally, piece
from rabta.sources.records import Lines
from rabta.sources.stream import Stream


LICENCE = Licence(
    "CC BY-SA 4.0 and the service's terms",
    "RIPE NCC",
    "https://www.ripe.net/about-us/legal/ripe-atlas-service-terms-and-conditions/",
)
BASE = "https://atlas.ripe.net/api/v2"

Number = float | str | None


class Packet(msgspec.Struct, gc=False):  # no cycles, a fifth faster
    """One answer: of a ping, a hop, an NTP exchange, a TLS or an HTTP attempt."""

    rtt: Number = None
    rt: Number = None
    result: "list[Packet] | Packet | None" = None
    from_: str = msgspec.field(name="from", default="")


class Result(msgspec.Struct, gc=False):
    """The fields all types and firmwares share, and those with figures."""

    type: str = ""
    prb_id: int = 0
    msm_id: int = 0
    timestamp: int = 0
    dst_name: object = None
    dst_addr: object = None
    uri: object = None
    src_addr: object = None
    min: Number = None
    sent: Number = None
    rcvd: Number = None
    rt: Number = None
    result: list[Packet] | Packet | str | None = None
    resultset: "list[Result] | None" = None
    time: int = 0


Cells = tuple[list[int], list[float]]
Columns = dict[tuple[str, str, int], Cells]

_METRICS = {
    "ping": "ping_rtt_seconds",
    "traceroute": "traceroute_rtt_seconds",
    "dns": "dns_query_seconds",
    "ntp": "ntp_rtt_seconds",
    "sslcert": "tls_handshake_seconds",
    "http": "http_request_seconds",
}


def read(stream: Stream, tally: Tally, about: str) -> Iterator[Item]:
    """Read results, JSON Lines or an array, as delay and failure per probe."""
    decoder = Lines(Result)
    for records in decoder.records(stream, tally):
        columns: Columns = defaultdict(lambda: ([], []))
        for offset, one in records:
            _add(one, offset, columns, tally, about)
        yield from _pieces(columns)


def _add(one: Result, offset: int, into: Columns, tally: Tally, about: str) -> None:
    kind = one.type or ("dns" if one.resultset else "")
    metric = _METRICS.get(kind)
    if metric is None:
        if kind in ("wifi", "connection", "uptime"):
            tally.skip()
        else:
            tally.put_aside(f"an unknown type of result: {kind[:20]!r}", offset)
        return
    time = (one.timestamp or one.time) * SECOND
    if not one.prb_id or not tally.plausible(time):
        why = "a time that cannot be" if one.prb_id else "no probe is named"
        tally.put_aside(why, offset, f"probe {one.prb_id} at {one.timestamp}")
        return
    entity = about or f"target/{_target(one, kind)}"
    values, loss = _MEASURE[kind](one)
    tally.keep()
    if values:
        times, cells = into[metric, entity, one.prb_id]
        times.append(time)
        cells.append(min(values) / 1000)
    times, cells = into[f"{kind}_loss_ratio", entity, one.prb_id]
    times.append(time)
    cells.append(loss)


def _target(one: Result, kind: str) -> str:
    for value in (one.dst_name, one.dst_addr, one.uri):
        if isinstance(value, str) and value:
            return value[:200]
    if kind == "http" and isinstance(one.src_addr, str) and " " in one.src_addr:
        return one.src_addr.split()[1]  # firmware 1: "GET4 ADDRESS SECONDS STATUS …"
    return f"msm-{one.msm_id}"


def _pieces(columns: Columns) -> Iterator[Item]:
    for (metric, entity, probe), (times, values) in columns.items():
        yield piece(
            "atlas",
            metric,
            entity,
            times,
            values,
            unit="1" if metric.endswith("ratio") else "s",
            worse="higher",
            vantage=f"atlas-probe/{probe}",
        )


def number(value: Number) -> float | None:
    """Read a number that old firmware wrote as text; negative means none."""
    if value is None:
        return None
    try:
        found = float(value)
    except ValueError:
        return None
    return found if 0 <= found < 1e9 else None


def _delay(packet: Packet) -> float | None:
    return number(packet.rtt if packet.rt is None else packet.rt)


def _packets(one: Result) -> list[Packet]:
    if isinstance(one.result, Packet):
        return [one.result]
    return one.result if isinstance(one.result, list) else []


def _of(packets: list[Packet]) -> tuple[list[float], float]:
    """Return the delays in milliseconds and the share of packets without one."""
    found = [value for packet in packets if (value := _delay(packet)) is not None]
    lost = 1 - len(found) / len(packets) if packets else 1.0
    return found, lost


def _ping(one: Result) -> tuple[list[float], float]:
    values, lost = _of(_packets(one))
    if not values and (least := number(one.min)) is not None:
        values = [least]
    sent, received = number(one.sent), number(one.rcvd)
    if sent and received is not None:
        lost = max(0.0, 1 - received / sent)
    return values, lost


def _traceroute(one: Result) -> tuple[list[float], float]:
    """Take the last hop, and only if it is the target that answered."""
    hops = _packets(one)
    last = hops[-1] if hops else None
    answers = last.result if last is not None else None
    packets = [answers] if isinstance(answers, Packet) else answers or []
    reached = [packet for packet in packets if packet.from_ == one.dst_addr]
    values, _ = _of(reached)
    return values, 0.0 if values else 1.0


def _dns(one: Result) -> tuple[list[float], float]:
    parts = one.resultset or [one]
    found: list[float] = []
    for part in parts:
        packets = _packets(part)
        values = _of(packets)[0] or [
            value for value in (number(part.rt),) if value is not None
        ]
        found += values[:1]
    return found, 1 - len(found) / len(parts)


def _attempts(one: Result) -> tuple[list[float], float]:
    values, lost = _of(_packets(one))
    if not values and (own := number(one.rt)) is not None:
        values = [own]
    if not values and isinstance(one.src_addr, str):
        words = one.src_addr.split()
        if len(words) > 3 and (seconds := number(words[2])) is not None:
            values = [seconds * 1000]
    return values, lost if _packets(one) and values else float(not values)


def _ntp(one: Result) -> tuple[list[float], float]:
    values, lost = _of(_packets(one))
    return [value * 1000 for value in values], lost  # NTP alone is in seconds


_MEASURE = {
    "ping": _ping,
    "traceroute": _traceroute,
    "dns": _dns,
    "ntp": _ntp,
    "sslcert": _attempts,
    "http": _attempts,
}
