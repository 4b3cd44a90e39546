"""Conditions of rows 13 to 20 and 22: one service over every line that is in order.

A word that accuses needs a control: something that differs only in what is suspected.
"""

from rabta.attribute.evidence import labels
from rabta.attribute.line import LineState, ServiceState
from rabta.attribute.scene import Args, Cell, Match, ServiceScene
from rabta.model import State


def _match(
    cells: tuple[Cell, ...],
    factor: float,
    variant: str = "",
    *,
    args: Args = (),
    since: int = 0,
) -> Match:
    begun = [x.since for _, x in cells if x.since]
    return Match(
        factor=factor,
        variant=variant,
        args=args,
        since=since or min(begun, default=0),
        decided=True,
    )


def _accounted(cells: tuple[Cell, ...]) -> float:
    """How far the address that was used can be trusted (DNS trusted or accounted)."""
    known = all(x.answers.state is State.UP for _, x in cells)
    return 1.0 if known else 0.85


def tampering_path(s: ServiceScene) -> Match | None:
    """13: the forged answer was made on the way, whoever was asked."""
    bad = tuple(c for c in s.cells if _forged(c) and c[1].answers.forged_on_path)
    if not bad:
        return None
    return _match(bad, 1.0, args=(("kind", bad[0][1].answers.kind),))


def tampering_resolver(s: ServiceScene) -> Match | None:
    """13: the line's resolver gives a wrong answer for this name only."""
    bad = tuple(c for c in s.cells if _forged(c))
    if not bad or s.afar is State.DOWN:
        return None
    return _match(bad, 1.0, args=(("kind", bad[0][1].answers.kind),))


def _forged(cell: Cell) -> bool:
    """Whether a wrong answer came; silence, or a resolver's own failure, is none."""
    line, service = cell
    answers = service.answers
    resolves = line.resolver.holds or line.resolver.state is State.MIXED
    said = answers.kind != "silent" or answers.forged_on_path
    return bool(resolves and answers.state is State.DOWN and said)


def ip_blocking(s: ServiceScene) -> Match | None:
    """14: this address cannot be connected to; its siblings can, and others can."""
    bad = tuple(c for c in s.bad if c[1].stage == "tcp")
    if not bad or not s.works_elsewhere or any(x.inside for _, x in bad):
        return None
    if not all(x.sibling is State.UP for _, x in bad):
        return None
    return _match(bad, _accounted(bad))


def sni_blocking(s: ServiceScene) -> Match | None:
    """15: the handshake fails with this name and passes with another."""
    bad = tuple(c for c in s.bad if c[1].stage == "tls" and c[1].interference)
    if not bad or s.afar is State.DOWN:
        return None
    if any(x.innocuous is State.DOWN for _, x in bad):
        return None  # it is not the name that makes it fail
    kind = bad[0][1].interference
    if kind == "certificate":
        if not s.works_elsewhere:
            return None
        both = any(x.innocuous is State.UP for _, x in bad)
        return _match(bad, 1.0 if both else 0.9, kind)
    passes = all(x.innocuous is State.UP for _, x in bad)
    follows = any(x.helper is State.DOWN for _, x in bad)
    if not follows and not (passes and s.works_elsewhere):
        return None
    factor = 0.63 if not (passes and follows) else 1.0 if kind == "reset" else 0.9
    return _match(bad, factor, kind)


def http_blocking(s: ServiceScene) -> Match | None:
    """16: plain HTTP gives a notice, a redirect elsewhere or a reset."""
    bad = tuple(
        c for c in s.bad if c[1].plain and c[1].stage == "http" and c[1].interference
    )
    if not bad or s.afar is State.DOWN:
        return None
    kind = bad[0][1].interference
    if kind == "blockpage":
        return _match(bad, 1.0, kind)
    return _match(bad, 0.9, kind) if s.works_elsewhere else None


def quic_blocking(s: ServiceScene) -> Match | None:
    """17: QUIC fails where it used to work or works elsewhere; TCP is fine."""
    bad = tuple(c for c in s.cells if _only_quic(c[1]))
    elsewhere = any(x.quic is State.UP for _, x in s.cells)
    if not bad or not (elsewhere or any(x.quic_worked for _, x in bad)):
        return None
    since = min(x.quic_since for _, x in bad)
    every = all(_no_quic(line) for line, _ in bad)
    return _match(
        bad,
        1.0 if elsewhere else 0.8,
        "all" if every else "",
        args=(("uplinks", labels(line for line, _ in bad)),),
        since=since,
    )


def _only_quic(service: ServiceState) -> bool:
    """Whether QUIC fails and the rest was seen to work since it began to."""
    works = service.state is State.UP and not service.attempts
    return works and service.quic is State.DOWN and service.last_ok > service.quic_since


def _no_quic(line: LineState) -> bool:
    """Whether QUIC fails to every service that has it, two at least."""
    states = [x.quic for x in line.services if x.quic_worked or x.quic is State.DOWN]
    return len(states) >= 2 and all(state is State.DOWN for state in states)


def throttling(s: ServiceScene) -> Match | None:
    """18: much slower than another name on the same address, twice, by the test."""
    bad = [(x, p) for x, y in s.cells if (p := y.pace) is not None and p.throttled]
    if not bad:
        return None
    pace = bad[0][1]
    factor = 1.1 if pace.policed else 1.0
    return Match(
        factor=factor,
        variant="policed" if pace.policed else "",
        args=(
            ("rate", pace.rate),
            ("ratio", round(pace.ratio, 3)),
            ("uplinks", labels(line for line, _ in bad)),
        ),
        since=pace.since,
        decided=True,
    )


def outage(s: ServiceScene) -> Match | None:
    """19: it fails everywhere, from afar too, or says itself that it is broken."""
    bad = s.bad
    if not bad or s.good or any(_suspicious(x) for _, x in bad):
        return None
    back = "returning" if s.returned or s.vantage is not s.afar else ""
    if any(x.server_error and not x.plain for _, x in bad):
        return _match(bad, 0.97, back or "error")
    if s.afar is State.DOWN:
        return _match(bad, 1.0, back)
    if s.filtered_near:
        return None
    if all(x.server_error for _, x in bad) and s.networks >= 2:
        return _match(bad, 0.9, back or "error")
    if s.afar is State.UNKNOWN and s.announced:
        return _match(bad, 0.84, back or "announced")
    if s.afar is State.UNKNOWN and s.networks >= 3:
        return _match(bad, 0.74, back or "agree")
    return None


def _suspicious(service: ServiceState) -> bool:
    """Whether a control points at the way rather than at the service."""
    forged = service.answers.state is State.DOWN and service.answers.kind != "silent"
    return forged or service.helper is State.DOWN


def peering(s: ServiceScene) -> Match | None:
    """20: it fails in one network only, without a sign of interference."""
    bad = tuple(c for c in s.bad if c[1].stage == "tcp")
    if not bad or not s.works_elsewhere or s.networks > 1:
        return None
    if any(x.sibling is State.UP or x.inside or _suspicious(x) for _, x in bad):
        return None
    known = any(x.sibling is State.DOWN for _, x in bad)
    args = (("hop", bad[0][1].path_end),) if bad[0][1].path_end else ()
    factor = (1.0 if known else 0.7) * (1.0 if args else 0.9)
    return _match(bad, factor, "hop" if args else "", args=args)


def unsteady(s: ServiceScene) -> Match | None:
    """22: it works, but fails now and then, more often than chance."""
    shaky = [
        (line, x.unsteady)
        for line, x in s.cells
        if x.unsteady is not None and not line.uplink.tunnelled
    ]
    if not shaky:
        return None
    worst = max((found for _, found in shaky), key=lambda found: found.share)
    return Match(
        variant="unsteady",
        args=(
            ("uplinks", labels(line for line, _ in shaky)),
            ("failed", worst.failed),
            ("checks", worst.checks),
        ),
        since=min(found.since for _, found in shaky),
        lost=worst.share,
        decided=True,
    )


def undetermined(s: ServiceScene) -> Match | None:
    """22: it fails and nothing above says why."""
    if not s.bad:
        return None
    worst = s.bad[0][1]
    return _match(s.bad, 1.0, args=(("stage", worst.stage or "tcp"),))
