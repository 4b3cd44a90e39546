"""For a client: whether work could go on. No money, no inside of the network."""

from rabta.clock import SECOND
from rabta.cost.service.spans import Spans, common, joined
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
    sections.append(Section(t("section.happened"), (_happened(report, voice),)))
    sections.append(methods(voice, "place", "availability", "unknown"))
    sections.append(limits(voice, "one_place"))
    return Content(t("title.client"), verdict, mood_of(whole.share), tuple(sections))


def _happened(report: Report, voice: Voice) -> Table | Text:
    """List what was felt; what several lines felt alike at one time is one row."""
    t = voice.t
    felt: dict[str, Spans] = {}
    for one in report.incidents:
        effect = _effect(report, one, voice)
        span = one.onset, one.until(report.stop)
        felt[effect] = joined(felt.get(effect, ()), [span])
    rows = sorted((span, effect) for effect, spans in felt.items() for span in spans)
    if not rows:
        return Text(t("nothing_happened"))
    return Table(
        (t("client.what"), t("client.how_long"), t("client.effect")),
        tuple(
            (voice.when(*span), voice.span((span[1] - span[0]) / SECOND), effect)
            for span, effect in rows
        ),
        wide=(2,),
    )


def _effect(report: Report, one: Incident, voice: Voice) -> str:
    kind, _, name = one.entity.partition("/")
    if kind == "service":
        return voice.t(f"status.{one.kind.value}", what=voice.value(name))
    if one.kind is Kind.DEGRADATION:
        return voice.t("client.worse")
    others = [line for line in report.lines if line.uplink != name]
    down: Spans = ((one.onset, one.until(report.stop)),)
    perhaps = down
    for line in others:
        down = common(down, line.down)
        perhaps = common(perhaps, joined(line.down, line.unknown))
    if kind == "host" or not others or down:
        return voice.t("client.all_down")
    return voice.t("client.line_unsure" if perhaps else "client.line_down")
