"""For one who works alone: hours lost, deadlines, a text for the client."""

from rabta.model import Kind
from rabta.report.audiences import cases, common
from rabta.report.audiences.common import Content
from rabta.report.blocks import Letter, Section, Table, Text, Tile, Tiles
from rabta.report.facts import Incident, Report
from rabta.report.voice import Voice


def content(report: Report, voice: Voice) -> Content:
    """Return what stands on the pages."""
    t, whole = voice.t, report.together
    down = voice.duration(whole.down_seconds)
    verdict = t("verdict.lost", down=down)
    if not whole.down_seconds.low:
        most = whole.down_seconds.high or 0.0
        verdict = t("verdict.lost_maybe", down=voice.span(most))
        if not most:
            verdict = t("verdict.lost_none")
    found = [
        Tile(t("figure.down"), down, mood=common.mood_of(whole.share)),
        Tile(t("figure.longest"), voice.duration(whole.longest_seconds)),
        Tile(t("figure.availability"), voice.share(whole.share)),
    ]
    if report.costs is not None:
        hours = report.costs.felt.lost_hours
        found.insert(
            1, Tile(t("figure.lost_hours"), voice.value(f"{hours.likely:.1f}"))
        )
    outages = [one for one in report.incidents if one.kind is Kind.OUTAGE]
    sections = (
        Section("", (Tiles(tuple(found)),)),
        Section(t("section.deadlines"), (_deadlines(report, voice),)),
        Section(t("section.letter"), (_letter(report, outages, voice),)),
        Section(t("section.happened"), (_list(outages, voice),)),
        common.methods(voice, "place", "availability", "unknown", "cause"),
    )
    return Content(
        t("title.freelancer"), verdict, common.mood_of(whole.share), sections
    )


def _deadlines(report: Report, voice: Voice) -> Table | Text:
    t = voice.t
    if not report.deadlines:
        return Text(t("deadline.none"))
    return Table(
        (t("deadline.job"), t("deadline.due"), t("deadline.outcome")),
        tuple(
            (
                voice.value(str(one.job)),
                voice.moment(one.due),
                t("deadline.kept" if one.kept else "deadline.missed"),
            )
            for one in report.deadlines
        ),
        tuple("good" if one.kept else "bad" for one in report.deadlines),
    )


def _letter(report: Report, outages: list[Incident], voice: Voice) -> Letter:
    t = voice.t
    days = voice.days(report.start, report.stop)
    whole = report.together
    if not whole.down_seconds.low:
        return Letter((t("letter.hello"), t("letter.fine", days=days), t("letter.bye")))
    lines = [
        t("letter.hello"),
        t("letter.down", days=days, down=voice.duration(whole.down_seconds)),
    ]
    if outages:
        worst = max(outages, key=lambda one: one.seconds_within)
        longest = voice.span(worst.seconds_within)
        lines.append(
            t("letter.worst", longest=longest, cause=cases.causes(worst, voice))
        )
    return Letter((*lines, t("letter.proof"), t("letter.bye")))


def _list(outages: list[Incident], voice: Voice) -> Table | Text:
    t = voice.t
    if not outages:
        return Text(t("nothing_happened"))
    return Table(
        (t("case.when"), t("figure.down"), t("case.causes")),
        tuple(
            (
                voice.when(one.onset, one.end),
                voice.span(one.seconds_within),
                voice.say(one.sentence),
            )
            for one in outages
        ),
        wide=(2,),
    )
