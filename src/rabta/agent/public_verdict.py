"""What is said of one disruption of the public's signals."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from rabta.agent.findings import PARTS, facts, utc
from rabta.agent.parts import code_of
from rabta.agent.public_signals import kind_of
from rabta.attribute.cause import UNDETERMINED, Explanation
from rabta.detect.found import Found, Severity
from rabta.detect.settings import LAG
from rabta.detect.signal import SignalKind
from rabta.model import Disruption, Evidence, Kind, Message, State, Verdict
from rabta.store import SeriesInfo


MODEL = "public-6"


def verdict_of(
    found: Found,
    series: dict[str, SeriesInfo],
    watermark: int,
    why: Explanation,
    parts: Sequence[Message] = (),
) -> Verdict:
    """Say what departed from the usual, and why as far as the cause model can tell."""
    fired = [series[part.name] for part in found.signals if part.fired]
    agreed = found.confirmed and len(fired) > 1
    kinds = {name: kind_of(info) for name, info in series.items()}
    said = f"detect.public.{'several' if agreed else 'alone'}"
    words = Message.of(said, entity=code_of(found.entity))
    if found.settled is not None:
        words = Message.of(
            "detect.public.settled",
            entity=code_of(found.entity),
            since=utc(found.onset),
        )
    named = why.code != UNDETERMINED
    alternatives = (*why.alternatives, *_alternatives(fired))
    return Verdict(
        time=max(watermark - LAG, found.noticed),
        entity=found.entity,
        code=why.code,
        row=-1,
        state=state_of(found),
        sentence=why.sentence if named else words,
        confidence=why.confidence if named else 0.8 if agreed else 0.5,
        causes=why.causes,
        evidence=(
            *why.evidence,
            *(Evidence(f"{PARTS}{n}", says, 0.0) for n, says in enumerate(parts, 1)),
            *(Evidence(name, says, 0.0) for name, says in facts(found, kinds)),
        ),
        alternatives=alternatives,
        next_test=why.tests[0] if why.tests else None,
        since=found.onset,
        model=f"{MODEL} {why.model}",
        tests=why.tests,
        calibrated=True,
    )


def state_of(found: Found) -> State:
    """Return ``down`` where half or more of what is usual was missing."""
    return (
        State.DEGRADED
        if found.kind is Kind.DEGRADATION or found.severity is Severity.DEGRADATION
        else State.DOWN
    )


def _alternatives(fired: Sequence[SeriesInfo]) -> Iterable[Message]:
    sources = {one.source for one in fired}
    if len(sources) == 1:
        yield Message.of("detect.public.other_measuring", source=sources.pop().upper())
    kinds = {kind_of(one) for one in fired}
    if kinds == {SignalKind.COUNT}:
        yield Message.of("detect.public.other_habit")
    if kinds == {SignalKind.PREFIXES}:
        yield Message.of("detect.public.other_routing")


def taken_back(old: Disruption, watermark: int) -> Verdict:
    """Say that what was called a disruption is none by the data of today."""
    return replace(
        old.verdicts[-1],
        time=max(watermark, old.verdicts[-1].time),
        state=State.UP,
        sentence=Message.of("detect.public.withdrawn", entity=code_of(old.entity)),
        causes=(),
        evidence=(),
        alternatives=(),
        next_test=None,
        tests=(),
    )
