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
    if report.working_down is not None:
        working = voice.duration(report.working_down)
        verdict = t("verdict.lost_working", down=down, working=working)
    if not whole.down_seconds.low:
        most = whole.down_seconds.high or 0.0
        verdict = t(f"verdict.lost_maybe{_of(report)}", down=voice.span(most))
        if not most:
            verdict = t(f"verdict.lost_none{_of(report)}")
    found = [
        Tile(t("figure.down"), down, mood=common.mood_of(whole.share)),
        Tile(t("figure.longest"), voice.duration(whole.longest_seconds)),
        Tile(t("figure.availability"), voice.share(whole.share)),
    ]
    if report.costs is not None:
        lost = report.costs.felt.lost_hours
        found.insert(1, Tile(t("figure.lost_hours"), voice.value(f"{lost.likely:.1f}")))
    if report.working_down is not None:
        hours = voice.duration(report.working_down)
        found.insert(1, Tile(t("figure.down_working"), hours))
    outages = [
        one
        for one in report.incidents
        if one.kind is Kind.OUTAGE and not one.entity.startswith("service/")
    ]
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


def _of(report: Report) -> str:
    """Return whose words: of one line, or of several, of which one may be down."""
    return "_all" if len(report.lines) > 1 else ""


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
        fine = t(f"letter.fine{_of(report)}", days=days)
        return Letter((t("letter.hello"), fine, t("letter.bye")))
    down = voice.duration(whole.down_seconds)
    told = t("letter.down", days=days, down=down)
    if report.working_down is not None:
        working = voice.duration(report.working_down)
        told = t("letter.down_working", days=days, down=down, working=working)
    longest = voice.duration(whole.longest_seconds)
    lines = [t("letter.hello"), told, t("letter.longest", longest=longest)]
    if outages and len(report.lines) == 1:  # else each line has causes of its own
        worst = max(outages, key=lambda one: one.seconds_within)
        lines.append(t("letter.cause", cause=cases.causes(worst, voice)))
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
