"""From facts to a paper in one language."""

from rabta.locale import DIRECTION
from rabta.report.audiences import AUDIENCES
from rabta.report.blocks import Labels, Paper, Section, Text
from rabta.report.facts import Report
from rabta.report.voice import Voice
from rabta.report.zone import zone_of


_WORTH_A_WORD = 60.0
"""Seconds of which nothing is known: the last probe is never the period's end."""


def paper_of(report: Report, language: str, seal: str = "") -> Paper:
    """Say *report* for its audience in *language*.

    *seal* is the fingerprint of the key that will seal it; empty where none does.
    """
    voice = Voice(language, zone_of(report.timezone))
    content = AUDIENCES[report.audience](report, voice)
    days = voice.days(report.start, report.stop)
    place = voice.value(report.timezone)
    key = "period" if report.complete else "so_far"
    subtitle = voice.t(key, days=days, place=place, at=report.made_at)
    mark = voice.t("simulated") if report.simulated else ""
    return Paper(
        language,
        DIRECTION[language],
        content.title,
        subtitle,
        mark,
        content.verdict,
        content.mood,
        (*_with_doubt(content.sections, report, voice), _check(seal, voice)),
        voice.t(
            "footer",
            version=voice.value(report.version),
            at=voice.moment(report.made_at),
            period=voice.value(report.period),
        ),
        Labels(
            voice.t("evidence"),
            voice.t("alternatives"),
            voice.t("page", page="{page}", pages="{pages}"),
            voice.t("data"),
        ),
    )


def _check(seal: str, voice: Voice) -> Section:
    """Say how the file itself is checked."""
    t = voice.t
    told = [t("limit.not_signed")]
    if seal:
        told = [t("check.sealed"), t("check.key", sign=voice.value(seal))]
    return Section(t("section.check"), tuple(Text(one) for one in told))


def _with_doubt(
    sections: tuple[Section, ...], report: Report, voice: Voice
) -> tuple[Section, ...]:
    """Say on the first page how much is not known."""
    dark = report.together.unknown_seconds
    if len(report.lines) == 1:
        dark = report.lines[0].availability.unknown_seconds
    if dark < _WORTH_A_WORD:
        return sections
    first, *rest = sections
    told = Text(voice.t("verdict.maybe", dark=voice.span(dark)))
    return (Section(first.title, (*first.blocks, told), first.new_page), *rest)
