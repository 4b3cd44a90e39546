"""For a client: whether work could go on. No money, no inside of the network."""

from rabta.cost.service.spans import Span, common
from rabta.model import Kind
from rabta.report.audiences.common import Content, limits, methods, mood_of
from rabta.report.blocks import Section, Table, Text, Tile, Tiles
from rabta.report.facts import Incident, Report
from rabta.report.voice import Voice


def content(report: Report, voice: Voice) -> Content:
    """Return what stands on the pages."""
    t, whole = voice.t, report.together
    down = whole.down_seconds
    quiet = down.high is not None and down.high <= 0
    verdict = (
        t("verdict.no_outage")
        if quiet
        else t("verdict.works", share=voice.share(whole.share))
    )
    tiles = Tiles(
        (
            Tile(
                t("figure.together"),
                voice.share(whole.share),
                t("figure.together_note"),
                mood_of(whole.share),
            ),
            Tile(t("figure.down"), voice.duration(down)),
            Tile(t("figure.longest"), voice.duration(whole.longest_seconds)),
            Tile(t("figure.unknown"), voice.span(whole.unknown_seconds)),
        )
    )
    services = Table(
        (t("figure.service"), t("figure.availability"), t("figure.down")),
        tuple(
            (
                voice.value(one.title),
                voice.share(one.availability.share),
                voice.duration(one.availability.down_seconds),
            )
            for one in report.services
        ),
    )
    sections = [Section(t("section.figures"), (tiles,))]
    if report.services:
        sections.append(Section(t("section.services"), (services,)))
    sections.append(Section(t("section.disruptions"), (_happened(report, voice),)))
    sections.append(methods(voice, "place", "availability", "unknown"))
    sections.append(limits(voice, "one_place"))
    return Content(t("title.client"), verdict, mood_of(whole.share), tuple(sections))


def _happened(report: Report, voice: Voice) -> Table | Text:
    t = voice.t
    rows = [
        (
            voice.when(one.onset, one.end),
            voice.span(one.seconds_within),
            _effect(report, one, voice),
        )
        for one in report.incidents
        if one.kind is not Kind.DEGRADATION or one.entity.startswith("uplink/")
    ]
    if not rows:
        return Text(t("nothing_happened"))
    head = (t("client.what"), t("client.how_long"), t("client.effect"))
    return Table(head, tuple(rows), wide=(2,))


def _effect(report: Report, one: Incident, voice: Voice) -> str:
    kind, _, name = one.entity.partition("/")
    if kind == "service":
        return voice.t("client.service", service=voice.value(name))
    if one.kind is Kind.DEGRADATION:
        return voice.t("client.worse")
    end = report.stop if one.end is None else one.end
    others = [line for line in report.lines if line.uplink != name]
    span: tuple[Span, ...] = ((one.onset, end),)
    for line in others:
        span = common(span, line.down)
    gone = kind == "host" or not others or bool(span)
    return voice.t("client.all_down" if gone else "client.line_down")
