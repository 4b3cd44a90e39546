"""A service's name: did the line's own resolver tell the truth about it?"""

from typing import Final

from rabta import failure
from rabta.attribute.attempt import ENOUGH, Attempt
from rabta.attribute.blocking.sight import prefix
from rabta.attribute.line import Answers
from rabta.model import DnsDetail, Observation, Probe, State


_DENIED: Final = {
    failure.DNS_NXDOMAIN: "nxdomain",
    failure.DNS_NO_ANSWER: "nxdomain",
    failure.DNS_REFUSED: "nxdomain",
    failure.DNS_BOGON: "bogon",
    failure.GENERIC_TIMEOUT: "silent",
    failure.DNS_SERVFAIL: "silent",
}
_EARLY: Final = 0.5
"""An answer in less than this share of the path's RTT was made on the way."""


class Names:
    """Answers for one service's name, by whom they came from."""

    def __init__(self) -> None:
        self.own = Attempt()
        self.trusted = Attempt()
        self.public = Attempt()
        self.non_resolver = Attempt()
        self._signs: set[tuple[str, str]] = set()
        """What was wrong with the latest answer, by whom was asked."""

    def take(self, role: str, seen: Observation, path_rtt: float | None) -> None:
        """Take in one answer; *path_rtt* is the usual RTT to whom was asked."""
        attempt = {
            "trusted-dns": self.trusted,
            "public-dns": self.public,
            "non-resolver": self.non_resolver,
        }.get(role, self.own)
        attempt.take(seen)
        detail = seen.detail
        answers = detail.answers if isinstance(detail, DnsDetail) else ()
        attempt.answers = answers
        if not isinstance(detail, DnsDetail) or seen.probe is not Probe.DNS:
            return
        early = (
            path_rtt is not None
            and detail.first_after is not None
            and detail.first_after < _EARLY * path_rtt
        )
        signs = {"second": bool(detail.second), "early": early and role == "public-dns"}
        for sign, seen_now in signs.items():
            if seen_now:
                self._signs.add((role, sign))
            else:
                self._signs.discard((role, sign))

    def judge(
        self, used: str, *, wrong_certificate: bool, site: State = State.DOWN
    ) -> Answers:
        """Compare; *used* is the address the service was last probed at.

        Different answers are normal (content networks answer by place), so they count
        as wrong only where the certificate shown there is wrong too. *site* tells
        whether private addresses are those of the site itself; UNKNOWN accuses nobody.
        """
        trusted = State.UNKNOWN
        if self.trusted.last:
            trusted = State.DOWN if self.trusted.failing else State.UP
        if site is not State.DOWN:
            return Answers(site, "", trusted)
        if trusted is not State.UP:
            return Answers(trusted=trusted)
        kind = ""
        if self.own.failing:
            kind = _DENIED.get(self.own.failure or "", "")
            if self.own.streak < ENOUGH:
                return Answers(State.UNKNOWN, "", trusted)
        elif wrong_certificate:
            told = self.own.answers or ((used,) if used else ())
            if told and not _overlap(told, self.trusted.answers):
                kind = "mismatch"
        if not kind:
            state = State.UP if self.own.last else State.UNKNOWN
            return Answers(state, "", trusted)
        return Answers(State.DOWN, kind, trusted, self._on_path(kind))

    def _on_path(self, kind: str) -> str:
        if self.non_resolver.last and not self.non_resolver.failing:
            return "non-resolver"
        if self.non_resolver.failure in (failure.DNS_NXDOMAIN, failure.DNS_BOGON):
            return "non-resolver"
        for sign in ("second", "early"):
            if any(sign == one for _, one in self._signs):
                return sign
        same = (
            _overlap(self.public.answers, self.own.answers)
            and not _overlap(self.public.answers, self.trusted.answers)
            if kind == "mismatch"
            else kind != "silent"
            and self.public.failing
            and self.public.failure == self.own.failure
        )
        return "public" if self.public.last and same else ""


def _overlap(first: tuple[str, ...], second: tuple[str, ...]) -> bool:
    """Whether two answers share an address or a network (/16, or /32 for IPv6)."""
    return not {prefix(a) for a in first}.isdisjoint(prefix(a) for a in second)
