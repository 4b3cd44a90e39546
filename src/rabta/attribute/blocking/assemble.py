"""From repeated observations of one service over one line to one trial.

A step counts as failing only when it failed every time: loss and a slow moment are
nobody's policy. Its failure is the one seen most often.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from rabta import failure
from rabta.attribute.attempt import handshake_passed
from rabta.attribute.blocking.pairs import paired
from rabta.model import (
    DnsDetail,
    HttpDetail,
    Observation,
    Probe,
    State,
    Target,
    TlsDetail,
)
from rabta.model.trial import Layer, Lookup, Page, Step, Trial, Who


Seen = tuple[Target, Observation]

_WHO: Final = {
    "": Who.OWN,
    "public-dns": Who.PUBLIC,
    "trusted-dns": Who.TRUSTED,
    "non-resolver": Who.NOBODY,
}
_NAMES: Final = frozenset({Probe.DNS, Probe.DNS_TCP, Probe.DOT, Probe.DOH})
_LAYER: Final = {
    Probe.TCP: Layer.TCP,
    Probe.TLS: Layer.TLS,
    Probe.HTTP: Layer.HTTP,
    Probe.QUIC: Layer.QUIC,
}
_ABSENT: Final = frozenset({failure.DNS_NXDOMAIN, failure.DNS_NO_ANSWER})
_EARLY: Final = 0.5
_AGREE: Final = 3
"""Networks that have to agree where no control abroad is asked."""
_SILENT: Final = frozenset({failure.GENERIC_TIMEOUT, failure.CONNECTION_REFUSED})
_LARGEST: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Afar:
    """How the service fares from a place that does not interfere."""

    addresses: tuple[str, ...] = ()
    unknown_name: bool = False
    connects: dict[str, State] = field(default_factory=dict)
    """By address."""
    handshakes: dict[str, State] = field(default_factory=dict)
    datagrams: dict[str, State] = field(default_factory=dict)
    """QUIC."""
    page: Page | None = None
    reached: State = State.UNKNOWN


NOWHERE: Final = Afar()


def assemble(service: Target, seen: Sequence[Seen], afar: Afar = NOWHERE) -> Trial:
    """Put together what was *seen* of *service* over one line, however often."""
    seen = [one for one in seen if one[1].failure not in failure.NOT_MEASURED]
    seen = _heard(seen)
    lookups = tuple(_lookups(service, seen))
    trusted = [one for one in lookups if one.who is Who.TRUSTED]
    known = dict.fromkeys(a for one in trusted for a in one.addresses)
    known |= dict.fromkeys(afar.addresses)
    absent = bool(trusted) and all(one.failure in _ABSENT for one in trusted)
    missing = all(one.failure == failure.DNS_NXDOMAIN for one in trusted)
    named = State.UP if known else State.DOWN if absent else State.UNKNOWN
    secure = not service.url.startswith("http://")
    return Trial(
        host=service.host,
        secure=secure,
        lookups=lookups,
        steps=(*_steps(service, seen, afar), *paired(service, seen)),
        named=named,
        unknown_name=not known and ((absent and missing) or afar.unknown_name),
        addresses=tuple(known),
        page=afar.page,
        reached=afar.reached,
        ours=True,
    )


def witness(service: Target, seen: Sequence[Seen]) -> Afar:
    """Return what another line of this machine can vouch for: what works there.

    What fails there proves nothing, as both may lie behind the same filter.
    """
    trial = assemble(service, seen)
    works: dict[Layer, dict[str, State]] = defaultdict(dict)
    for step in trial.steps:
        if not step.failure:
            works[step.layer][step.address] = State.UP
    pages = [s.page for s in trial.of(Layer.HTTP) if s.page and not s.failure]
    good = bool(pages) and trial.secure
    return Afar(
        connects=works[Layer.TCP],
        handshakes=works[Layer.TLS],
        datagrams=works[Layer.QUIC],
        page=pages[0] if good else None,
        reached=State.UP if good else State.UNKNOWN,
    )


def both(first: Afar, second: Afar) -> Afar:
    """Join two places; *first* is believed where both say something."""
    return Afar(
        tuple(dict.fromkeys(first.addresses + second.addresses)),
        first.unknown_name and not second.addresses,
        second.connects | first.connects,
        second.handshakes | first.handshakes,
        second.datagrams | first.datagrams,
        first.page or second.page,
        first.reached if first.reached is not State.UNKNOWN else second.reached,
    )


def agreement(trials: Sequence[Trial]) -> Afar:
    """Return what three networks or more agree on: that nobody gets an answer.

    Silence and refusal alike on all of them are more like a fault of the service; one
    reset, forged name or wrong certificate among them is not, and leaves it open.
    """
    if len(trials) < _AGREE:
        return NOWHERE
    steps = [step for trial in trials for step in trial.steps]
    silent = all(step.failure in _SILENT for step in steps)
    told = all(any(x.addresses for x in trial.lookups) for trial in trials)
    if not steps or not silent or not told:
        return NOWHERE
    states = {step.address: State.DOWN for step in steps}
    return Afar(connects=states, handshakes=states, reached=State.DOWN)


def _heard(seen: Sequence[Seen]) -> list[Seen]:
    """Leave out the silence of a resolver that answers for no other name either.

    It is down, and hides nothing.
    """
    others = [
        (one.address, one.ok)
        for target, one in seen
        if target.role == "host" and one.probe in _NAMES
    ]
    dead = {at for at, _ in others} - {at for at, ok in others if ok}
    return [
        (target, one)
        for target, one in seen
        if target.role or one.failure not in _SILENT or one.address not in dead
    ]


def _lookups(service: Target, seen: Iterable[Seen]) -> Iterable[Lookup]:
    found: dict[tuple[Who, str], list[Observation]] = defaultdict(list)
    rtts: dict[str, list[float]] = defaultdict(list)
    for target, one in seen:
        if one.probe in _NAMES and target.role in _WHO:
            who = _WHO[target.role]
            found[who, "" if who is Who.OWN else target.name].append(one)
        elif one.probe is Probe.TCP and one.value is not None:
            rtts[one.address].append(one.value)
    for (who, _), some in found.items():
        told = [x.detail for x in some if isinstance(x.detail, DnsDetail)]
        answers = dict.fromkeys(a for x in told for a in x.answers)
        good = [x for x in some if x.ok]
        bogus = [x for x in some if x.failure == failure.DNS_BOGON]
        nearest = min(rtts.get(some[0].address, [0.0]))
        firsts = [x.first_after for x in told if x.first_after is not None]
        yield Lookup(
            service.host,
            who,
            "" if good or bogus else _usual(some),
            tuple(answers),
            second=sum(bool(x.second) for x in told) * 2 > len(some),
            early=bool(firsts) and nearest > 0 and max(firsts) < _EARLY * nearest,
        )


def _usual(some: Iterable[Observation]) -> str:
    return Counter(x.failure for x in some if x.failure).most_common(1)[0][0] or ""


def _steps(service: Target, seen: Sequence[Seen], afar: Afar) -> Iterable[Step]:
    found: dict[tuple[Layer, str], list[Observation]] = defaultdict(list)
    for target, one in seen:
        if not target.role and one.probe in _LAYER:
            found[_LAYER[one.probe], one.address].append(one)
    sibling = _control(seen, "sibling")
    helper = _helper(seen)
    for (layer, address), some in found.items():
        good = [x for x in some if x.ok]
        step = Step(
            layer,
            service.host,
            address,
            service.port,
            "" if good else _usual(some),
            url=service.url or f"https://{service.host}/",
        )
        match layer:
            case Layer.TCP:
                control = afar.connects.get(address, State.UNKNOWN)
                yield replace(step, control=control, sibling=sibling)
            case Layer.TLS:
                if any(_unconnected(x) for x in some if not good):
                    continue
                yield replace(
                    step,
                    control=afar.handshakes.get(address, State.UNKNOWN),
                    innocuous=_control(
                        seen, "innocuous-sni", address, names_differ=True
                    ),
                    helper=helper,
                )
            case Layer.HTTP:
                if any(_before_request(x) for x in some if not good):
                    continue
                last = good[-1] if good else some[-1]
                yield replace(step, control=afar.reached, page=page_of(last.detail))
            case _:
                known = afar.datagrams.get(address, State.UNKNOWN)
                yield replace(step, control=known)


def _unconnected(one: Observation) -> bool:
    return isinstance(one.detail, TlsDetail) and one.detail.failed_in == "connect"


def _before_request(one: Observation) -> bool:
    """Whether it broke off before anything was asked: judged as a handshake."""
    detail = one.detail
    if not isinstance(detail, HttpDetail):
        return True
    return detail.failed_in in ("connect", "tls") and not detail.status


def page_of(detail: object) -> Page | None:
    """Return the answer to a request; None where none came."""
    if not isinstance(detail, HttpDetail) or not detail.status:
        return None
    return Page(
        detail.status,
        detail.body_bytes,
        detail.body_bytes < _LARGEST,
        detail.title,
        detail.location,
    )


def _control(
    seen: Iterable[Seen], role: str, address: str = "", *, names_differ: bool = False
) -> State:
    """Whether a control passes: UP if it ever does, DOWN if it never does."""
    states = [
        _passes(one, names_differ=names_differ)
        for target, one in seen
        if target.role == role and (not address or one.address == address)
    ]
    known = [one for one in states if one is not State.UNKNOWN]
    if not known:
        return State.UNKNOWN
    return State.UP if State.UP in known else State.DOWN


def _helper(seen: Sequence[Seen]) -> State:
    """Whether unrelated servers can be asked for the name of the service.

    One that cannot counts only if it passes with its own name: whoever is down himself
    tells nothing of a filter.
    """
    passing = {
        target.host
        for target, one in seen
        if target.role == "helper-name" and handshake_passed(one.failure)
    }
    told = (
        (target, one)
        for target, one in seen
        if target.host in passing or handshake_passed(one.failure)
    )
    return _control(told, "neutral-helper", names_differ=True)


def _passes(one: Observation, *, names_differ: bool) -> State:
    if one.probe in _NAMES or one.probe is Probe.FETCH:
        return State.UNKNOWN
    if names_differ and _unconnected(one):
        return State.UNKNOWN  # the machine itself is not reached: no word on the name
    if one.ok or (names_differ and handshake_passed(one.failure)):
        return State.UP
    if not names_differ and one.failure == failure.CONNECTION_REFUSED:
        return State.UP
    return State.DOWN
