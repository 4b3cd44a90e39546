"""OONI's web_connectivity: what was measured, and what its control saw, as a trial.

Fields: github.com/ooni/spec, ts-017 and the data formats df-001 to df-006. A body is
looked at as text and never kept; headers are kept by name.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

import msgspec

from rabta.model import State
from rabta.model.trial import Layer, Lookup, Page, Step, Trial, Who


_HEAD = 2000  # characters of a body that are looked at
_CUT = 2**18  # a body this long was cut by the probe itself
_TITLE = re.compile(r"<title[^>]*>(.{0,200}?)</title", re.IGNORECASE | re.DOTALL)
_ALIASES = {
    "dns_name_error": "dns_nxdomain_error",
    "dns_lookup_error": "dns_nxdomain_error",
    "connection_refused_error": "connection_refused",
    "connection_reset_error": "connection_reset",
    "tcp_timed_out_error": "generic_timeout_error",
    "android_dns_cache_no_data": "dns_no_answer",
    "dns_no_such_host": "dns_nxdomain_error",
}
"""Older and the test helper's names of the same failures (df-007)."""
_NO_SUCH_NAME = frozenset({"dns_nxdomain_error"})


class Answer(msgspec.Struct):
    """One record of an answer."""

    ipv4: str | None = None
    ipv6: str | None = None
    asn: int | None = None


class Query(msgspec.Struct):
    """One question (df-002)."""

    hostname: str | None = None
    engine: str | None = None
    query_type: str | None = None
    failure: str | None = None
    answers: list[Answer] | None = None


class Status(msgspec.Struct):
    """How a connection went."""

    failure: object = None
    success: bool | None = None


class Connect(msgspec.Struct):
    """One TCP connection (df-005)."""

    ip: str = ""
    port: int = 0
    status: Status = msgspec.field(default_factory=Status)


class Handshake(msgspec.Struct):
    """One TLS handshake (df-006)."""

    address: str | None = None
    server_name: str | None = None
    failure: str | None = None


class Asked(msgspec.Struct):
    """What was asked for."""

    url: str | None = None


class Reply(msgspec.Struct):
    """What came back; the body as it stands in the file."""

    code: int | None = None
    body: msgspec.Raw = msgspec.Raw(b"null")
    body_is_truncated: bool | None = None
    headers: dict[str, object] | None = None


class Request(msgspec.Struct):
    """One request (df-001)."""

    failure: str | None = None
    address: str | None = None
    request: Asked = msgspec.field(default_factory=Asked)
    response: Reply = msgspec.field(default_factory=Reply)


class ControlNames(msgspec.Struct):
    """What the control resolved."""

    failure: str | None = None
    addrs: list[str] | None = None


class ControlStep(msgspec.Struct):
    """How the control fared at one address."""

    status: bool | None = None
    failure: str | None = None


class ControlPage(msgspec.Struct):
    """What the control was given."""

    failure: str | None = None
    body_length: int | None = None
    title: str | None = None
    headers: dict[str, object] | None = None
    status_code: int | None = None


class Place(msgspec.Struct):
    """Where an address is."""

    asn: int | None = None


class Control(msgspec.Struct):
    """What the test helper saw, from a network that does not interfere."""

    dns: ControlNames = msgspec.field(default_factory=ControlNames)
    tcp_connect: dict[str, ControlStep] | None = None
    tls_handshake: dict[str, ControlStep] | None = None
    http_request: ControlPage = msgspec.field(default_factory=ControlPage)
    ip_info: dict[str, Place] | None = None


class WebKeys(msgspec.Struct):
    """The part of the test keys that was observed rather than concluded."""

    queries: list[Query] | None = None
    tcp_connect: list[Connect] | None = None
    tls_handshakes: list[Handshake] | None = None
    requests: list[Request] | None = None
    control: Control | None = None
    control_failure: str | None = None


def trial(url: str, keys: WebKeys) -> Trial | None:
    """Return the trial; None where nothing observed is told."""
    asked = urlsplit(url)
    host = _ascii(asked.hostname or "")
    if not host or not (keys.queries or keys.tcp_connect or keys.requests):
        return None
    control = keys.control if not keys.control_failure else None
    control = control or Control()
    places = control.ip_info or {}
    names = _names(control, told=keys.control is not None and not keys.control_failure)
    known = tuple(control.dns.addrs or ())
    reached = _reached(control)
    lookups = tuple(_lookups(keys.queries or (), places))
    hosts = {a: one.host for one in lookups for a in one.addresses}
    hops = reached if reached is State.UP else State.UNKNOWN
    there = _There(host, control, hosts, hops)
    return Trial(
        host=host,
        secure=asked.scheme == "https",
        lookups=lookups,
        steps=(
            *_connects(keys.tcp_connect or (), there),
            *_handshakes(keys.tls_handshakes or (), there),
            *_requests(keys.requests or (), reached),
        ),
        named=names,
        unknown_name=_named(control.dns.failure) in _NO_SUCH_NAME,
        addresses=known,
        networks=tuple(p.asn for a in known if (p := places.get(a)) and p.asn),
        page=_control_page(control.http_request),
        reached=reached,
    )


def _ascii(host: str) -> str:
    try:
        return host if host.isascii() else host.encode("idna").decode()
    except UnicodeError:
        return host


def _named(failure: object) -> str:
    """Return OONI's name of a failure, of today; "" for none."""
    if failure in (None, "", False):
        return ""
    text = str(failure)
    return _ALIASES.get(text, text)


def _names(control: Control, *, told: bool) -> State:
    if not told:
        return State.UNKNOWN
    if control.dns.addrs:
        return State.UP
    return State.DOWN


def _reached(control: Control) -> State:
    page = control.http_request
    if page.failure is None and (page.status_code or -1) > 0:
        return State.UP
    return State.DOWN if page.failure else State.UNKNOWN


def _lookups(queries: Iterable[Query], places: dict[str, Place]) -> Iterable[Lookup]:
    """Return what the system's resolver said of each name, both families together."""
    found: dict[str, list[Query]] = {}
    for one in queries:
        if one.hostname and (one.engine or "system") in ("system", "getaddrinfo"):
            found.setdefault(_ascii(one.hostname), []).append(one)
    for host, some in found.items():
        records = [a for one in some for a in one.answers or ()]
        pairs = {a.ipv4 or a.ipv6 or "": a.asn for a in records}
        pairs.pop("", None)
        failures = [_named(one.failure) for one in some if one.failure]
        yield Lookup(
            host,
            Who.OWN,
            "" if pairs else failures[0] if failures else "dns_no_answer",
            tuple(pairs),
            tuple(
                asn or (places[a].asn if a in places else None) or 0
                for a, asn in pairs.items()
            ),
        )


@dataclass(frozen=True, slots=True)
class _There:
    """What the control tells of single steps."""

    host: str
    control: Control
    hosts: dict[str, str]
    """Whose an address is, by the answers."""
    hops: State
    """How the control fared at hosts beyond the first: it tells of the end only."""

    def state(
        self, steps: dict[str, ControlStep] | None, endpoint: str, host: str
    ) -> State:
        seen = (steps or {}).get(endpoint)
        if seen is not None:
            return State.DOWN if seen.failure or seen.status is False else State.UP
        return State.UNKNOWN if host == self.host else self.hops


def _connects(connects: Iterable[Connect], there: _There) -> Iterable[Step]:
    for one in connects:
        endpoint = f"[{one.ip}]:{one.port}" if ":" in one.ip else f"{one.ip}:{one.port}"
        failed = _named(one.status.failure)
        if not failed and one.status.success is False:
            failed = "unknown_failure"
        host = there.hosts.get(one.ip, there.host)
        state = there.state(there.control.tcp_connect, endpoint, host)
        yield Step(Layer.TCP, host, one.ip, one.port, failed, state)


def _handshakes(handshakes: Iterable[Handshake], there: _There) -> Iterable[Step]:
    for one in handshakes:
        endpoint = one.address or ""
        address, port = _split(endpoint)
        host = _ascii(one.server_name or "")
        if address:
            state = there.state(there.control.tls_handshake, endpoint, host)
            yield Step(Layer.TLS, host, address, port, _named(one.failure), state)


def _requests(requests: Iterable[Request], reached: State) -> Iterable[Step]:
    for one in requests:
        url = one.request.url or ""
        parts = urlsplit(url)
        address, port = _split(one.address or "")
        yield Step(
            Layer.HTTP,
            _ascii(parts.hostname or ""),
            address,
            port,
            _named(one.failure),
            reached,
            url=url,
            page=_page(one.response) if one.response.code else None,
        )


def _split(endpoint: str) -> tuple[str, int]:
    address, _, port = endpoint.rpartition(":")
    return address.strip("[]"), int(port) if port.isdecimal() else 0


def _page(reply: Reply) -> Page:
    text = _text(reply.body)
    size = len(text.encode("utf-8", "surrogatepass"))
    found = _TITLE.search(text)
    headers = reply.headers or {}
    return Page(
        status=reply.code or 0,
        size=size,
        whole=not reply.body_is_truncated and size < _CUT,
        title=" ".join(found[1].split()) if found else "",
        location=str(
            next((v for k, v in headers.items() if k.lower() == "location"), "")
        ),
        headers=frozenset(name.lower() for name in headers),
        text=text[:_HEAD],
    )


def _text(body: msgspec.Raw) -> str:
    try:
        value = msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return ""
    if isinstance(value, dict):  # binary, in base64
        return ""
    return value if isinstance(value, str) else ""


def _control_page(page: ControlPage) -> Page | None:
    if page.failure or not page.status_code or page.status_code < 0:
        return None
    return Page(
        status=page.status_code,
        size=page.body_length if page.body_length is not None else -1,
        title=" ".join((page.title or "").split()),
        headers=frozenset(name.lower() for name in page.headers or {}),
    )
