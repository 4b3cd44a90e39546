"""RIPE Atlas: results of every type and firmware as delay, loss and failures.

Fields: atlas.ripe.net/docs/apis/result-format. Firmware before 4400 writes numbers as
text; results of type http and sslcert carry errors in place of figures. The result
does not say where its probe is: the probe is the vantage, and the target the entity,
unless the user names another one.
"""

from array import array
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field

import msgspec
import numpy as np

from rabta.clock import SECOND
from rabta.sources.imported import Item, Licence, Tally, piece
from rabta.sources.records import BROKEN, Lines, why
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
    from_: str = msgspec.field(name="from", default="")


class Hop(msgspec.Struct, gc=False):
    """One hop of a traceroute."""

    result: list[Packet] | Packet | None = None


class Part(msgspec.Struct, gc=False):
    """One answer of a set of DNS answers."""

    result: Packet | str | None = None
    rt: Number = None


class Result(msgspec.Struct, gc=False):
    """The fields all types and firmwares share; figures are decoded by type.

    Most of a traceroute is hops on the way, of which nothing is used here.
    """

    type: str = ""
    prb_id: int = 0
    msm_id: int = 0
    timestamp: int = 0
    dst_name: object = None
    dst_addr: object = None
    uri: object = None
    src_addr: object = None
    af: object = None
    min: Number = None
    sent: Number = None
    rcvd: Number = None
    rt: Number = None
    result: msgspec.Raw = msgspec.Raw(b"")
    resultset: msgspec.Raw = msgspec.Raw(b"")
    time: int = 0


_METRICS = {
    "ping": "ping_rtt_seconds",
    "traceroute": "traceroute_rtt_seconds",
    "dns": "dns_query_seconds",
    "ntp": "ntp_rtt_seconds",
    "sslcert": "tls_handshake_seconds",
    "http": "http_request_seconds",
}
_ABSURD = 1e9  # milliseconds
_HELD = 400_000  # records gathered before their series are handed on


@dataclass(slots=True)
class Cells:
    """What one probe measured of one target: delays, and what share was lost."""

    times: "array[int]" = field(default_factory=lambda: array("q"))
    delays: "array[float]" = field(default_factory=lambda: array("d"))
    asked: "array[int]" = field(default_factory=lambda: array("q"))
    lost: "array[float]" = field(default_factory=lambda: array("d"))


Columns = dict[tuple[str, str, int, int, str], Cells]
"""By type, target, probe, measurement and family."""


def read(stream: Stream, tally: Tally, about: str) -> Iterator[Item]:
    """Read results, JSON Lines or an array, as delay and failure per probe."""
    decoder = Lines(Result)
    columns: Columns = {}
    held = 0
    for records in decoder.records(stream, tally):
        kept = 0
        for offset, one in records:
            kept += _add(one, offset, columns, tally)
        tally.keep(kept)
        held += kept
        if held > _HELD:
            yield from _pieces(columns, about)
            columns, held = {}, 0
    yield from _pieces(columns, about)


def _add(one: Result, offset: int, into: Columns, tally: Tally) -> bool:
    """Add a result to what its probe measured, or put it aside."""
    kind = one.type or ("dns" if memoryview(one.resultset) else "")
    measure = _MEASURE.get(kind)
    if measure is None:
        if kind in ("wifi", "connection", "uptime"):
            tally.skip()
        else:
            tally.put_aside(f"an unknown type of result: {kind[:20]!r}", offset)
        return False
    time = (one.timestamp or one.time) * SECOND
    if not one.prb_id or not tally.plausible(time):
        reason = "a time that cannot be" if one.prb_id else "no probe is named"
        tally.put_aside(reason, offset, f"probe {one.prb_id} at {one.timestamp}")
        return False
    try:
        values, loss = measure(one)
    except BROKEN as error:
        tally.put_aside(why(error), offset, bytes(one.result))
        return False
    name = one.dst_name
    target = name if type(name) is str and name else _target(one)
    key = (kind, target, one.prb_id, one.msm_id, _family(one))
    cells = into.get(key)
    if cells is None:
        cells = into[key] = Cells()
    if values:
        cells.times.append(time)
        cells.delays.append(min(values) / 1000)
    cells.asked.append(time)
    cells.lost.append(loss)
    return True


def _family(one: Result) -> str:
    """Return 4 or 6, as firmware before 4610 tells by the address alone; or nothing."""
    if one.af in (4, 6, "4", "6"):
        return str(one.af)
    address = one.dst_addr
    if isinstance(address, str) and address:
        return "6" if ":" in address else "4"
    return ""


def _target(one: Result) -> str:
    for value in (one.dst_addr, one.uri):
        if isinstance(value, str) and value:
            return value
    if one.type == "http" and isinstance(one.src_addr, str) and " " in one.src_addr:
        return one.src_addr.split()[1]  # firmware 1: "GET4 ADDRESS SECONDS STATUS …"
    return f"msm-{one.msm_id}"


def _pieces(columns: Columns, about: str) -> Iterator[Item]:
    for (kind, target, probe, measurement, family), cells in columns.items():
        series = [f"target/{target[:200]}"] if about else []
        series += [f"measurement/{measurement}"] if measurement else []
        series += [f"af/{family}"] if family else []
        entity = about or f"target/{target[:200]}"
        for metric, unit, times, values in (
            (_METRICS[kind], "s", cells.times, cells.delays),
            (f"{kind}_loss_ratio", "1", cells.asked, cells.lost),
        ):
            if times:
                yield piece(
                    "atlas",
                    metric,
                    entity,
                    np.frombuffer(times, dtype=np.int64),
                    np.frombuffer(values, dtype=np.float64),
                    unit=unit,
                    worse="higher",
                    vantage=f"atlas-probe/{probe}",
                    target=" ".join(series),
                )


def number(value: Number) -> float | None:
    """Read a number that old firmware wrote as text; negative means none."""
    if type(value) is not float:
        if value is None:
            return None
        try:
            value = float(value)
        except ValueError:
            return None
    return value if 0 <= value < _ABSURD else None


_LIST = msgspec.json.Decoder(list[Packet])
_ONE = msgspec.json.Decoder(Packet)
_HOPS = msgspec.json.Decoder(list[msgspec.Raw])
_HOP = msgspec.json.Decoder(Hop)
_HOP_BEGINS = b'{"hop"'
_SET = msgspec.json.Decoder(list[Part])


def _packets(raw: msgspec.Raw) -> list[Packet]:
    """Decode a list of answers, or a single one; old firmware writes text, or none."""
    start = bytes(memoryview(raw)[:1])
    if start == b"[":
        return _LIST.decode(raw)
    return [_ONE.decode(raw)] if start == b"{" else []


def _of(packets: list[Packet]) -> tuple[list[float], float]:
    """Return the delays in milliseconds and the share of packets without one."""
    found = []
    for packet in packets:
        value = packet.rtt if packet.rt is None else packet.rt
        if type(value) is not float:
            value = number(value)
        if value is not None and 0 <= value < _ABSURD:
            found.append(value)
    return found, 1 - len(found) / len(packets) if packets else 1.0


def _ping(one: Result) -> tuple[list[float], float]:
    values, lost = _of(_packets(one.result))
    if not values:
        values = _known(one.min)
    sent, received = number(one.sent), number(one.rcvd)
    if sent and received is not None:
        lost = max(0.0, 1 - received / sent)
    return values, lost


def _traceroute(one: Result) -> tuple[list[float], float]:
    """Take the last hop, and only if it is the target that answered."""
    answers = _last(bytes(one.result)).result
    packets = [answers] if isinstance(answers, Packet) else answers or []
    reached = [packet for packet in packets if packet.from_ == one.dst_addr]
    values, _ = _of(reached)
    return values, 0.0 if values else 1.0


def _last(hops: bytes) -> Hop:
    """Decode the last of a list of hops; the others are sound JSON, and not looked at.

    As a list is written now, that is what follows the last beginning of a hop.
    """
    begin = hops.rfind(_HOP_BEGINS)
    if begin > 0 and hops[-1:] == b"]":
        with suppress(*BROKEN):  # something else begins so
            return _HOP.decode(memoryview(hops)[begin:-1])
    found = _HOPS.decode(hops) if hops[:1] == b"[" else []
    return _HOP.decode(found[-1]) if found else Hop()


def _dns(one: Result) -> tuple[list[float], float]:
    if bytes(memoryview(one.resultset)[:1]) != b"[":
        values = _of(_packets(one.result))[0] or _known(one.rt)
        return values[:1], float(not values)
    parts = _SET.decode(one.resultset)
    found: list[float] = []
    for part in parts:
        answer = [part.result] if isinstance(part.result, Packet) else []
        found += (_of(answer)[0] or _known(part.rt))[:1]
    return found, 1 - len(found) / len(parts) if parts else 1.0


def _known(value: Number) -> list[float]:
    found = number(value)
    return [] if found is None else [found]


def _attempts(one: Result) -> tuple[list[float], float]:
    packets = _packets(one.result)
    values, lost = _of(packets)
    if not values:
        values = _known(one.rt)
    if not values and isinstance(one.src_addr, str):
        words = one.src_addr.split()
        if len(words) > 3 and (seconds := number(words[2])) is not None:
            values = [seconds * 1000]
    return values, lost if packets and values else float(not values)


def _ntp(one: Result) -> tuple[list[float], float]:
    values, lost = _of(_packets(one.result))
    return [value * 1000 for value in values], lost  # NTP alone is in seconds


_MEASURE = {
    "ping": _ping,
    "traceroute": _traceroute,
    "dns": _dns,
    "ntp": _ntp,
    "sslcert": _attempts,
    "http": _attempts,
}
