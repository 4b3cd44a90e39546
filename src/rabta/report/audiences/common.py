"""Blocks that several readers get."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rabta.clock import HOUR, SECOND
from rabta.cost.service.bounds import NOTHING, Bounds, quantile
from rabta.cost.service.terms import Measure, Outcome, Result, Term
from rabta.locale import figure
from rabta.model import Kind
from rabta.report import charts
from rabta.report.blocks import (
    Block,
    Case,
    Drawing,
    Mood,
    Section,
    Table,
    Text,
    Tile,
    Tiles,
)
from rabta.report.facts import Incident, Judgement, Line, Report
from rabta.report.voice import Voice
from rabta.report.zone import zone_of


MOST_CASES = 12


@dataclass(frozen=True, slots=True)
class Content:
    """What one reader gets."""

    title: str
    verdict: str
    mood: Mood
    sections: tuple[Section, ...]


OUTCOMES: dict[Outcome, Mood] = {
    Outcome.MET: "good",
    Outcome.VIOLATED: "bad",
    Outcome.INCONCLUSIVE: "unsure",
    Outcome.NOT_MEASURED: "unsure",
    Outcome.NOT_STATED: "unsure",
}


def line_table(report: Report, voice: Voice) -> Table:
    """Show every line in one row."""
    t = voice.t
    return Table(
        (
            t("figure.line"),
            t("figure.availability"),
            t("figure.outages"),
            t("figure.longest"),
            t("figure.loss"),
            t("figure.delay"),
            t("figure.download"),
        ),
        tuple(
            (
                voice.value(line.title),
                voice.share(line.availability.share),
                voice.value(str(line.availability.outages)),
                voice.duration(line.availability.longest_seconds),
                voice.share(line.nearby.loss),
                voice.delay(line.nearby.delay_median),
                voice.rate(middle(line.downloads)),
            )
            for line in report.lines
        ),
    )


def figure_table(line: Line, voice: Voice) -> Table:
    """Show all figures of one line."""
    t, near = voice.t, line.nearby
    rows = (
        (t("figure.availability"), voice.share(line.availability.share)),
        (t("figure.provider"), voice.share(line.provider.share)),
        (t("figure.y1540"), voice.share(line.y1540.share)),
        (t("figure.down"), voice.duration(line.availability.down_seconds)),
        (t("figure.longest"), voice.duration(line.availability.longest_seconds)),
        (t("figure.unknown"), voice.span(line.availability.unknown_seconds)),
        (t("figure.loss"), voice.share(near.loss)),
        (t("figure.delay"), voice.delay(near.delay_median)),
        (t("figure.delay_p95"), voice.delay(near.delay_p95)),
        (t("figure.delay_p99"), voice.delay(near.delay_p99)),
        (t("figure.delay_max"), voice.delay(near.delay_maximum)),
        (t("figure.variation"), voice.delay(near.variation)),
        (t("figure.download"), voice.rate(middle(line.downloads))),
        (t("figure.upload"), voice.rate(middle(line.uploads))),
        (t("figure.hours"), voice.value(str(near.hours))),
    )
    return Table((voice.value(line.title), ""), rows)


def corridor_table(line: Line, voice: Voice) -> Table:
    """Show the ways abroad."""
    t = voice.t
    return Table(
        (
            t("figure.corridor"),
            t("figure.delay"),
            t("figure.delay_p95"),
            t("figure.loss"),
        ),
        tuple(
            (
                voice.word(corridor),
                voice.delay(found.delay_median),
                voice.delay(found.delay_p95),
                voice.share(found.loss),
            )
            for corridor, found in line.abroad
        ),
    )


def middle(rates: Sequence[float]) -> Bounds:
    """Return the median of what was measured."""
    return quantile(rates, 0.5, 0) if rates else NOTHING


def strip(report: Report, voice: Voice) -> Drawing:
    """Draw the period of every line."""
    drawn = charts.strip(
        report.lines, report.start, report.stop, zone_of(report.timezone)
    )
    return Drawing(drawn, voice.t("chart.strip"))


def course(report: Report, line: Line, voice: Voice) -> Drawing:
    """Draw delay and loss of one line."""
    drawn = charts.course(
        line.hours, HOUR, (report.start, report.stop), zone_of(report.timezone),
        line.down,
    )  # fmt: skip
    return Drawing(drawn, voice.t("chart.course", line=voice.value(line.title)))


def cases(
    report: Report, incidents: Iterable[Incident], voice: Voice
) -> tuple[Block, ...]:
    """Show disruptions, the gravest first where there are too many for all."""
    found = list(incidents)
    if not found:
        return (Text(voice.t("nothing_happened")),)
    kept = sorted(found, key=_gravity, reverse=True)[:MOST_CASES]
    shown = [case(report, one, voice) for one in found if one in kept]
    left = len(found) - len(shown)
    more = (Text(voice.t("case.others", count=left)),) if left else ()
    return (*shown, *more)


def _gravity(one: Incident) -> tuple[bool, float]:
    return one.kind is Kind.OUTAGE, one.seconds_within


def case(report: Report, one: Incident, voice: Voice) -> Case:
    """Show one disruption with evidence and alternatives."""
    t = voice.t
    end = report.stop if one.end is None else one.end
    told = t("case.by_rule", sure=figure(one.confidence, "sure", voice.language))
    if one.calibrated:
        told = t("case.by_model", share=voice.percent(one.confidence))
    facts = [
        (t("case.when"), voice.when(one.onset, one.end)),
        (
            t("case.extra"),
            t("case.either_way", span=voice.span(one.onset_uncertainty_seconds)),
        ),
        (t("case.sure"), told),
        (t("case.causes"), causes(one, voice)),
        (t("case.number"), voice.value(str(one.id))),
    ]
    if one.depth:
        facts.insert(2, (t("case.lost"), voice.percent(one.depth)))
    return Case(
        t(
            f"case.{one.kind.value}",
            what=entity(report, one.entity, voice),
            span=voice.span((end - one.onset) / SECOND),
        ),
        voice.say(one.sentence),
        tuple(facts),
        tuple(voice.say(fact.says) for fact in one.evidence),
        tuple(voice.say(other) for other in one.alternatives),
        _around(report, one, voice),
    )


def causes(one: Incident, voice: Voice) -> str:
    """Name what it is consistent with, most likely first."""
    named = [
        voice.t("case.cause", cause=voice.word(cause.value), share=voice.percent(p))
        for cause, p in one.causes
        if cause.value != "unknown" and p >= 0.02
    ]
    comma = "، " if voice.language == "ur" else ", "
    return comma.join(named) or voice.t("undetermined")


def _around(report: Report, one: Incident, voice: Voice) -> Drawing | None:
    if not one.nearby:
        return None
    step = one.nearby_seconds * SECOND
    end = report.stop if one.end is None else one.end
    drawn = charts.course(
        one.nearby,
        step,
        (one.nearby[0].start, one.nearby[-1].start + step),
        zone_of(report.timezone),
        ((one.onset, end),),
    )
    return Drawing(drawn, voice.t("case.chart"))


def entity(report: Report, name: str, voice: Voice) -> str:
    """Name an entity as people know it."""
    kind, _, rest = name.partition("/")
    if kind == "uplink":
        titles = {line.uplink: line.title for line in report.lines}
        return voice.value(titles.get(rest, rest))
    if kind == "service":
        return voice.value(rest)
    return voice.t("case.host")


def terms(judgement: Judgement, voice: Voice) -> Table:
    """Hold each term against what was measured."""
    t = voice.t
    return Table(
        (
            t("term.head_term"),
            t("term.head_limit"),
            t("term.head_measured"),
            t("term.head_rests"),
            t("term.head_where"),
            t("term.head_outcome"),
        ),
        tuple(_row(one, voice) for one in judgement.results),
        tuple(OUTCOMES[one.outcome] for one in judgement.results),
        wide=(0, 4),
    )


def _row(result: Result, voice: Voice) -> tuple[str, ...]:
    term, t = result.term, voice.t
    limit = "–"
    if term.limit is not None:
        key = "term.least" if term.measure.wants_more else "term.most"
        exact = Bounds(term.limit, term.limit)
        limit = t(key, value=_shown(term.measure, exact, voice))
    return (
        named(term, voice),
        limit,
        _shown(term.measure, result.figure, voice),
        _rests(result, voice),
        voice.value(term.clause),
        t(f"term.{result.outcome.value}"),
    )


def named(term: Term, voice: Voice) -> str:
    """Name a term; of rates the share of tests that must reach it."""
    reached = 1 - term.quantile if term.measure.wants_more else term.quantile
    return voice.t(f"term.{term.measure.value}", share=voice.percent(reached))


def _shown(measure: Measure, figure: Bounds, voice: Voice) -> str:
    match measure:
        case Measure.AVAILABILITY | Measure.LOSS:
            return voice.share(figure)
        case Measure.LONGEST_OUTAGE:
            return voice.duration(figure)
        case Measure.DELAY | Measure.VARIATION:
            return voice.delay(figure)
    return voice.rate(figure)


def _rests(result: Result, voice: Voice) -> str:
    match result.term.measure:
        case Measure.AVAILABILITY | Measure.LONGEST_OUTAGE:
            return voice.t("term.samples_time", span=float(result.samples))
        case Measure.DOWNLOAD | Measure.UPLOAD:
            return voice.t("term.samples_tests", count=result.samples)
    return voice.t("term.samples_hours", count=result.samples)


def judged(judgement: Judgement, voice: Voice) -> tuple[Block, ...]:
    """Show a profile: its terms, where they stand, and what is to be given back."""
    profile, t = judgement.profile, voice.t
    blocks: list[Block] = [
        Text(
            t(
                "term.source",
                title=voice.value(profile.title),
                source=voice.value(profile.source),
            )
            if profile.source
            else voice.value(profile.title)
        ),
        terms(judgement, voice),
    ]
    if judgement.credit.known and judgement.credit.high:
        amount = voice.money(judgement.credit, profile.currency)
        blocks.append(Text(t("term.credit", credit=amount)))
    return tuple(blocks)


def verdict_of(
    judgements: Sequence[Judgement], line: str, voice: Voice
) -> tuple[str, Mood]:
    """Say how many terms were violated."""
    results = [one for judgement in judgements for one in judgement.results]
    count = {
        outcome: sum(one.outcome is outcome for one in results) for outcome in Outcome
    }
    every = len(results) - count[Outcome.NOT_STATED] - count[Outcome.NOT_MEASURED]
    args: dict[str, str | int] = {"all": every, "line": line}
    if number := count[Outcome.VIOLATED]:
        return voice.t("verdict.violated", count=number, **args), "bad"
    if number := count[Outcome.INCONCLUSIVE]:
        return voice.t("verdict.inconclusive", count=number, **args), "unsure"
    if number := count[Outcome.MET]:
        return voice.t("verdict.met", count=number, **args), "good"
    return voice.t("verdict.unjudged"), "unsure"


def methods(voice: Voice, *names: str) -> Section:
    """Say how it was measured."""
    texts = tuple(Text(voice.t(f"method.{name}")) for name in names)
    return Section(voice.t("section.method"), texts)


def limits(voice: Voice, *names: str) -> Section:
    """Say what it does not show."""
    texts = tuple(Text(voice.t(f"limit.{name}")) for name in names)
    return Section(voice.t("section.limits"), texts)


def availability_tile(line: Line, voice: Voice) -> Tile:
    """Show one line's availability."""
    return Tile(
        voice.t("figure.availability_of", line=voice.value(line.title)),
        voice.share(line.availability.share),
        mood=mood_of(line.availability.share),
    )


def mood_of(share: Bounds) -> Mood:
    """Tell good from bad where both bounds agree."""
    if share.low is None or share.high is None:
        return "unsure"
    if share.low >= 0.999:
        return "good"
    return "bad" if share.high < 0.999 else "unsure"


def tiles(*found: Tile) -> Tiles:
    """Put figures in a row."""
    return Tiles(found)
