"""OONI: measurements, as archived or from the API, to hourly shares of blocking.

Fields: github.com/ooni/spec, data formats df-000 and ts-017 and following. The share
is of measurements that show signs of blocking; it is not a verdict: a failed control,
a site that is down or a broken probe gives no vote.
"""

from collections.abc import Iterator
from urllib.parse import urlencode, urlsplit

import msgspec
import numpy as np

from rabta.clock import SECOND
from rabta.sources.bins import Bins
from rabta.sources.imported import Item, Licence, Tally, piece
from rabta.sources.records import Lines
from rabta.sources.stream import Stream
from rabta.sources.times import micros


LICENCE = Licence(
    "CC BY-NC-SA 4.0",
    "Open Observatory of Network Interference (OONI)",
    "https://ooni.org/about/data-policy",
    commercial=False,
)
BASE = "https://api.ooni.io/api/v1"
_REMEMBERED = 400_000  # measurements, to know those told twice

Mechanism = str | None


class Target(msgspec.Struct):
    """One bridge or authority of the tor test."""

    failure: str | None = None


class Keys(msgspec.Struct):
    """What the tests conclude, and nothing of how: the rest is most of the size."""

    accessible: object = None
    blocking: object = None
    control_failure: object = None
    telegram_tcp_blocking: bool | None = None
    telegram_http_blocking: bool | None = None
    telegram_web_status: str | None = None
    whatsapp_endpoints_status: str | None = None
    whatsapp_web_status: str | None = None
    registration_server_status: str | None = None
    facebook_tcp_blocking: bool | None = None
    facebook_dns_blocking: bool | None = None
    signal_backend_status: str | None = None
    targets: dict[str, Target] | None = None
    dir_port_accessible: int | None = None
    or_port_dirauth_accessible: int | None = None
    obfs4_accessible: int | None = None
    obfs4_total: int | None = None
    success: bool | None = None
    bootstrap_time: float | None = None
    tampering: object = None


class Measurement(msgspec.Struct):
    """One measurement, of the archive (test keys) or of the API's list (anomaly)."""

    test_name: str
    probe_cc: str
    measurement_start_time: str
    probe_asn: object = None
    input: object = None
    report_id: str | None = None
    measurement_uid: str | None = None
    test_keys: Keys | None = None
    anomaly: bool | None = None
    confirmed: bool | None = None
    failure: object = None


class Paging(msgspec.Struct, frozen=True):
    """Where the next page is."""

    next_url: str | None = None


class Listed(msgspec.Struct):
    """One page of ``/api/v1/measurements``."""

    results: list[msgspec.Raw]
    metadata: Paging = Paging()


def web(keys: Keys) -> Mechanism:
    """Judge web_connectivity: '' for fine, a mechanism, None for no vote."""
    if isinstance(keys.blocking, str) and keys.blocking:
        return keys.blocking
    if keys.blocking is False and keys.accessible is True:
        return ""
    return None


def _worst(*statuses: str | bool | None) -> Mechanism:
    if "blocked" in statuses or True in statuses:
        return "blocked"
    return "" if any(one is not None for one in statuses) else None


def _tor(keys: Keys) -> Mechanism:
    """Blocked when no target of several can be reached; one alone says nothing."""
    if keys.targets is None or len(keys.targets) < 2:
        return None
    failed = sum(one.failure is not None for one in keys.targets.values())
    return "blocked" if failed == len(keys.targets) else ""


def _plain(keys: Keys) -> Mechanism:
    return None if keys.success is None else "" if keys.success else "blocked"


JUDGES = {
    "web_connectivity": web,
    "telegram": lambda k: _worst(
        k.telegram_tcp_blocking, k.telegram_http_blocking, k.telegram_web_status
    ),
    "whatsapp": lambda k: _worst(
        k.whatsapp_endpoints_status, k.registration_server_status
    ),  # not whatsapp_web_status: OONI found it wrong for years (issue 2022)
    "facebook_messenger": lambda k: _worst(
        k.facebook_tcp_blocking, k.facebook_dns_blocking
    ),
    "signal": lambda k: _worst(k.signal_backend_status),
    "tor": _tor,
    "psiphon": lambda k: None if k.bootstrap_time is None else "",
    "torsf": _plain,
}


def read(stream: Stream, tally: Tally, about: str) -> Iterator[Item]:
    """Read measurements: JSON Lines, an array, or a page of the API's list."""
    del about
    bins, seen = Bins(), Seen()
    head = stream.head(2000).lstrip()
    if head[:1] == b"{" and b'"results"' in head and b'"metadata"' in stream.head():
        _page(stream, tally, bins, seen)
    else:
        for records in Lines(Measurement).records(stream, tally):
            _add(records, tally, bins, seen)
    yield from _pieces(bins)


def _page(stream: Stream, tally: Tally, bins: Bins, seen: "Seen") -> None:
    from rabta.sources.records import convert, decode

    for part in decode(stream, Listed).results:
        one = convert(part, Measurement, tally)
        if one is not None:
            _add([(-1, one)], tally, bins, seen)


class Seen:
    """The latest few hundred thousand measurements, to tell those told twice."""

    def __init__(self) -> None:
        self._new: set[int] = set()
        self._old: set[int] = set()

    def again(self, key: object) -> bool:
        """Whether *key* was told before; remembers it."""
        code = hash(key)
        if code in self._new or code in self._old:
            return True
        self._new.add(code)
        if len(self._new) > _REMEMBERED:
            self._old, self._new = self._new, set()
        return False


def _add(
    records: list[tuple[int, Measurement]], tally: Tally, bins: Bins, seen: Seen
) -> None:
    series: list[int] = []
    times: list[int] = []
    values: list[float] = []
    for offset, one in records:
        time = micros(one.measurement_start_time)
        if time is None or not tally.plausible(time):
            text = f"{one.test_name} {one.measurement_start_time}"
            tally.put_aside("a time that cannot be", offset, text)
            continue
        if len(one.probe_cc) != 2 or not one.probe_cc.isalpha():
            tally.put_aside("no country is named", offset, one.probe_cc)
            continue
        key = one.measurement_uid or (one.report_id, one.input, time, one.test_name)
        if (one.measurement_uid or one.report_id) and seen.again(key):
            tally.records += 1
            tally.duplicates += 1
            continue
        vote = _vote(one)
        if vote is None:
            tally.skip()
            continue
        tally.keep()
        for name in _names(one, bins):
            series.append(bins.number(name))
            times.append(time)
            values.append(float(bool(vote)))
    bins.add(series, times, values)


def _vote(one: Measurement) -> Mechanism:
    if one.test_keys is not None:
        judge = JUDGES.get(one.test_name)
        return judge(one.test_keys) if judge else None
    if one.failure is True or one.anomaly is None:
        return None
    return "anomaly" if one.anomaly or one.confirmed else ""


def _names(one: Measurement, bins: Bins) -> Iterator[tuple[str, ...]]:
    country = f"country/{one.probe_cc.upper()}"
    yield one.test_name, country, "", ""
    number = str(one.probe_asn or "").upper().removeprefix("AS")
    network = f"asn/{number}" if number.isdecimal() and number != "0" else ""
    if network:
        yield one.test_name, network, country, ""
    if isinstance(one.input, str):
        try:
            host = urlsplit(one.input).hostname or ""
        except ValueError:
            host = ""
        domain = (one.test_name, country, network, host[:200])
        if host and (domain in bins.names or not bins.full):
            yield domain


def _pieces(bins: Bins) -> Iterator[Item]:
    for (test, entity, vantage, target), found in bins.series():
        yield piece(
            "ooni",
            f"{test}_blocked_ratio",
            entity,
            found.times,
            found.sums / found.counts,
            unit="1",
            worse="higher",
            vantage=vantage,
            target=target,
        )
        if not target:
            yield piece(
                "ooni",
                f"{test}_measurements_per_hour",
                entity,
                found.times,
                np.asarray(found.counts),
                unit="measurements",
                worse="lower",
                vantage=vantage,
            )


def pages(base: str, entity: str, start: int, stop: int) -> list[str]:
    """Return the address of the first page of measurements of a country or AS.

    Raises:
        KeyError: OONI knows no such kind of entity.
    """
    from datetime import UTC, datetime

    kind, _, code = entity.partition("/")
    name = {"country": "probe_cc", "asn": "probe_asn"}[kind]
    form = "%Y-%m-%dT%H:%M:%SZ"
    query = {
        name: code if kind == "country" else f"AS{code}",
        "since": datetime.fromtimestamp(start / SECOND, UTC).strftime(form),
        "until": datetime.fromtimestamp(stop / SECOND, UTC).strftime(form),
        "order_by": "measurement_start_time",
        "order": "asc",
        "limit": "1000",
    }
    return [f"{base}/measurements?{urlencode(query)}"]


def following(url: str, body: bytes) -> list[str]:
    """Return the address of the next page, if there is one."""
    del url
    try:
        after = msgspec.json.decode(body, type=Listed).metadata.next_url
    except (msgspec.MsgspecError, RecursionError):
        return []
    return [after] if after else []
