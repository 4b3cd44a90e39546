"""A disruption that begins as others did before: said while it lasts, as a fact.

It has no weight for any cause. What only overlaps with a pattern is not called one of
it: another hour, another weekday, or more that is lost; what outlasts it is said to.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from rabta.agent.findings import RECURRING
from rabta.attribute import Judgement
from rabta.clock import DAY, MINUTE, SECOND
from rabta.detect.alike import DEPTH_WITHIN, START_WITHIN
from rabta.model import Arg, Evidence, Message, Recurrence, State, Verdict


LONGER = f"{RECURRING}-longer"
_TWO_WEEKS = 14
"""Days after its last window for which a pattern says something of a new one."""
_LOST = (State.DOWN, State.DEGRADED, State.MIXED)

Known = Callable[[str], Sequence[Recurrence]]


def with_usual(
    verdict: Verdict, known: Sequence[Recurrence], now: int, depth: float
) -> Verdict:
    """Add to *verdict*, of what lasts still, that it began as others did before.

    *known* are the patterns of its entity, *depth* the share that is lost now. The
    verdict as it is where nothing is known to begin at this hour.
    """
    if verdict.state not in _LOST or not verdict.since:
        return verdict
    fitting = [one for one in known if _fits(one, verdict.since, depth)]
    if not fitting:
        return verdict
    nearest = min(fitting, key=lambda one: abs(_apart(one, verdict.since)))
    fact = _fact(nearest, verdict.since, now)
    return replace(verdict, evidence=(*verdict.evidence, fact))


def judged_with_usual(
    judgement: Judgement, known: Known, now: int, depth: Callable[[Verdict], float]
) -> Judgement:
    """Add it to all verdicts of one moment.

    That of the host has that of the uplink whose verdict it repeats.
    """

    def told(verdict: Verdict) -> Verdict:
        patterns = known(verdict.entity)
        if not patterns:
            return verdict
        return with_usual(verdict, patterns, now, depth(verdict))

    uplinks = tuple(map(told, judgement.uplinks))
    host = told(judgement.host)
    if not facts_of(host):
        same = (one for one in uplinks if one.code == host.code)
        facts = next((facts for one in same if (facts := facts_of(one))), ())
        host = replace(host, evidence=(*host.evidence, *facts)) if facts else host
    return replace(
        judgement,
        host=host,
        uplinks=uplinks,
        services=tuple(map(told, judgement.services)),
    )


def facts_of(verdict: Verdict) -> tuple[Evidence, ...]:
    """Return what *verdict* says of a pattern."""
    return tuple(one for one in verdict.evidence if one.id.startswith(RECURRING))


def _fact(one: Recurrence, onset: int, now: int) -> Evidence:
    pattern = one.pattern
    args: dict[str, Arg] = {
        "count": pattern.occurrences,
        "start": pattern.start,
        "lasts": one.lasts_seconds,
        "share": pattern.regularity,
        "first": pattern.first,
        "last": pattern.last,
    }
    usual = int(one.lasts_seconds * SECOND)
    if now - onset > usual + START_WITHIN:
        return Evidence(LONGER, Message.of("detect.says.outlasts", **args), 0.0)
    return Evidence(RECURRING, Message.of("detect.says.as_usual", **args), 0.0)


def _fits(one: Recurrence, onset: int, depth: float) -> bool:
    day = _local(one, onset).date()
    first, last = map(date.fromisoformat, (one.pattern.first, one.pattern.last))
    since = (day - last).days
    # of fewer than two weeks nobody knows which weekdays are left out
    eligible = day.weekday() in one.pattern.days or (last - first).days < _TWO_WEEKS
    return (
        abs(_apart(one, onset)) <= START_WITHIN
        and eligible
        and 0 <= since <= _TWO_WEEKS
        and depth <= one.depth + DEPTH_WITHIN
    )


def _apart(one: Recurrence, onset: int) -> int:
    """Return by how much *onset* is after the usual start, microseconds."""
    moment = _local(one, onset)
    usual = time.fromisoformat(one.pattern.start)
    minutes = (moment.hour - usual.hour) * 60 + moment.minute - usual.minute
    return (minutes * MINUTE + DAY // 2) % DAY - DAY // 2


def _local(one: Recurrence, onset: int) -> datetime:
    return datetime.fromtimestamp(onset / SECOND, UTC).astimezone(ZoneInfo(one.zone))
