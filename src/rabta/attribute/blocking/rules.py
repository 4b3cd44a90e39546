"""The rules: what one step of a trial says, first match wins in each layer.

Each is one row: a stable id, when it applies, how much it speaks for blocked, for
down and for fine, and the mechanism in OONI's taxonomy v1. The shares follow OONI's
analysis rules v2 and the order of Web Connectivity 0.5; where those accuse on thin
grounds (an unmatched answer, a page that the server itself refuses) these do not.
A row of zeros says nothing: what it stands for is judged elsewhere, or by nobody.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from rabta.attribute.blocking import conditions as c
from rabta.attribute.blocking.sight import broken_ipv6, confirmed, tried_beyond
from rabta.model.trial import Lookup, Score, Step, Trial


T = TypeVar("T", Lookup, Step)


@dataclass(frozen=True, slots=True)
class Rule(Generic[T]):
    """One row of a layer's table."""

    id: str
    when: Callable[[Trial, T], bool]
    blocked: float
    down: float
    ok: float
    mechanism: str | Callable[[T], str] = ""


def judge(rules: tuple[Rule[T], ...], trial: Trial, one: T) -> Score | None:
    """Return what the first rule that applies says; None when *one* says nothing."""
    for rule in rules:
        if rule.when(trial, one):
            if not rule.blocked + rule.down + rule.ok:
                return None
            about = one.address if isinstance(one, Step) else one.host
            named = rule.mechanism
            mechanism = named if isinstance(named, str) else named(one)
            return Score(rule.id, rule.blocked, rule.down, rule.ok, mechanism, about)
    return None


_OTHER: Final = "dns.injection.other"
_BY_NAME: Final = "quic.timeout.sni"

# fmt: off
NAMES: Final[tuple[Rule[Lookup], ...]] = (
    Rule("dns.blockpage", c.notice_there, 1.0, 0.0, 0.0, "dns.injection.blockpage"),
    Rule("dns.other-page", c.leads_to_other_page, 0.75, 0.0, 0.25, _OTHER),
    Rule("dns.certificate-valid", confirmed, 0.0, 0.0, 1.0),
    Rule("dns.bogon-everywhere", c.bogon_everywhere, 0.1, 0.9, 0.0),
    Rule("dns.bogon", c.bogon, 0.95, 0.05, 0.0, "dns.injection.bogon"),
    Rule("dns.bogon-no-control", c.bogon_alone, 0.4, 0.4, 0.2),
    Rule("dns.no-such-name", c.no_such_name, 0.8, 0.2, 0.0, _OTHER),
    Rule("dns.same-answer", c.same_answer, 0.0, 0.0, 0.9),
    Rule("dns.same-network", c.same_network, 0.2, 0.0, 0.8),
    Rule("dns.certificate-wrong", c.wrong_certificate_there, 0.9, 0.05, 0.05, _OTHER),
    Rule("dns.fails-everywhere", c.name_fails_everywhere, 0.1, 0.9, 0.0),
    Rule("dns.fails-control-ok", c.name_fails_here, 0.9, 0.1, 0.0, c.unnamed),
    Rule("dns.fails-no-control", c.name_fails, 0.5, 0.5, 0.0),
    Rule("dns.unmatched-fails", c.unmatched_fails, 0.75, 0.0, 0.25, _OTHER),
    Rule("dns.unmatched-works", tried_beyond, 0.1, 0.0, 0.7),
    Rule("dns.unmatched", c.compared, 0.4, 0.1, 0.5),
    Rule("dns.answered", c.always, 0.0, 0.0, 0.5),
)
"""Of the answers of the line's own resolver."""

CONNECTS: Final[tuple[Rule[Step], ...]] = (
    Rule("tcp.ok", c.works, 0.0, 0.0, 1.0),
    Rule("tcp.ipv6", broken_ipv6, 0.0, 0.0, 0.0),
    Rule("tcp.misled", c.misled_alone, 0.0, 0.0, 0.0),
    Rule("tcp.siblings-too", c.siblings_too, 0.25, 0.25, 0.0),
    Rule("tcp.only-this-address", c.only_this_address, 0.85, 0.15, 0.0, c.unconnected),
    Rule("tcp.silent-no-sibling", c.silent_alone, 0.45, 0.25, 0.3),
    Rule("tcp.fails-control-ok", c.control_ok, 0.75, 0.25, 0.0, c.unconnected),
    Rule("tcp.fails-everywhere", c.control_fails, 0.25, 0.75, 0.0),
    Rule("tcp.fails-no-control", c.always, 0.4, 0.4, 0.2),
)

HANDSHAKES: Final[tuple[Rule[Step], ...]] = (
    Rule("tls.ok", c.works, 0.0, 0.0, 1.0),
    Rule("tls.misled", c.misled_alone, 0.0, 0.0, 0.0),
    Rule("tls.ipv6", broken_ipv6, 0.0, 0.0, 0.0),
    Rule("tls.out-of-date", c.out_of_date, 0.2, 0.3, 0.3),
    Rule("tls.name-alone-fails", c.name_alone_fails, 0.95, 0.05, 0.0, c.unshaken),
    Rule("tls.certificate", c.wrong_certificate, 0.9, 0.1, 0.0, c.unshaken),
    Rule("tls.cut-control-ok", c.cut, 0.8, 0.2, 0.0, c.unshaken),
    Rule("tls.any-name-times-out", c.any_name_times_out, 0.3, 0.3, 0.0),
    Rule("tls.fails-control-ok", c.control_ok, 0.7, 0.3, 0.0, c.unshaken),
    Rule("tls.fails-everywhere", c.control_fails, 0.2, 0.8, 0.0),
    Rule("tls.helper-follows", c.helper_follows, 0.6, 0.3, 0.1, c.unshaken),
    Rule("tls.helper-passes", c.helper_passes, 0.2, 0.4, 0.4),
    Rule("tls.fails-no-control", c.always, 0.4, 0.4, 0.2),
)

DATAGRAMS: Final[tuple[Rule[Step], ...]] = (
    Rule("quic.ok", c.works, 0.0, 0.0, 1.0),
    Rule("quic.misled", c.misled, 0.0, 0.0, 0.0),
    Rule("quic.fails-control-ok", c.control_ok, 0.7, 0.2, 0.1, "quic.timeout"),
    Rule("quic.fails-no-control", c.always, 0.2, 0.4, 0.4),
)
"""QUIC has no place in OONI's taxonomy v1; its name here follows the others."""

INITIALS: Final[tuple[Rule[Step], ...]] = (
    Rule("quic.name-ok", c.works, 0.0, 0.0, 1.0),
    Rule("quic.name-misled", c.misled, 0.0, 0.0, 0.0),
    Rule("quic.name-alone-fails", c.other_name_passes, 0.9, 0.1, 0.0, _BY_NAME),
    Rule("quic.name-fails", c.always, 0.0, 0.0, 0.0),
)
"""Of QUIC's handshake with the service's name."""

VEILED: Final[tuple[Rule[Step], ...]] = (
    Rule("ech.ok", c.works, 0.0, 0.0, 1.0),
    Rule("ech.misled", c.misled, 0.0, 0.0, 0.0),
    Rule("ech.fails-anywhere", c.extension_fails_anywhere, 0.9, 0.1, 0.0, c.unveiled),
    Rule("ech.fails-here", c.extension_fails, 0.6, 0.4, 0.0, c.unveiled),
    Rule("ech.passes-elsewhere", c.fails, 0.2, 0.6, 0.2),
)
"""Of hellos with ECH: one that an unrelated server is asked in vain as well is met by
a filter; one that only this server leaves unanswered may be more than it can read."""

REQUESTS: Final[tuple[Rule[Step], ...]] = (
    Rule("http.followed", c.followed, 0.0, 0.0, 0.0),
    Rule("http.blockpage", c.notice, 1.0, 0.0, 0.0, "http.blockpage"),
    Rule("http.whole-over-tls", c.whole, 0.0, 0.0, 1.0),
    Rule("http.misled", c.misled, 0.0, 0.0, 0.0),
    Rule("http.stalled-so-far", c.stalled_so_far, 0.3, 0.2, 0.3),
    Rule("http.stalled", c.stalled, 0.6, 0.1, 0.3, c.slowness),
    Rule("http.leads-nowhere", c.leads_nowhere, 0.1, 0.9, 0.0),
    Rule("http.certificate", c.any_certificate, 0.0, 0.0, 0.0),
    Rule("http.cut-control-ok", c.cut_here, 0.8, 0.2, 0.0, c.unanswered),
    Rule("http.fails-control-ok", c.fails_here, 0.7, 0.3, 0.0, c.unanswered),
    Rule("http.fails-everywhere", c.fails_everywhere, 0.2, 0.8, 0.0),
    Rule("http.fails-no-control", c.fails, 0.4, 0.4, 0.2),
    Rule("http.like-control", c.like_control, 0.0, 0.0, 1.0),
    Rule("http.refused-by-server", c.refused_by_server, 0.1, 0.2, 0.7),
    Rule("http.led-away", c.led_away, 0.8, 0.05, 0.15, "http.redirect"),
    Rule("http.differs", c.differs, 0.8, 0.05, 0.15, c.instead),
    Rule("http.answered", c.always, 0.05, 0.15, 0.8),
)
# fmt: on
