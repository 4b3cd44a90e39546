"""``rabta detect``: disruptions in recorded series, CSV or Parquet."""

import json
from datetime import UTC, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rabta.cli import present
from rabta.cli.progress import Progress
from rabta.cli.reading import language_option
from rabta.errors import DataError, UsageError
from rabta.locale import say


if TYPE_CHECKING:
    from rabta.attribute.cause import Explanation
    from rabta.cli.detect_input import Ask, Told
    from rabta.cli.detect_seen import Seen
    from rabta.model import Notice

_PLOTS = (".svg", ".html")
_MOST_DRAWN = 60  # entities on one page: a browser must still open it


@click.command()
@click.argument(
    "files", nargs=-1, required=True, metavar="FILE…", type=click.Path(path_type=Path)
)
@click.option(
    "--time",
    default="",
    metavar="COLUMN",
    help="The column of the times. Where day and month could be either:"
    " COLUMN:month-day-year or COLUMN:day-month-year.",
)
@click.option(
    "--signal",
    "signals",
    multiple=True,
    metavar="NAME[:KIND]=COLUMN",
    help="A signal and its column; again for each. KIND: count, fraction, rtt,"
    " throughput or prefixes.",
)
@click.option(
    "--entity",
    default="",
    metavar="NAME",
    help="What all files are about, such as country/IQ: their signals are joined."
    " Without it every file is about something of its own.",
)
@click.option(
    "--by",
    default="",
    metavar="COLUMN",
    help="The column that names what each row is about.",
)
@click.option(
    "--parts",
    is_flag=True,
    help="The files, or else the columns, are parts of the entity, such as its"
    " regions: their sum is judged too, and the fewest that explain a loss are"
    " named. --by with --entity country/IR does the same.",
)
@click.option(
    "--timezone",
    "zone_name",
    default="",
    metavar="ZONE",
    help="Zone of times that carry none, and of the local week: Asia/Karachi.",
)
@click.option(
    "--context",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Announcements to lay beside: CSV or JSON with entity, start, end, cause,"
    " source, says; or a list of outages.",
)
@click.option(
    "--changes",
    is_flag=True,
    help="Tell where delays changed their level for good, such as by another route,"
    " instead of disruptions.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object per disruption.")
@click.option(
    "--whole",
    is_flag=True,
    help="With --json: one object per entity, with what was read, its disruptions (one"
    " that recurs told once), new levels and windows of every day.",
)
@click.option(
    "--plot",
    "plot",
    metavar="FILE.svg|html",
    type=click.Path(path_type=Path),
    help="Draw signals, baselines and disruptions.",
)
@language_option
def command(
    *,
    files: tuple[Path, ...],
    time: str,
    signals: tuple[str, ...],
    entity: str,
    by: str,
    parts: bool,
    zone_name: str,
    context: Path | None,
    changes: bool,
    as_json: bool,
    whole: bool,
    plot: Path | None,
    language: str | None,
) -> None:
    """Find disruptions in recorded series.

    Reads tables (CSV or Parquet) with one column of times and a numeric column per
    signal; what is not named is chosen, and said on stderr. Signals of one entity are
    judged together.
    """
    from rabta.cli import detect_input
    from rabta.cli.detect_zone import zone_of_entity, zone_of_name

    lang = present.language(language)
    _check_plot(plot)
    if parts and not entity:
        raise UsageError(
            "--parts: of what?",
            hint="name the whole: --entity country/IR",
        )
    announced = _announced(context)
    zone = zone_of_name(zone_name)
    ask = detect_input.Ask(
        files,
        entity,
        time,
        detect_input.parse_signals(signals),
        by,
        zone,
        parts,
    )
    progress = Progress(lang)
    understood = detect_input.understand(ask, progress)
    intake = detect_input.Intake(ask)
    for told in understood:
        known = intake.read(told, progress)
        if not (time and signals) or known.empty or known.share_times > 1.5:
            _explain(known, ask, lang)
    for file, column, value, at, row in intake.aside:
        beyond = {"file": file, "column": column, "value": f"{value:g}", "time": at}
        key = "detect.aside_row" if row else "detect.aside"
        click.echo(say(lang, key, None, row=str(row), **beyond), err=True)
    if not len(intake):
        raise DataError("there is no number in any signal", file=str(files[0]))
    if plot is not None and plot.suffix.lower() == ".svg" and len(intake) > 1:
        raise UsageError(
            f"--plot {plot}: an SVG holds one entity, and there are {len(intake)}",
            hint="write a page: --plot NAME.html",
        )
    local = zone or zone_of_entity(entity) or UTC
    if zone is None and local is not UTC:
        text = say(lang, "detect.zone", country=entity, place=str(local))
        click.echo(text, err=True)
    from rabta.cli.detect_seen import see

    whole_of = entity if parts or (by and "/" in entity) else ""
    found = list(see(intake, whole_of, local, progress, lang))
    if plot is not None:
        with progress.stage("drawing", file=plot.name):
            _draw(plot, found, local, lang)
        click.echo(say(lang, "detect.drawn", file=str(plot)), err=True)
    if changes:
        _print_changes(found, local, lang, as_json=as_json)
    else:
        why = [_explained(found, n, local, announced) for n in range(len(found))]
        if as_json:
            _print_json(found, why, announced, whole=whole)
        else:
            _print(found, why, announced, local, lang)


def _check_plot(plot: Path | None) -> None:
    """Refuse before the work what could not be written after it."""
    if plot is None:
        return
    if plot.suffix.lower() not in _PLOTS:
        raise UsageError(f"--plot {plot}: the name must end in .svg or .html")
    if plot.is_dir():
        raise UsageError(f"--plot {plot} is a folder", hint="name a file in it")
    if not plot.absolute().parent.is_dir():
        raise UsageError(
            f"--plot {plot}: there is no folder {plot.parent}", hint="make it first"
        )


def _explain(told: "Told", ask: "Ask", lang: str) -> None:
    """Say on stderr what was chosen and what became of it."""
    from rabta.cli.detect_text import chosen

    for line in chosen(told, lang, zoned=ask.zone is not None):
        click.echo(line, err=True)


def _explained(
    found: "list[Seen]", which: int, local: tzinfo, announced: "tuple[Notice, ...]"
) -> "list[Explanation]":
    """Say why, in the light of all that is in these recordings."""
    from rabta.agent.explaining import explain_found, known_zone, recorded_beside

    signals = found[which].signals
    now = max((int(one.times[-1]) for one in signals if len(one.times)), default=0)
    return explain_found(
        found[which].detection.disruptions,
        signals,
        known_zone(local),
        now,
        recorded_beside([one.detection for one in found], which, announced),
    )


def _announced(context: Path | None) -> "tuple[Notice, ...]":
    if context is None:
        return ()
    from rabta.attribute.notices import settle
    from rabta.clock import SystemClock
    from rabta.locale import render
    from rabta.sources.notices import announced

    told = announced(context)
    settled = settle((), told.notices, SystemClock().now())
    left_out = (
        f"{context}: {one.says or one.entity}: {render(why)}"
        for one, why in settled.rejected
    )
    for line in (*told.aside, *left_out):
        click.echo(line, err=True)
    return settled.kept


def _print_changes(
    found: "list[Seen]", local: tzinfo, lang: str, *, as_json: bool
) -> None:
    from rabta.cli.detect_documents import changes
    from rabta.cli.detect_text import changed

    for one in found:
        if as_json:
            for document in changes(one.detection):
                click.echo(json.dumps(document, ensure_ascii=False, allow_nan=False))
        else:
            for line in changed(one.detection, local, lang):
                click.echo(line)


def _print(
    found: "list[Seen]",
    why: "list[list[Explanation]]",
    announced: "tuple[Notice, ...]",
    local: tzinfo,
    lang: str,
) -> None:
    from rabta.cli.detect_text import lines

    for number, one in enumerate(found):
        if number:
            click.echo()
        for line in lines(one, why[number], local, lang, announced):
            click.echo(line)


def _print_json(
    found: "list[Seen]",
    why: "list[list[Explanation]]",
    announced: "tuple[Notice, ...]",
    *,
    whole: bool,
) -> None:
    from rabta.cli.detect_documents import documents, wholes

    for document in (wholes if whole else documents)(found, why, announced):
        click.echo(json.dumps(document, ensure_ascii=False, allow_nan=False))


def _draw(plot: Path, found: "list[Seen]", local: tzinfo, lang: str) -> None:
    from rabta.cli.detect_plot import as_page, as_svg
    from rabta.whole import write_whole

    if plot.suffix.lower() == ".svg":
        text = as_svg(found[0], local, lang)
    else:
        telling = [one for one in found if one.detection.disruptions] or found
        text = as_page(telling[:_MOST_DRAWN], local, lang)
    write_whole(plot, text.encode())
