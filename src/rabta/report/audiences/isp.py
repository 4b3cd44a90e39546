"""For the provider: violated terms of one line, with proof."""

from collections.abc import Sequence

from rabta.cost.service.terms import Outcome
from rabta.report.audiences import cases, common, terms
from rabta.report.audiences.common import Content
from rabta.report.blocks import Block, Items, Section, Text, Tile, Tiles
from rabta.report.facts import OWN, Incident, Judgement, Line, Report
from rabta.report.voice import Voice


def content(report: Report, voice: Voice) -> Content:
    """Return what stands on the pages."""
    t, line = voice.t, report.lines[0]
    title = voice.value(line.title)
    verdict, mood = terms.verdict_of(report.judgements, title, voice)
    own = [one for one in report.incidents if one.cause in OWN]
    theirs = [one for one in report.incidents if one.cause not in OWN]
    promised: tuple[Block, ...] = tuple(
        block for one in report.judgements for block in terms.judged(one, voice)
    ) or (Text(t("term.none")),)
    sections = (
        Section("", (_tiles(report, line, voice), Text(t("isp.intro", line=title)))),
        Section(t("section.terms"), (*promised, Text(t("isp.proof")))),
        Section(t("section.demand"), _demands(report, theirs, voice)),
        Section(
            t("section.course"),
            (common.strip(report, voice), common.course(report, line, voice)),
            new_page=True,
        ),
        Section(t("section.disruptions"), cases.cases(report, theirs, voice)),
        Section(t("section.not_counted"), _left_out(own, voice)),
        Section(t("section.lines"), (common.figure_table(line, voice),)),
        common.methods(
            voice,
            *("place", "availability", "loss", "delay", "variation", "throughput"),
            *("unknown", "excluded", "cause"),
        ),
        common.limits(voice, "targets", "hours"),
    )
    name = "title.isp" if _violated(report) else "title.isp_fine"
    return Content(t(name, line=title), verdict, mood, sections)


def _violated(report: Report) -> list[Judgement]:
    """Return the profiles and contracts of which a term was violated for certain."""
    return [
        judged
        for judged in report.judgements
        if any(one.outcome is Outcome.VIOLATED for one in judged.results)
    ]


def _demands(
    report: Report, theirs: Sequence[Incident], voice: Voice
) -> tuple[Block, ...]:
    """Ask only for what follows from a violated term."""
    t, violated = voice.t, _violated(report)
    if not violated:
        return (Text(t("isp.nothing")),)
    asked = [t("isp.meet")]
    if theirs:
        asked.insert(0, t("isp.explain"))
    for one in violated:
        if one.gives_back:
            amount = voice.money(one.credit, one.profile.currency)
            title = voice.value(one.profile.title)
            asked.append(t("isp.give_back", credit=amount, title=title))
    return (Items(tuple(asked)),)


def _tiles(report: Report, line: Line, voice: Voice) -> Tiles:
    t, counted = voice.t, line.provider
    undecided = {Outcome.NOT_MEASURED, Outcome.NOT_STATED}
    results = [
        one
        for judged in report.judgements
        for one in judged.results
        if one.outcome not in undecided
    ]
    bad = sum(one.outcome is Outcome.VIOLATED for one in results)
    found = [
        Tile(
            t("figure.terms"),
            voice.value(f"{bad} / {len(results)}"),
            mood="bad" if bad else "plain",
        ),
        Tile(
            t("figure.availability"),
            voice.share(counted.share),
            t("figure.excluded_note"),
        ),
        Tile(t("figure.down"), voice.duration(counted.down_seconds)),
        Tile(t("figure.longest"), voice.duration(counted.longest_seconds)),
    ]
    for one in report.judgements:
        if one.gives_back:
            amount = voice.money(one.credit, one.profile.currency)
            found.append(
                Tile(t("figure.credit"), amount, voice.value(one.profile.title))
            )
    return Tiles(tuple(found))


def _left_out(own: list[Incident], voice: Voice) -> tuple[Block, ...]:
    if not own:
        return (Text(voice.t("isp.none_left_out")),)
    told = tuple(
        f"{voice.when(one.onset, one.end)}: {voice.say(one.sentence)}" for one in own
    )
    return (Text(voice.t("isp.own_left_out")), Items(told))
