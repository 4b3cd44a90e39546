"""Verdicts of services, judged only over lines that are themselves in order."""

from collections.abc import Sequence

from rabta.attribute import evidence
from rabta.attribute.causes import GATED, ranked
from rabta.attribute.context import Context
from rabta.attribute.line import LineState, ServiceState
from rabta.attribute.scene import Match, ServiceScene
from rabta.attribute.table import MODEL, SERVICE_ROWS, Row
from rabta.attribute.uplinks import Finding
from rabta.model import Arg, Cause, Message, State, Verdict


_UNDETERMINED = 22
_IN_ORDER = frozenset({1, 3, 8, 9, 10, 21, _UNDETERMINED})
"""Rows of a line over which a service can still be judged, unless it is just silent or
the line is down."""
_WITHOUT_NAMES = frozenset({11, 12})
"""Rows that only spoil what depends on names."""


def service_verdicts(
    now: int, findings: Sequence[Finding], context: Context
) -> tuple[Verdict, ...]:
    """Judge every service that is measured on any line, by name."""
    cells: dict[str, list[tuple[Finding, ServiceState]]] = {}
    for finding in findings:
        for service in finding.line.services:
            cells.setdefault(service.name, []).append((finding, service))
    return tuple(_verdict(now, name, cells[name], context) for name in sorted(cells))


def _verdict(
    now: int,
    name: str,
    cells: Sequence[tuple[Finding, ServiceState]],
    context: Context,
) -> Verdict:
    known = [(f.line, x) for f, x in cells if _in_order(f, x) and _known(f.line, x)]
    aside = _broken_ipv6(known)
    fit = [cell for cell in known if not any(cell is one for one in aside)]
    watermark = max(finding.line.watermark for finding, _ in cells) or now
    if not fit:
        blocked = [f for f, x in cells if f.row is not None and not _in_order(f, x)]
        return _unjudged(watermark, name, blocked)
    down_afar = dict(context.down_afar).get(name, 0)
    scene = ServiceScene(
        now,
        name,
        tuple(fit),
        context.seen_from_afar(name),
        down_afar,
        name in context.announced,
        tuple(sight for sight in context.near if sight.service == name),
    )
    for row in () if scene.waiting else SERVICE_ROWS:
        match = row.when(scene)
        if match is None:
            continue
        if row.number == _UNDETERMINED and (own := _own_lines(scene, cells)):
            return _unjudged(watermark, name, own)
        return _faulty(watermark, scene, row, match)
    checking = any(x.attempts for _, x in fit)
    if aside and not checking:
        return _said(
            watermark,
            name,
            code="fine",
            row=-1,
            state=State.UP,
            key="service-ipv4-only",
            since=max(x.entered for _, x in fit),
            uplinks=evidence.labels(line for line, _ in aside),
        )
    return _said(
        watermark,
        name,
        code="fine",
        row=-1,
        state=State.UP,
        key="service-checking" if checking else "service-fine",
        since=max(x.entered for _, x in fit),
    )


def _own_lines(
    scene: ServiceScene, cells: Sequence[tuple[Finding, ServiceState]]
) -> list[Finding]:
    """Return the lines it fails over if each of them has a fault of its own."""
    bad = [f for f, _ in cells if any(f.line is line for line, _ in scene.bad)]
    return bad if all(finding.row is not None for finding in bad) else []


def _known(line: LineState, service: ServiceState) -> bool:
    """Whether it was seen since the line itself last came back."""
    if service.state is State.DOWN:
        return service.last_failed >= line.relit
    return service.state in (State.UP, State.DEGRADED)


def _in_order(finding: Finding, service: ServiceState) -> bool:
    if finding.row is None:
        return not finding.starting and not (finding.pending and _silent(service))
    if finding.row.number in _WITHOUT_NAMES:
        return service.stage != "dns"
    if finding.row.number not in _IN_ORDER or finding.state is State.DOWN:
        return False
    return not _silent(service)


def _silent(service: ServiceState) -> bool:
    """Whether it fails as it would over any line that loses packets."""
    failing = service.state is State.DOWN and not service.server_error
    return failing and service.interference in ("", "timeout")


def _broken_ipv6(
    cells: list[tuple[LineState, ServiceState]],
) -> list[tuple[LineState, ServiceState]]:
    """Return the failures over IPv6 where IPv4 over the same uplink works.

    They are told and judged no further: broken IPv6 at one end is common and is
    nobody's policy (OONI discards it too).
    """
    works = {x.uplink.name for x, s in cells if x.family == 4 and s.state is State.UP}
    return [
        cell
        for cell in cells
        if cell[0].family == 6
        and cell[1].state is State.DOWN
        and cell[0].uplink.name in works
    ]


def _faulty(
    watermark: int, scene: ServiceScene, row: Row[ServiceScene], match: Match
) -> Verdict:
    partly = bool(scene.good) and row.state is State.DOWN
    confidence = round(min(0.99, row.confidence * match.factor), 3)
    lines = [line for line, _ in scene.bad or scene.cells]
    args: dict[str, Arg] = {
        "service": scene.name,
        "uplinks": evidence.labels(lines),
    }
    args |= dict(match.args)
    variant = f"-{match.variant}" if match.variant else ""
    return Verdict(
        time=watermark,
        entity=f"service/{scene.name}",
        code=row.code,
        row=row.number,
        state=State.MIXED if partly else row.state,
        sentence=Message.of(f"verdict.{_key(row)}{variant}", **args),
        confidence=confidence,
        causes=_causes(scene, row, confidence),
        evidence=evidence.of_service(scene, row.number),
        alternatives=tuple(Message.of(f"alternative.{a}") for a in row.alternatives),
        next_test=Message.of(f"next.{row.next_test}", service=scene.name),
        since=match.since or watermark,
        model=MODEL,
        extra_loss=round(match.lost, 3),
    )


def _key(row: Row[ServiceScene]) -> str:
    return "service-undetermined" if row.code == "undetermined" else row.code


def _causes(
    scene: ServiceScene, row: Row[ServiceScene], confidence: float
) -> tuple[tuple[Cause, float], ...]:
    """Rank the causes; an unproven name keeps blocking at one half or less."""
    causes = ranked(row.causes, confidence)
    trusted = all(
        x.answers.trusted is State.UP or x.innocuous is State.UP for _, x in scene.cells
    )
    if trusted or row.number < 13:
        return causes
    capped = {c: min(p, GATED) if c is Cause.BLOCKING else p for c, p in causes}
    capped[Cause.UNKNOWN] = 0.0
    capped[Cause.UNKNOWN] = round(max(0.0, 1 - sum(capped.values())), 3)
    return tuple(sorted(capped.items(), key=lambda item: (-item[1], item[0].value)))


def _unjudged(watermark: int, name: str, blocked: Sequence[Finding]) -> Verdict:
    if not blocked:
        return _said(
            watermark,
            name,
            code="undetermined",
            row=22,
            state=State.UNKNOWN,
            key="service-starting",
        )
    uplinks = evidence.labels(finding.line for finding in blocked)
    return _said(
        watermark,
        name,
        code="own-line",
        row=-1,
        state=State.UNKNOWN,
        key="service-own-line",
        uplinks=uplinks,
    )


def _said(
    watermark: int,
    name: str,
    *,
    code: str,
    row: int,
    state: State,
    key: str,
    since: int = 0,
    **args: Arg,
) -> Verdict:
    return Verdict(
        time=watermark,
        entity=f"service/{name}",
        code=code,
        row=row,
        state=state,
        sentence=Message.of(f"verdict.{key}", service=name, **args),
        confidence=0.99 if state is State.UP else 0.0,
        causes=(),
        evidence=(),
        alternatives=(),
        next_test=None,
        since=since or watermark,
        model=MODEL,
    )
