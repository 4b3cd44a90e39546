"""OONI: measurements, as archived or from the API, as what was tried and told.

Fields: github.com/ooni/spec, data formats df-000 and ts-017 and following. What they
mean is judged by ``rabta.attribute.blocking``, which ``rabta.agent.interference``
asks.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from urllib.parse import urlencode, urlsplit

import msgspec

from rabta.clock import DAY, SECOND
from rabta.model import State
from rabta.model.trial import Concluded, Measured
from rabta.sources.imported import Licence, Tally
from rabta.sources.ooni_web import WebKeys, trial
from rabta.sources.records import Lines, convert, decode
from rabta.sources.stream import Stream
from rabta.sources.times import micros, whole_days


LICENCE = Licence(
    "CC BY-NC-SA 4.0",
    "Open Observatory of Network Interference (OONI)",
    "https://ooni.org/about/data-policy",
    commercial=False,
)
BASE = "https://api.ooni.io/api/v1"
_REMEMBERED = 120_000  # measurements, to know those told twice


class Target(msgspec.Struct):
    """One bridge or authority of the tor test."""

    failure: str | None = None


class Keys(WebKeys):
    """What was observed of the web, and what the tests of apps conclude."""

    accessible: object = None
    blocking: object = None
    telegram_tcp_blocking: bool | None = None
    telegram_http_blocking: bool | None = None
    telegram_web_status: str | None = None
    whatsapp_endpoints_status: str | None = None
    registration_server_status: str | None = None
    facebook_tcp_blocking: bool | None = None
    facebook_dns_blocking: bool | None = None
    signal_backend_status: str | None = None
    targets: dict[str, Target] | None = None
    success: bool | None = None
    bootstrap_time: float | None = None


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


_Part = Callable[[Keys], str | bool | None]
_PARTS: dict[str, dict[str, _Part]] = {
    "telegram": {
        "tcp": lambda k: k.telegram_tcp_blocking,
        "http": lambda k: k.telegram_http_blocking,
        "web": lambda k: k.telegram_web_status,
    },
    "whatsapp": {
        "endpoints": lambda k: k.whatsapp_endpoints_status,
        "registration": lambda k: k.registration_server_status,
    },
    "facebook_messenger": {
        "tcp": lambda k: k.facebook_tcp_blocking,
        "dns": lambda k: k.facebook_dns_blocking,
    },
    "signal": {"backend": lambda k: k.signal_backend_status},
    "tor": {"targets": lambda k: _none_reached(k.targets)},
    "torsf": {"bootstrap": lambda k: None if k.success is None else not k.success},
    "psiphon": {"bootstrap": lambda k: None if k.bootstrap_time is None else False},
}
"""What the tests of apps say of each part: True or ``blocked`` where it is."""


def _none_reached(targets: dict[str, Target] | None) -> bool | None:
    """Whether no target of several can be reached; one alone says nothing."""
    if targets is None or len(targets) < 2:
        return None
    return all(one.failure is not None for one in targets.values())


def concluded(test: str, keys: Keys) -> Concluded | None:
    """Return what the test of an app says of its parts; None for other tests."""
    if test not in _PARTS:
        return None
    said = {name: part(keys) for name, part in _PARTS[test].items()}
    return Concluded(
        test,
        tuple(
            (name, State.DOWN if value in (True, "blocked") else State.UP)
            for name, value in said.items()
            if value is not None
        ),
    )


def read(stream: Stream, tally: Tally, about: str) -> Iterator[Measured]:
    """Read measurements: JSON Lines, an array, or a page of the API's list."""
    yield from Measurements().read(stream, tally, about)


class Measurements:
    """Pages or files of them; a measurement told in two is counted once."""

    def __init__(self) -> None:
        self._seen = Seen()

    def read(self, stream: Stream, tally: Tally, about: str) -> Iterator[Measured]:
        """Read one: JSON Lines, an array, or a page of the API's list."""
        del about
        head = stream.head(2000).lstrip()
        if head[:1] == b"{" and b'"results"' in head and b'"metadata"' in stream.head():
            for part in tally.each("results", decode(stream, Listed).results):
                one = convert(part, Measurement, tally)
                if one is not None:
                    yield from _told([(-1, one)], tally, self._seen)
            return
        for records in Lines(Measurement).records(stream, tally):
            yield from _told(records, tally, self._seen)

    def rest(self, tally: Tally, about: str, *, whole: bool) -> Iterator[Measured]:
        """Yield nothing: every measurement speaks for itself."""
        del tally, about, whole
        yield from ()


class Seen:
    """The latest hundred thousand measurements and more, to tell those told twice."""

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


def _told(
    records: list[tuple[int, Measurement]], tally: Tally, seen: Seen
) -> Iterator[Measured]:
    for offset, one in records:
        time = micros(one.measurement_start_time)
        if time is None or not tally.plausible(time):
            text = f"{one.test_name} {one.measurement_start_time}"
            tally.put_aside("a time that cannot be", offset, text)
            continue
        if len(one.probe_cc) != 2 or not one.probe_cc.isalpha():
            tally.put_aside("no country is named", offset, one.probe_cc)
            continue
        key = one.measurement_uid or (
            one.report_id,
            str(one.input),
            time,
            one.test_name,
        )
        if (one.measurement_uid or one.report_id) and seen.again(key):
            tally.records += 1
            tally.duplicates += 1
            continue
        yield _measured(one, time)


def _measured(one: Measurement, time: int) -> Measured:
    number = str(one.probe_asn or "").upper().removeprefix("AS")
    keys = one.test_keys
    url = one.input if isinstance(one.input, str) else ""
    web = keys is not None and one.test_name == "web_connectivity"
    listed = keys is None and one.failure is not True
    return Measured(
        one.test_name,
        time,
        one.probe_cc.upper(),
        f"asn/{number}" if number.isdecimal() and number != "0" else "",
        _host(url),
        trial(url, keys) if keys is not None and web else None,
        concluded(one.test_name, keys) if keys is not None else None,
        keys.blocking if keys is not None and web else None,
        keys.accessible if keys is not None and web else None,
        _anomaly(one) if listed else None,
    )


def _anomaly(one: Measurement) -> bool | None:
    return None if one.anomaly is None else bool(one.anomaly or one.confirmed)


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "")[:200]
    except ValueError:
        return ""


def pages(base: str, entity: str, start: int, stop: int) -> list[str]:
    """Return the first page of measurements of a country or AS, of each day.

    Days are whole, for an hour or a day that was asked in part would be told as such.

    Raises:
        KeyError: OONI knows no such kind of entity.
    """
    kind, _, code = entity.partition("/")
    name = {"country": "probe_cc", "asn": "probe_asn"}[kind]
    found = []
    for begin, end in whole_days(start - start % DAY, stop + -stop % DAY):
        query = {
            name: code if kind == "country" else f"AS{code}",
            "since": _time(begin),
            "until": _time(end),
            "order_by": "measurement_start_time",
            "order": "asc",
            "limit": "1000",
        }
        found.append(f"{base}/measurements?{urlencode(query)}")
    return found


def _time(moment: int) -> str:
    return datetime.fromtimestamp(moment / SECOND, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


PAGED = "/measurements"
"""What is in the path of answers that come in pages."""


def following(url: str, body: bytes) -> list[str]:
    """Return the address of the next page, if there is one."""
    del url
    try:
        after = msgspec.json.decode(body, type=Listed).metadata.next_url
    except (msgspec.MsgspecError, RecursionError):
        return []
    return [after] if after else []
