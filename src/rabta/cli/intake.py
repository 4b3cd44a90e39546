"""``rabta import``: recorded files of other sources into the store."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rabta.cli import present
from rabta.cli.progress import Progress
from rabta.cli.reading import config_option, language_option, store_option, store_path
from rabta.errors import DataError, RabtaError, UsageError


if TYPE_CHECKING:
    from rabta.model.provenance import Provenance


@click.command("import")
@click.argument("files", nargs=-1, metavar="FILE…", type=click.Path(path_type=Path))
@click.option(
    "--entity",
    default="",
    metavar="NAME",
    help="What the files are about where they do not say: uplink/ptcl, country/PK;"
    " of routes, whom to tell of: country/PK,asn/17557.",
)
@click.option(
    "--time",
    default="",
    metavar="COLUMN",
    help="Tables: the times. Where day and month could be either: COLUMN:month-day-year"
    " or COLUMN:day-month-year.",
)
@click.option(
    "--signal",
    "signals",
    multiple=True,
    metavar="NAME[:KIND]=COLUMN",
    help="Tables: a signal and its column, as for 'rabta detect'; again for each.",
)
@click.option("--by", default="", metavar="COLUMN", help="Tables: what a row is about.")
@click.option(
    "--timezone",
    "zone_name",
    default="",
    help="Tables, speed tests, logs of ping: the zone of times without one; else UTC.",
)
@click.option(
    "--unit",
    default="",
    metavar="UNIT",
    help="Tables of speed tests: the unit of the rates: bit/s, kbit/s, Mbit/s, byte/s.",
)
@click.option("--dry-run", is_flag=True, help="Read everything and store nothing.")
@click.option("--formats", is_flag=True, help="List the forms that are recognised.")
@click.option(
    "--history", is_flag=True, help="List what was imported and fetched, and whence."
)
@click.option(
    "--records",
    is_flag=True,
    help="RIPE Atlas: print every field of every result as JSON Lines; store nothing.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object per file.")
@language_option
@store_option
@config_option
def command(
    *,
    files: tuple[Path, ...],
    entity: str,
    time: str,
    signals: tuple[str, ...],
    by: str,
    zone_name: str,
    unit: str,
    dry_run: bool,
    formats: bool,
    history: bool,
    records: bool,
    as_json: bool,
    language: str | None,
    store: Path | None,
) -> None:
    """Bring recorded files into the store.

    Says what each file is and what was found in it. What is malformed in a file is
    counted, shown and left out; the rest is kept. What is about countries and networks
    is looked through for disruptions. The daemon may run meanwhile.
    """
    from rabta.cli import intake_files, intake_text
    from rabta.cli.judging import judged
    from rabta.cli.routes import RouteFiles
    from rabta.sources.bgp.first import in_time

    lang = present.language(language)
    if formats:
        for line in intake_text.formats(as_json=as_json):
            click.echo(line)
        return
    if history:
        from rabta.cli import intake_history

        for line in intake_history.lines(store_path(store), lang, as_json=as_json):
            click.echo(line)
        return
    if not files:
        raise UsageError("there is no file to import", hint="rabta import FILE…")
    if entity and "/" not in entity:
        raise UsageError(
            f"--entity {entity}: the kind is missing",
            hint="write KIND/NAME, such as uplink/ptcl, country/PK or asn/17557",
        )
    intake_files.check_unit(unit)
    if records:
        from rabta.cli.records import full

        for file in files:
            for line in full(file):
                click.echo(line)
        return
    table = intake_files.Table(entity, time, signals, by, zone_name, unit)
    progress = Progress(lang)
    routes = RouteFiles(entity, store_path(store))
    parts = intake_files.Parts(files)
    refused: list[RabtaError] = []
    entities: set[str] = set()
    origins: list[Provenance] = []
    with intake_files.destination(None if dry_run else store_path(store)) as into:
        with intake_files.gathered(into, progress) as sink:
            for file in in_time(files):
                try:
                    brought = intake_files.bring(
                        file, table, sink, progress, routes, parts
                    )
                except DataError as error:
                    refused.append(error)
                    click.echo(f"rabta: {error}", err=True)
                    continue
                entities |= brought.intake.entities
                if not dry_run:
                    origins.append(intake_files.origin(brought))
                if as_json:
                    document = intake_text.document(brought, stored=not dry_run)
                    click.echo(json.dumps(document, ensure_ascii=False))
                else:
                    for line in intake_text.lines(brought, lang, stored=not dry_run):
                        click.echo(line)
                useful = brought.intake.values or brought.intake.reports
                if not (useful or brought.learnt or brought.waits):
                    refused.append(DataError("nothing to import", file=str(file)))
        if into is not None and origins:
            into.add_provenance(origins)
        found = judged(into, entities, lang, progress)
    if found and not as_json:
        click.echo(found)
    if refused:
        raise click.exceptions.Exit(1)
