"""What is done to a service, and what the test has to say of it."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Case:
    """One fault of the lab."""

    fault: str
    how: dict[str, Any] = field(default_factory=dict)
    outcome: str = "blocked"
    mechanism: str = ""
    """How the first mechanism begins."""
    service: str = "code"
    both: bool = False
    """Over both networks, so that only the helper can vouch."""

    @property
    def name(self) -> str:
        how = ",".join(str(value) for value in self.how.values())
        return f"{self.fault}{f' {how}' if how else ''}{' everywhere' * self.both}"


def _everywhere(*cases: Case) -> list[Case]:
    return [
        Case(c.fault, c.how, c.outcome, c.mechanism, c.service, True) for c in cases
    ]


_ONE = (
    Case("dns-forged", {"answer": "bogon"}, mechanism="dns.injection.bogon"),
    Case("dns-forged", {"answer": "blockpage"}, mechanism="dns.injection"),
    Case("dns-forged", {"answer": "nxdomain"}, mechanism="dns.nxdomain"),
    Case("dns-forged", {"answer": "refused"}, mechanism="dns.refused"),
    Case("dns-forged", {"answer": "servfail"}, mechanism="dns.refused"),
    Case("dns-injected", {"answer": "bogon"}, mechanism="dns.injection.bogon"),
    Case(
        "dns-injected",
        {"answer": "nxdomain", "swallow": True},
        mechanism="dns.nxdomain",
    ),
    Case(
        "dns-injected",
        {"answer": "refused", "swallow": True},
        mechanism="dns.refused",
    ),
    Case("dns-injected", {"answer": "blockpage"}, mechanism="dns.injection"),
    Case("ip-blocked", {"how": "drop"}, mechanism="tcp.timeout"),
    Case("ip-blocked", {"how": "reset"}, mechanism="tcp.refused"),
    Case("ip-blocked", {"how": "prohibited"}, mechanism="ip.unreachable"),
    Case("sni-blocked", {"how": "reset"}, mechanism="tls.reset.sni"),
    Case("sni-blocked", {"how": "race"}, mechanism="tls.reset.sni"),
    Case("sni-blocked", {"how": "drop"}, mechanism="tls.timeout"),
    Case("sni-blocked", {"how": "mitm"}, mechanism="tls.mitm"),
)
_PLAIN = tuple(
    Case("http-blocked", {"service": "docs", "how": how}, mechanism=m, service="news")
    for how, m in (
        ("page", "http.blockpage"),
        ("redirect", "http.redirect"),
        ("error", "http.error"),
        ("reset", "http.reset.host"),
        ("race", "http.reset.host"),
        ("drop", "http.timeout"),
    )
)
_SLOW = (
    Case(
        "http-blocked",
        {"service": "docs", "how": "slow"},
        "undetermined",
        service="news",
    ),
)
"""An answer that stalls may be the line: without pairs nobody is accused."""
_QUIC = (
    Case("quic-blocked", mechanism="quic.timeout"),
    Case("quic-name-blocked", mechanism="quic.timeout.sni"),
)
_ECH = (
    Case("ech-blocked", {"how": "reset"}, "ok", "tls.reset.ech"),
    Case("ech-blocked", {"how": "drop"}, "ok", "tls.timeout.ech"),
)
"""The service is reached; what is named stands beside the finding."""
_FINE = (
    Case("service-down", {"how": "timeout"}, "down"),
    Case("service-down", {"how": "refused"}, "down"),
    Case("service-down", {"how": "error"}, "ok"),
    Case("service-slow", {"seconds": 3.0}, "ok"),
)
CASES = (
    *_ONE,
    *_PLAIN,
    *_SLOW,
    *_QUIC,
    *_ECH,
    *_everywhere(*_ONE),
    *_everywhere(*_PLAIN),
    *_FINE,
)
"""``error``: a service that answers 500 under its own certificate is reached."""
QUICK = tuple(case for case in _ONE if case.name == "sni-blocked reset")
