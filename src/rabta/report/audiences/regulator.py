"""For a regulator: terms of its profile, every line, the method in full."""

from rabta.cost.service.terms import Outcome
from rabta.report.audiences import cases, common, terms
from rabta.report.audiences.common import Content
from rabta.report.blocks import Block, Section, Text, Tiles
from rabta.report.facts import Line, Report
from rabta.report.voice import Voice


def content(report: Report, voice: Voice) -> Content:
    """Return what stands on the pages."""
    t = voice.t
    title = voice.listed(voice.value(line.title) for line in _blamed(report))
    verdict, mood = terms.verdict_of(report.judgements, title, voice)
    told: list[Block] = []
    for line in report.lines:
        for one in report.judgements:
            if one.uplink == line.uplink:
                told.append(Text(voice.value(line.title)))
                told += terms.judged(one, voice)
    each = [
        block
        for line in report.lines
        for block in (
            common.figure_table(line, voice),
            common.corridor_table(line, voice),
            common.course(report, line, voice),
        )
    ]
    sections = (
        Section(
            t("section.figures"),
            (
                Tiles(
                    tuple(common.availability_tile(one, voice) for one in report.lines)
                ),
                common.strip(report, voice),
            ),
        ),
        Section(t("section.terms"), tuple(told) or (Text(t("term.none")),)),
        Section(
            t("section.disruptions"),
            cases.cases(report, report.incidents, voice),
            new_page=True,
        ),
        Section(t("section.lines"), tuple(each)),
        common.methods(
            voice,
            *("place", "delay", "variation", "loss", "availability", "throughput"),
            *("unknown", "excluded", "cause"),
        ),
        common.limits(voice, "one_place", "targets", "hours"),
    )
    return Content(t("title.regulator"), verdict, mood, sections)


def _blamed(report: Report) -> list[Line]:
    """Return the lines that violated a term; all where none did."""
    guilty = {
        judged.uplink
        for judged in report.judgements
        for one in judged.results
        if one.outcome is Outcome.VIOLATED
    }
    return [one for one in report.lines if not guilty or one.uplink in guilty]
