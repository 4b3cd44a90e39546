"""The record of one kind of probe of a service or a control: how it went lately."""

from urllib.parse import urlsplit

from rabta import failure
from rabta.attribute.blocking.pages import PHRASES, elsewhere
from rabta.attribute.blocking.sight import CUT, certificate
from rabta.attribute.reach import SILENT
from rabta.model import HttpDetail, Observation, Probe, TlsDetail


ENOUGH = 3
"""Failures in a row before a service is called failing."""

_STAGE_OF = {
    Probe.DNS: "dns",
    Probe.DNS_TCP: "dns",
    Probe.TCP: "tcp",
    Probe.ICMP: "tcp",
    Probe.TLS: "tls",
    Probe.HTTP: "http",
    Probe.FETCH: "http",
}
_STAGE_OF_PHASE = {
    "resolve": "dns",
    "connect": "tcp",
    "tls": "tls",
    "processing": "http",
    "transfer": "http",
}


def unreached(name: str | None) -> bool:
    """Whether this failure means that nobody answered at all."""
    return name in SILENT


def handshake_passed(name: str | None) -> bool:
    """Whether a handshake with a deliberately wrong name got through to the server.

    The server's own certificate, or its refusal to know the name, is an answer.
    """
    return name is None or name.startswith("ssl_")


def interference(name: str) -> str:
    """Group a failure by how a middlebox would cause it; empty for none of these."""
    if name in CUT:
        return "reset"
    if certificate(name):
        return "certificate"
    return "timeout" if name == failure.GENERIC_TIMEOUT else ""


class Attempt:
    """Latest outcome, the run of failures it ends, and when it last worked."""

    __slots__ = (
        "address",
        "answers",
        "failure",
        "first",
        "last",
        "last_ok",
        "sign",
        "stage",
        "status",
        "streak",
        "value",
    )

    def __init__(self) -> None:
        self.failure: str | None = None
        self.stage = ""
        self.sign = ""
        """``blockpage`` or ``redirect`` for a page that is not the service's."""
        self.status = 0
        self.streak = 0
        self.first = 0
        """Time of the first failure of the run, microseconds UTC."""
        self.last = 0
        self.last_ok = 0
        self.value: float | None = None
        self.address = ""
        self.answers: tuple[str, ...] = ()

    def take(self, seen: Observation) -> None:
        """Take in one observation."""
        self.last = seen.time
        self.address = seen.address
        self.sign = ""
        self.status = 0
        stage = _STAGE_OF.get(seen.probe, "")
        detail = seen.detail
        if isinstance(detail, HttpDetail):
            self.status = detail.status
            stage = _STAGE_OF_PHASE.get(detail.failed_in, stage)
            self.sign = _sign(detail)
        elif isinstance(detail, TlsDetail):
            stage = "tcp" if detail.failed_in == "connect" else stage
        if seen.failure is None and not self.sign and self.status < 500:
            self.failure = None
            self.streak = self.first = 0
            self.last_ok = seen.time
            self.value = seen.value
            return
        if not self.streak or stage != self.stage:
            self.streak = 0
            self.first = seen.time
        self.streak += 1
        self.stage = stage
        self.failure = seen.failure or ""

    @property
    def failing(self) -> bool:
        """Whether the latest try failed."""
        return self.streak > 0

    @property
    def settled(self) -> bool:
        """Whether it failed often enough to be believed."""
        return self.streak >= ENOUGH


def _sign(page: HttpDetail) -> str:
    """Recognise a page or a redirect that is not the service's own, in plain HTTP."""
    asked = urlsplit(page.url)
    if asked.scheme != "http":
        return ""
    said = f"{page.title} {page.location}".lower()
    if page.status == 451 or any(sign in said for sign in PHRASES):
        return "blockpage"
    return "redirect" if elsewhere(page.location, asked.hostname or "") else ""
