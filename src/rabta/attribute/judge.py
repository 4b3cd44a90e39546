"""The decision table applied: lines to uplinks, to services, to the host."""

from collections.abc import Sequence
from dataclasses import dataclass

from rabta.attribute.context import Context
from rabta.attribute.host import host_verdict
from rabta.attribute.line import LineState
from rabta.attribute.scene import Scene
from rabta.attribute.services import service_verdicts
from rabta.attribute.uplinks import Finding, find, uplink_verdict
from rabta.model import State, Verdict


@dataclass(frozen=True, slots=True)
class Judgement:
    """All verdicts of one moment."""

    host: Verdict
    uplinks: tuple[Verdict, ...]
    """One per uplink, by name."""
    services: tuple[Verdict, ...]
    """One per service, by name."""


def judge(now: int, lines: Sequence[LineState], context: Context) -> Judgement:
    """Apply the decision table at *now*, microseconds UTC; first match wins.

    Depends on nothing else, nor on the order of *lines*.
    """
    ordered = sorted(lines, key=lambda line: (line.uplink.name, line.family))
    findings = [_finding(now, line, ordered, context) for line in _there(ordered)]
    by_uplink: dict[str, list[Finding]] = {}
    for finding in findings:
        by_uplink.setdefault(finding.line.uplink.name, []).append(finding)
    uplinks = tuple(uplink_verdict(now, found) for found in by_uplink.values())
    services = service_verdicts(now, findings, context)
    host = host_verdict(now, findings, uplinks, services, context)
    return Judgement(host, uplinks, services)


def _there(lines: Sequence[LineState]) -> list[LineState]:
    """Leave out IPv6 that was never there: no address and never an answer."""
    has_other = {line.uplink.name for line in lines if line.family == 4}
    return [line for line in lines if line.family == 4 or not _never(line, has_other)]


def _never(line: LineState, has_other: set[str]) -> bool:
    absent = line.address.state is State.DOWN and not line.answers_beyond
    return absent and line.uplink.name in has_other


def _finding(
    now: int, line: LineState, lines: Sequence[LineState], context: Context
) -> Finding:
    if line.calm:
        return Finding(line)
    others = tuple(
        other
        for other in lines
        if other.family == line.family
        and other.uplink.name != line.uplink.name
        and other.overall is not State.UNKNOWN
        and not other.uplink.tunnelled
    )
    return find(Scene(now, line, others, context))
