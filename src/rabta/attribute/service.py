"""One service over one line, with the controls it is compared with."""

from collections.abc import Sequence

from rabta import failure
from rabta.attribute.attempt import (
    ENOUGH,
    Attempt,
    handshake_passed,
    interference,
    unreached,
)
from rabta.attribute.lately import MARGIN, Lately
from rabta.attribute.line import ServiceState, Want
from rabta.attribute.names import Names
from rabta.attribute.pairing import CONTROL, OWN, Pairing
from rabta.clock import MINUTE, SECOND
from rabta.config.hosts import is_of_a_site, on_link
from rabta.model import Observation, PathDetail, Probe, State, Target


_NAME_QUERIES = frozenset({Probe.DNS, Probe.DNS_TCP, Probe.DOT, Probe.DOH})
_NAME_ROLES = frozenset({"trusted-dns", "public-dns", "non-resolver"})
_HEAVY = frozenset({Probe.FETCH, Probe.THROUGHPUT})
_WHOLE = (Probe.HTTP, Probe.TLS)
"""The probes that try all of a service, the most telling first."""
_ORDER = ("dns", "tcp", "tls", "http")
_STALE_ROUNDS = 6
_PATIENCE = 30 * SECOND
_IN_FLIGHT = 10 * SECOND
_LEARNT = 6 * SECOND
"""From a question for its name to the first probe that goes where the answer leads: for
five seconds a second answer is waited for."""
_TRIES = 2
"""How often a control is asked before it counts as failing too."""


class Service:
    """What was seen of one service: its own probes, its names, its controls."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.attempts: dict[Probe, Attempt] = {}
        self.names = Names()
        self.source = ""
        """The line's own address."""
        self._served: set[str] = set()
        """Private addresses that showed a certificate valid for the name."""
        self.controls: dict[str, tuple[Target, dict[Probe, Attempt]]] = {}
        self.pairing = Pairing()
        self._path_end = ""
        self._state: ServiceState | None = None
        self._settled = (State.UNKNOWN, 0)
        self._down_since = 0
        self._lately = Lately()
        self._out = (0, 0)
        self._heard = (0, 0)
        """What was seen before the first has to be seen again; heard at the second."""
        self._last = 0
        self._asked: dict[tuple[str, Probe], int] = {}

    def set_targets(self, target: Target, controls: Sequence[Target]) -> None:
        """Follow a change of the targets; what is known of the others stays."""
        self.target = target
        self.controls = {
            c.name: (c, self.controls[c.name][1] if c.name in self.controls else {})
            for c in controls
        }
        self._state = None

    def observe(self, seen: Observation, path_rtt: float | None) -> None:
        """Take in one observation of the service or of one of its controls."""
        self._state = None
        self._last = max(self._last, seen.time)
        if seen.time >= self._asked.get((seen.target, seen.probe), 0):
            self._asked.pop((seen.target, seen.probe), None)
        own = seen.target == self.target.name
        control = None if own else self.controls.get(seen.target)
        role = control[0].role if control else ""
        if isinstance(seen.detail, PathDetail):
            self._end_of(seen.detail)
            return
        if seen.probe is Probe.FETCH and role in (OWN, CONTROL):
            self.pairing.take(seen, role)
            return
        if seen.probe in _NAME_QUERIES and (own or role in {"", *_NAME_ROLES}):
            self.names.take(role, seen, path_rtt)
        if seen.probe is Probe.HTTP and role == OWN:
            self.pairing.page(seen)
        attempts = control[1] if control else self.attempts
        if (attempt := attempts.get(seen.probe)) is None:
            attempt = attempts[seen.probe] = Attempt()
        attempt.take(seen)
        if own and seen.probe is self._telling_all:
            self._lately.take(seen.time, good=not attempt.failing)
        secure = self.target.url.startswith("https://")
        served = own and secure and seen.ok and seen.probe in _WHOLE
        if served and is_of_a_site(seen.address):
            self._served.add(seen.address)

    def excuse(self, since: int, now: int) -> None:
        """Hear that the line is not in order, *since* when; it explains what fails."""
        if self._lately.pass_over(since - MARGIN, now + MARGIN):
            self._state = None

    def _end_of(self, path: PathDetail) -> None:
        answered = [hop.address for hop in path.hops if hop.address]
        self._path_end = answered[-1] if answered and not path.reached else ""

    def state(self, now: int) -> ServiceState:
        """Sum up; the same object until something new is seen."""
        if now - self._last > _STALE_ROUNDS * self.target.interval * SECOND:
            return ServiceState(self.target.name)
        if self._state is None:
            self._state = self._sum_up(now)
        return self._state

    def _sum_up(self, now: int) -> ServiceState:
        attempts = self._telling
        failing = [a for a in attempts.values() if a.failing]
        failing.sort(key=lambda a: _ORDER.index(a.stage) if a.stage in _ORDER else 9)
        worst = next((a for a in failing if a.settled), failing[0] if failing else None)
        worked = [a for a in attempts.values() if a.last_ok and not a.failing]
        state = self._settled[0]
        if worst is not None and worst.settled:
            state = State.DOWN
        elif worst is None and worked:
            state = State.DEGRADED if self.pairing.slow else State.UP
        since = self._failing_since
        if state is State.DOWN:
            since = self._down_since = min(since, self._down_since or since)
            self._lately.pass_over(since, now)
        elif self._down_since:
            self._out = (self._down_since, now)
            self._down_since = 0
        if state is not self._settled[0]:
            self._settled = (state, now)
        whole = next((a for p in _WHOLE if (a := self.attempts.get(p))), None)
        quic = self.attempts.get(Probe.QUIC)
        certificate = any(
            interference(a.failure or "") == "certificate" for a in failing
        )
        used = whole.address if whole else ""
        return ServiceState(
            name=self.target.name,
            state=state,
            stage=worst.stage if worst else "",
            failure=(worst.failure or "") if worst else "",
            attempts=worst.streak if worst else 0,
            since=since,
            entered=self._settled[1],
            out=self._out,
            last_failed=worst.last if worst else 0,
            last_ok=whole.last_ok
            if whole
            else max((a.last_ok for a in attempts.values()), default=0),
            seconds=whole.value if whole else None,
            plain=self.target.url.startswith("http://"),
            inside=bool(worst and is_of_a_site(worst.address)),
            interference=(worst.sign or interference(worst.failure or ""))
            if worst
            else "",
            server_error=any(a.status >= 500 and not a.failure for a in failing),
            innocuous=self._control("innocuous-sni", names_differ=True),
            helper=self._helper(),
            sibling=self._control("sibling", apart=True),
            answers=self.names.judge(
                used, wrong_certificate=certificate, site=self._site
            ),
            quic=_quic(quic, used),
            quic_worked=bool(quic and quic.last_ok),
            quic_since=quic.first if quic and quic.failing else 0,
            path_end=self._path_end,
            pace=self.pairing.pace,
            unsteady=self._lately.judge(now),
        )

    def _control(
        self, role: str, *, names_differ: bool = False, apart: bool = False
    ) -> State:
        """Whether controls of *role*, asked since it fails, pass: UP if any does.

        *apart* leaves out those at an address of the service itself, which say nothing
        of another one.
        """
        since = self._failing_since
        own = {a.address for a in self.attempts.values() if a.address and apart}
        states = [
            _passes(attempt, names_differ=names_differ)
            for target, attempts in self.controls.values()
            if target.role == role
            for probe, attempt in attempts.items()
            if probe not in _NAME_QUERIES
            and attempt.last >= since
            and attempt.address not in own
            and (probe is not Probe.TCP or Probe.TLS not in target.probes)
        ]
        if State.UP in states:
            return State.UP
        return State.DOWN if State.DOWN in states else State.UNKNOWN

    def _helper(self) -> State:
        """Whether unrelated servers, asked since it fails, can be asked for its name.

        One that cannot counts only if it can be connected to and passes with its own
        name at that time: whoever is down himself tells nothing of a filter.
        """
        since = self._failing_since
        passing = {
            target.host
            for target, tried in self.controls.values()
            if target.role == "helper-name"
            and (own := tried.get(Probe.TLS))
            and own.last >= since
            and handshake_passed(own.failure)
        }
        states = []
        for target, tried in self.controls.values():
            asked = tried.get(Probe.TLS) if target.role == "neutral-helper" else None
            if asked is None or asked.last < since:
                continue
            state = _passes(asked, names_differ=True)
            dead = asked.stage != "tls" or target.host not in passing
            states.append(State.UNKNOWN if state is State.DOWN and dead else state)
        if State.UP in states:
            return State.UP
        return State.DOWN if State.DOWN in states else State.UNKNOWN

    def wants(self, now: int, relit: int) -> list[Want]:
        """Name the probes that would settle what is wrong with the service.

        Each is named once and again only after an answer or ten seconds: a service
        that hangs must not be hit by many attempts at once. What failed before the
        line came back (*relit*, microseconds UTC) is asked again.
        """
        found: dict[str, Want] = {}
        patient = now - max(self._last, relit, self._heard[1]) <= _PATIENCE
        for want in self._wanted(now, relit) if patient else self._wanted_pair(now):
            key = (want.target, want.probe)
            under_way = now - self._asked.get(key, 0) <= _IN_FLIGHT
            if not under_way and want.target not in found:
                self._asked[key] = now
                found[want.target] = want  # the pacer lets one through at a time
        return list(found.values())

    def _wanted(self, now: int, relit: int) -> list[Want]:
        found = [
            Want(self.target.name, probe, "doubt")
            for probe, attempt in self.attempts.items()
            if attempt.failing and (not attempt.settled or attempt.last < relit)
        ]
        whole = self._telling_all
        asked = self._whole
        if whole and self._untried and (not asked or asked.last < self.names.own.last):
            found.append(Want(self.target.name, whole, "doubt"))
        found += self._wanted_again()
        if since := self._failing_since:
            found += self._wanted_controls(since)
        return found + self._wanted_pair(now)

    @property
    def _telling(self) -> dict[Probe, Attempt]:
        """Its attempts, less QUIC, which says nothing of the rest.

        A private answer says nothing either while it serves, or is yet to be tried.
        """
        aside = {Probe.QUIC}
        if self._site is State.UP or self._untried:
            aside |= _NAME_QUERIES
        return {p: a for p, a in self.attempts.items() if p not in aside}

    @property
    def _site(self) -> State:
        """Whether the line's resolver leads to a server of the site itself.

        UP where it answers with private addresses that serve, or did: they showed a
        certificate that is valid for the name. UP as well on our own link, where nobody
        beyond the router can have put them. DOWN where they do not serve, or where the
        answer is another one; UNKNOWN over plain HTTP, where anybody can serve.
        """
        if not self._inside:
            return State.DOWN
        if self._untried:
            return State.UNKNOWN
        whole = self._whole
        address = whole.address if whole else ""
        if address in self._served or on_link(address, self.source):
            return State.UP
        serves = whole and not whole.failing and address in self.names.own.answers
        return State.UNKNOWN if serves else State.DOWN

    @property
    def _inside(self) -> bool:
        """Whether the line's resolver answers with private addresses alone."""
        own = self.names.own
        private = bool(own.answers) and all(map(is_of_a_site, own.answers))
        return private and own.failure == failure.DNS_BOGON

    @property
    def _untried(self) -> bool:
        """Whether it is yet to be seen if it serves where its own resolver leads."""
        whole, own = self._whole, self.names.own
        if not self._inside:
            return False
        if whole is None or whole.last < own.first:
            return True
        if whole.address not in own.answers:
            return whole.last < own.first + _LEARNT
        return whole.failing and not whole.settled

    @property
    def _telling_all(self) -> Probe | None:
        """The probe that tries most of it."""
        return next((p for p in _WHOLE if p in self.target.probes), None)

    @property
    def _whole(self) -> Attempt | None:
        return next((a for p in _WHOLE if (a := self.attempts.get(p))), None)

    @property
    def discreet(self) -> bool:
        """Whether nobody else is asked for its name now.

        Not before the line's own resolver was, and not while that leads to a server of
        the site: the name may be nobody else's business.
        """
        if Probe.DNS not in self.target.probes:
            return False
        return not self.names.own.last or self._telling.keys().isdisjoint(
            _NAME_QUERIES & self.attempts.keys()
        )

    @property
    def _failing_since(self) -> int:
        """When it began to fail, microseconds UTC; QUIC alone needs no controls."""
        runs = (a.first for a in self._telling.values())
        return min((first for first in runs if first), default=0)

    def news(self, now: int) -> tuple[int, int]:
        """Return what just happened here that other lines have to be asked about.

        First the moment before which an answer over another line says nothing of it:
        when it began to fail, or came back. Then when that was concluded; microseconds
        UTC, zeros when there is nothing new.
        """
        state = self.state(now)
        found = (state.out[1], state.out[1])
        if state.state is State.DOWN:
            found = (state.since, state.entered)
        return found if now - found[1] <= _PATIENCE else (0, 0)

    def hear(self, news: tuple[int, int]) -> None:
        """Take in the *news* of the same service over another line."""
        self._heard = max(self._heard, news)

    def curious(self, now: int) -> bool:
        """Whether it has to be asked though nothing fails.

        For what happens on other lines, or because it is slow.
        """
        fresh = now - self._heard[1] <= _PATIENCE
        return (fresh and bool(self._wanted_again())) or bool(self.pairing.wanted(now))

    def _wanted_again(self) -> list[Want]:
        """Ask again what was last asked before the news from another line."""
        failing = [p for p, a in self.attempts.items() if a.failing]
        whole = next((p for p in _WHOLE if p in self.attempts), None)
        probes = failing or ([whole] if whole else [])
        return [
            Want(self.target.name, probe, "elsewhere")
            for probe in probes
            if self.attempts[probe].last < self._heard[0]
        ]

    def _wanted_controls(self, since: int) -> list[Want]:
        found = []
        for target, attempts in self.controls.values():
            for probe in target.probes if target.role else ():
                if probe in _HEAVY:
                    continue
                seen = attempts.get(probe)
                fresh = seen is not None and seen.last >= since
                if fresh and seen is not None and target.role == "helper-name":
                    fresh = seen.last >= self._last_asked(target.host) - MINUTE
                if not fresh or (seen is not None and 0 < seen.streak < _TRIES):
                    found.append(Want(target.name, probe, "control"))
        return found

    def _last_asked(self, helper: str) -> int:
        """When *helper* was last asked for the name of the service."""
        asked = (
            attempt.last
            for target, tried in self.controls.values()
            if target.role == "neutral-helper" and target.host == helper
            for attempt in tried.values()
        )
        return max(asked, default=0)

    def _wanted_pair(self, now: int) -> list[Want]:
        wanted = self.pairing.wanted(now)
        return [
            Want(target.name, Probe.FETCH, "pair")
            for target in (self.target, *(t for t, _ in self.controls.values()))
            if target.role in wanted and Probe.FETCH in target.probes
        ]


def _quic(attempt: Attempt | None, used: str) -> State:
    """How QUIC fares at *used*, the address TLS was last tried at."""
    if attempt is None or not attempt.last:
        return State.UNKNOWN
    if used and attempt.address and attempt.address != used:
        return State.UNKNOWN  # the name has moved since
    if not attempt.failing:
        return State.UP
    return State.DOWN if attempt.streak >= ENOUGH else State.UNKNOWN


def _passes(attempt: Attempt, *, names_differ: bool) -> State:
    if not attempt.last:
        return State.UNKNOWN
    name = attempt.failure
    if not attempt.failing or (names_differ and handshake_passed(name)):
        return State.UP
    if not names_differ and name == failure.CONNECTION_REFUSED:
        return State.UP
    if attempt.streak < _TRIES and unreached(name):
        return State.UNKNOWN
    return State.DOWN
