"""From what was found to what is kept: new disruptions, and versions of known ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo

from rabta.agent.as_usual import facts_of, with_usual
from rabta.agent.explaining import local_zone
from rabta.agent.findings import PARTS
from rabta.agent.patterns import regroup
from rabta.agent.public_verdict import taken_back, verdict_of
from rabta.attribute.cause import Explanation
from rabta.detect.found import Found
from rabta.model import Disruption, Message, State, Verdict
from rabta.store import SeriesInfo, Store


_OURS = "public-"
"""What every version of it begins with."""
_NOTABLE = 0.05


@dataclass(frozen=True, slots=True)
class Looked:
    """What became of some entities."""

    judged: int = 0
    unchanged: int = 0
    opened: int = 0
    revised: int = 0
    withdrawn: int = 0

    def __add__(self, other: "Looked") -> "Looked":
        """Sum up."""
        return Looked(
            self.judged + other.judged,
            self.unchanged + other.unchanged,
            self.opened + other.opened,
            self.revised + other.revised,
            self.withdrawn + other.withdrawn,
        )


def record(
    store: Store,
    entity: str,
    found: Sequence[tuple[Found, Explanation, tuple[Message, ...]]],
    series: dict[str, SeriesInfo],
    settled: int,
    newest: int,
) -> Looked:
    """Bring what is stored in line with what was found; nothing is overwritten."""
    left = [
        one
        for one in store.disruptions(start=settled, entity=entity, limit=100_000)
        if one.verdicts[-1].model.startswith(_OURS) and one.onset >= settled
    ]
    opened = revised = withdrawn = 0
    # what is over first: what lasts still is told in the light of it
    for one, why, parts in sorted(found, key=lambda told: told[0].end is None):
        verdict = verdict_of(one, series, newest, why, parts)
        if one.end is None:
            known = regroup(store, entity, _zone_for(entity), settled)
            verdict = with_usual(verdict, known, newest, one.depth)
        old = next((old for old in left if _same(old, one)), None)
        if old is None:
            number = store.open_disruption(
                entity,
                one.kind,
                one.onset,
                one.onset_uncertainty_s,
                one.depth,
                verdict,
            )
            opened += 1
        else:
            left.remove(old)
            if not _differs(old, one, verdict):
                continue
            number = old.id
            store.add_disruption_verdict(number, verdict, one.kind, one.depth)
            revised += 1
        if one.end is not None:
            store.close_disruption(number, one.end)
    for old in left:
        if old.verdicts[-1].state is not State.UP:
            said = taken_back(old, newest)
            store.add_disruption_verdict(old.id, said, old.kind, 0.0)
            store.close_disruption(old.id, old.onset)
            withdrawn += 1
    if opened or revised or withdrawn:
        regroup(store, entity, _zone_for(entity), settled)
    return Looked(1, 0, opened, revised, withdrawn)


def _zone_for(entity: str) -> tzinfo:
    """Return by which clocks its hours are told."""
    return local_zone(entity, UTC) or UTC


def _same(old: Disruption, new: Found) -> bool:
    """Tell whether both are versions of one disruption: they overlap."""
    if new.end is not None and old.onset >= new.end:
        return False
    return old.end is None or new.onset < max(old.end, old.onset + 1)


def _differs(old: Disruption, new: Found, verdict: Verdict) -> bool:
    """Tell whether *new* says something that a reader would want to know."""
    said = old.verdicts[-1]
    if said.state is not State.UP and _reasons_differ(said, verdict):
        return True
    if (said.since, old.end, old.kind) != (new.onset, new.end, new.kind):
        return True
    return said.state is State.UP or new.depth > old.depth + _NOTABLE


def _reasons_differ(said: Verdict, now: Verdict) -> bool:
    if said.code != now.code:
        return True
    before, after = dict(said.causes), dict(now.causes)
    shift = max(
        abs(before.get(cause, 0.0) - after.get(cause, 0.0)) for cause in before | after
    )
    if _parts(said) != _parts(now) or _recurs(said) != _recurs(now):
        return True
    return shift >= _NOTABLE or _announced(said) != _announced(now)


def _parts(verdict: Verdict) -> list[tuple[str, object]]:
    """Return which parts were named; how much they hold moves from hour to hour."""
    return [
        (one.says.key, dict(one.says.args).get("parts"))
        for one in verdict.evidence
        if one.id.startswith(PARTS)
    ]


def _recurs(verdict: Verdict) -> list[str]:
    """Return what was said of a pattern, but for its numbers."""
    return [one.id for one in facts_of(verdict)]


def _announced(verdict: Verdict) -> set[tuple[str, str]]:
    """Return what was announced, as far as it counted."""
    return {
        (one.id, repr(one.says))
        for one in verdict.evidence
        if one.id.startswith(("notice-", "calendar"))
    }
