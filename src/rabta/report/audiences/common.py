"""Blocks that several readers get."""

from collections.abc import Sequence
from dataclasses import dataclass

from rabta.clock import HOUR
from rabta.cost.service.bounds import Bounds, quantile
from rabta.cost.service.rates import Rated
from rabta.report import charts
from rabta.report.blocks import (
    Drawing,
    Mood,
    Section,
    Table,
    Text,
    Tile,
)
from rabta.report.facts import Line, Report
from rabta.report.voice import Voice
from rabta.report.zone import zone_of


@dataclass(frozen=True, slots=True)
class Content:
    """What one reader gets."""

    title: str
    verdict: str
    mood: Mood
    sections: tuple[Section, ...]


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


def middle(tests: Sequence[Rated]) -> Bounds:
    """Return the median of what was measured."""
    return quantile([one.bits_per_second for one in tests], 0.5, 0)


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
