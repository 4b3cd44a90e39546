"""Verdicts of one uplink, from what was found on its lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from rabta.attribute import evidence
from rabta.attribute.causes import ranked
from rabta.attribute.line import GroupState, LineState
from rabta.attribute.scene import Match, Scene, networks, passes
from rabta.attribute.table import LINE_ROWS, MODEL, TUNNEL_ROWS, Row, SceneT
from rabta.clock import SECOND
from rabta.model import Message, State, Verdict


_SAME_EVENT = 60 * SECOND
_UNDETERMINED = 22
_FAR = 4
"""Rows from here on speak of rungs that recover after the gateway did."""
_FOLLOWS = int(1.5 * SECOND)
_EASES = 60 * SECOND
_AGE = SECOND
"""Silence younger than this may be a queue that filled in an instant."""
_CUT_IS_TOLD = 4.0
"""Seconds: what is dead has been told by then, and only what lives can be slow."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What the table says of one line; no row: nothing is wrong with it."""

    line: LineState
    row: Row[Scene] | None = None
    match: Match | None = None
    scene: Scene | None = None
    pending: bool = False
    """Something is wrong but has not lasted long enough to be told."""
    returning: bool = False
    """The line comes back this moment; how far is not known yet."""

    @property
    def starting(self) -> bool:
        """Whether too little was measured to say anything.

        What was well until now and is being looked into is not starting.
        """
        known = self.pending and self.line.answers_beyond
        unknown = self.line.overall is State.UNKNOWN and not known
        return self.row is None and (self.returning or unknown)

    @property
    def state(self) -> State:
        """How bad it is."""
        if self.row is None or self.match is None:
            return State.UNKNOWN if self.starting else State.UP
        return self.match.state or self.row.state


def find(scene: Scene) -> Finding:
    """Find the first row that applies to *scene* and has lasted long enough."""
    pending = returning = False
    for row in TUNNEL_ROWS if scene.tunnelled else LINE_ROWS:
        match = row.when(scene)
        if match is None or (pending and row.number == _UNDETERMINED):
            continue
        back = _just_back(row, match, scene)
        if lasts(row, match, scene.now) and not back:
            return Finding(scene.line, row, match, scene)
        pending = True
        returning = returning or (back and not match.soft and not passes(scene.line))
    return Finding(scene.line, pending=pending, returning=returning)


def lasts(row: Row[SceneT], match: Match, now: int) -> bool:
    """Whether the fault has lasted as long as *row* asks for."""
    if match.decided:
        return True
    if match.soft:
        interval = max((match.interval, *(g.interval for g in match.blamed)))
        wait = max(row.rounds * interval, _CUT_IS_TOLD)
        return now - max(began(match), match.entered) >= wait * SECOND
    entered = match.entered or max((g.entered for g in match.blamed), default=0)
    if row.number > 1 and now - began(match) < _AGE:
        return False
    return now - entered >= row.hold * SECOND


def _just_back(row: Row[Scene], match: Match, scene: Scene) -> bool:
    """Whether something nearer recovered a moment ago: what lies far may yet follow."""
    if row.number < _FAR:
        return False
    relit = scene.line.relit
    hard = [group for group in match.blamed if group.state in (State.DOWN, State.MIXED)]
    if scene.now - relit < _FOLLOWS or any(g.last_silence < relit for g in hard):
        return True
    if not match.soft:
        return False
    line = scene.line
    groups = (line.gateway, line.first_hop, *line.groups, *line.corridors)
    eased = max((g.entered for g in groups if g.state is State.UP), default=0)
    return scene.now - eased < _EASES


def began(match: Match) -> int:
    """Return when it began: the first failed probe, microseconds UTC."""
    if match.since:
        return match.since
    since = [group.since for group in match.blamed if group.since]
    if not since:
        return 0
    newest = max(since)
    return min(time for time in since if newest - time <= _SAME_EVENT)


def uplink_verdict(now: int, findings: Sequence[Finding]) -> Verdict:
    """Combine the address families of one uplink.

    A fault of one family alone leaves the uplink partly working: IPv6 that is broken
    is a fault of IPv6, not an outage.
    """
    faults = [finding for finding in findings if finding.row is not None]
    working = [f for f in findings if f.row is None and not f.starting]
    if not faults:
        return _without_fault(now, findings, working)
    chosen = min(faults, key=lambda f: (_rank(f.row), f.line.family))
    alone = bool(working)
    state = chosen.state
    if alone and state is State.DOWN:
        state = State.MIXED
    elif len(faults) > 1 and not alone:
        state = _worst_of_all([f.state for f in faults])
    return _faulty(now, chosen, state, family=chosen.line.family if alone else 0)


def _rank(row: Row[Scene] | None) -> int:
    return (*TUNNEL_ROWS[:1], *LINE_ROWS).index(row) if row else 0


def _worst_of_all(states: Sequence[State]) -> State:
    """Down only when all are; partly when any is worse than degraded."""
    if len(set(states)) == 1:
        return states[0]
    broken = {State.DOWN, State.MIXED}
    return State.MIXED if broken & set(states) else State.DEGRADED


def _faulty(now: int, finding: Finding, state: State, *, family: int) -> Verdict:
    line, row, match, scene = finding.line, finding.row, finding.match, finding.scene
    if row is None or match is None or scene is None:
        raise AssertionError("a fault has a row, a match and a scene")
    name = evidence.label(line)
    key = f"verdict.{row.code}" + (f"-{match.variant}" if match.variant else "")
    args = dict(match.args) | {"uplink": f"{name} (IPv{family})" if family else name}
    confidence = _confidence(row, match, line)
    seen = networks((line, *(o for o in scene.others if o.overall is not State.UP)))
    return Verdict(
        time=line.watermark or now,
        entity=line.uplink.entity,
        code=row.code,
        row=row.number,
        state=state,
        sentence=Message.of(key, **args),
        confidence=confidence,
        causes=ranked(
            row.causes,
            confidence,
            power_lost=scene.context.power_lost(began(match)),
            networks=seen,
        ),
        evidence=evidence.of_line(scene, match, row.code, row.number, began(match)),
        alternatives=tuple(Message.of(f"alternative.{a}") for a in row.alternatives),
        next_test=Message.of(f"next.{row.next_test}", uplink=name),
        since=began(match) or line.watermark or now,
        family=family,
        model=MODEL,
        extra_seconds=round(max((g.extra_rtt for g in match.blamed), default=0.0), 4),
        extra_loss=round(max((g.extra_loss for g in match.blamed), default=0.0), 3),
    )


def _confidence(row: Row[Scene], match: Match, line: LineState) -> float:
    """Multiply the rule's confidence with the beliefs of the rungs it rests on."""
    rungs: dict[tuple[str, str], GroupState] = {
        (group.rung, group.group): group
        for group in (line.gateway, line.first_hop, *match.blamed)
        if group.total or group in match.blamed
    }
    beliefs = prod(group.belief for group in rungs.values())
    return round(min(0.99, row.confidence * match.factor * beliefs), 3)


def _without_fault(
    now: int, findings: Sequence[Finding], working: Sequence[Finding]
) -> Verdict:
    shown = working or findings
    line = shown[0].line
    if not working:
        back = any(finding.returning for finding in findings)
        key = "verdict.uplink-returning" if back else "verdict.uplink-starting"
        code, row = "undetermined", _UNDETERMINED
    else:
        checking = any(finding.pending for finding in working)
        key = "verdict.uplink-checking" if checking else "verdict.uplink-fine"
        code, row = "fine", -1
    since = [
        group.since
        for finding in shown
        for group in (*finding.line.groups, finding.line.gateway)
        if group.state is State.UP
    ]
    return Verdict(
        time=max(finding.line.watermark for finding in shown) or now,
        entity=line.uplink.entity,
        code=code,
        row=row,
        state=State.UP if working else State.UNKNOWN,
        sentence=Message.of(key, uplink=evidence.label(line)),
        confidence=0.99 if working else 0.0,
        causes=(),
        evidence=tuple(e for finding in shown for e in evidence.calm(finding.line)),
        alternatives=(),
        next_test=None if working else Message.of("next.wait"),
        since=max(since, default=0) or line.watermark or now,
        model=MODEL,
    )
