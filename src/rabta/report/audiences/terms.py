"""Terms and whether they were met."""

from collections.abc import Sequence

from rabta.cost.service.bounds import Bounds
from rabta.cost.service.terms import Basis, Measure, Outcome, Profile, Result, Term
from rabta.report.blocks import Block, Mood, Table, Text
from rabta.report.facts import Judgement
from rabta.report.voice import Voice


_MOODS: dict[Outcome, Mood] = {
    Outcome.MET: "good",
    Outcome.VIOLATED: "bad",
    Outcome.INCONCLUSIVE: "unsure",
    Outcome.NOT_MEASURED: "unsure",
    Outcome.NOT_STATED: "unsure",
}


_WORKDAYS = frozenset(range(5))


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
        tuple(_row(one, judgement.profile, voice) for one in judgement.results),
        tuple(_MOODS[one.outcome] for one in judgement.results),
        wide=(0, 4),
    )


def _row(result: Result, profile: Profile, voice: Voice) -> tuple[str, ...]:
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
        _where(term, profile, voice),
        t("term.thin" if result.thin else f"term.{result.outcome.value}"),
    )


def _where(term: Term, profile: Profile, voice: Voice) -> str:
    """Say where a term stands, and whether that was read."""
    clause = voice.value(term.clause)
    if term.basis is Basis.OWN:
        return clause
    known = voice.t(f"term.basis_{term.basis.value}", date=voice.value(profile.read))
    return f"{clause} ({known})"


def named(term: Term, voice: Voice) -> str:
    """Name a term; of rates the share of tests that must reach it."""
    reached = 1 - term.quantile if term.measure.wants_more else term.quantile
    name = voice.t(f"term.{term.measure.value}", share=voice.percent(reached))
    hours = [
        voice.value(f"{begin:%H:%M}–{end:%H:%M}".replace("–00:00", "–24:00"))
        for begin, end in term.shifts
    ]
    if term.weekdays == _WORKDAYS:
        hours.insert(0, voice.t("term.workdays"))
    if not hours:
        return name
    return voice.t("term.within", name=name, hours=voice.listed(hours))


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
    ]
    if judgement.fits is not True:
        kinds = voice.listed(t(f"term.for_{one}") for one in profile.media)
        key = "term.other_access" if judgement.fits is False else "term.which_access"
        blocks.append(Text(t(key, kinds=kinds)))
    if judgement.results:
        blocks.append(terms(judgement, voice))
    if judgement.gives_back:
        amount = voice.money(judgement.credit, profile.currency)
        blocks.append(Text(t("term.credit", credit=amount)))
    elif profile.credits and profile.fee and not judgement.credit.known:
        blocks.append(Text(t("term.no_month")))
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
