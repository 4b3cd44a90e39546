"""``rabta report``: a period told to somebody, with proof."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rabta.cli import present
from rabta.cli.jobs import configuration
from rabta.cli.progress import Progress
from rabta.cli.reading import config_option, json_option, store_option
from rabta.clock import SystemClock
from rabta.errors import UsageError


if TYPE_CHECKING:
    from rabta.agent.reporting import Setup
    from rabta.config import Config
    from rabta.report.facts import Report
    from rabta.report.proof import Proof
    from rabta.store import Store


_AUDIENCES = ("client", "isp", "regulator", "management", "freelancer")
_FORMATS = ("html", "pdf", "json")


@click.command()
@click.option(
    "--period",
    default="",
    help="2026-10, 2026-W43, 2026-10-05 or 2026-10-01..2026-10-15; last month.",
)
@click.option(
    "--for",
    "audience",
    type=click.Choice(_AUDIENCES),
    default="management",
    show_default=True,
    help="Who reads it.",
)
@click.option("--uplink", default="", help="Only this one; a complaint needs one.")
@click.option(
    "--profile",
    "profiles",
    multiple=True,
    help="Terms to judge by: pta, fcc, berec, ofcom, itu.",
)
@click.option(
    "--format",
    "formats",
    default="html,pdf",
    show_default=True,
    help="Of html, pdf, json, with commas.",
)
@click.option(
    "--language",
    type=click.Choice(["en", "ur"]),
    help="Of the document; that of your terminal.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="A folder, or a file where one format is asked for.",
)
@click.option(
    "--status-page",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Write the public status page into DIR instead.",
)
@click.option(
    "--require-proof",
    is_flag=True,
    help="Write nothing that cannot be sealed with its evidence.",
)
@json_option
@store_option
@config_option
def command(
    *,
    period: str,
    audience: str,
    uplink: str,
    profiles: tuple[str, ...],
    formats: str,
    language: str | None,
    out: Path | None,
    status_page: Path | None,
    require_proof: bool,
    as_json: bool,
    store: Path | None,
) -> None:
    """Tell a period to a client, a provider, a regulator, management, or as freelancer.

    \b
    rabta report                                          last month, for management
    rabta report --period 2026-10 --for client --language ur
    rabta report --period 2026-10 --for isp --uplink ptcl    a complaint, with proof
    rabta report --period 2026-W43 --for regulator --profile pta --format pdf
    rabta report --status-page /var/www/status               ninety days, for the public

    Figures are bounds: what was not measured is neither good nor bad. The facts are in
    each document, for machines.
    """  # noqa: D301 - click's mark for "keep these lines"
    from rabta.agent.reporting import Order, report
    from rabta.report.made import made
    from rabta.report.period import last_month, period_of
    from rabta.report.proof import settle
    from rabta.whole import write_whole

    chosen = _formats(formats)
    _known(profiles)
    lang = present.language(language)
    config = configuration(store)
    setup = _setup(config)
    clock = SystemClock()
    if status_page is not None:
        written = _status_page(config, setup, status_page, lang)
        _tell(written, as_json=as_json)
        return
    asked = period_of(period or last_month(clock.now(), setup.zone), setup.zone)
    progress = Progress(lang)
    settle(config.store.path, clock)
    with progress.stage("gathering"), _opened(config) as opened:
        found = report(opened, setup, Order(audience, asked, uplink, profiles), clock)
    written = []
    with progress.stage("writing"):
        proof, why = _proof(config.store.path, found, lang, required=require_proof)
        for file in made(found, lang, chosen, proof):
            path = _place(file.name, out, alone=len(chosen) == 1)
            write_whole(path, file.content)
            written.append((path, file.format, len(file.content)))
    _tell(written, as_json=as_json, sealed=proof is not None, unsealed=why)


def _proof(
    folder: Path, report: "Report", lang: str, *, required: bool
) -> "tuple[Proof | None, str]":
    """Return the proof of *report*; where there is none, say why and return that."""
    from rabta.errors import StoreError
    from rabta.locale import say
    from rabta.report.proof import proof_of

    try:
        return proof_of(folder, report), ""
    except (StoreError, UsageError) as error:
        if required:
            raise
        click.echo(say(lang, "report.unsealed", reason=str(error)), err=True)
        return None, str(error)


def _status_page(
    config: "Config", setup: "Setup", folder: Path, lang: str
) -> list[tuple[Path, str, int]]:
    from rabta.agent.reporting import status_page
    from rabta.whole import write_whole

    written = []
    with Progress(lang).stage("gathering"), _opened(config) as opened:
        for name, content in status_page(opened, setup, lang, SystemClock()):
            path = _place(name, folder, alone=False)
            write_whole(path, content)
            written.append((path, path.suffix.removeprefix("."), len(content)))
    return written


def _tell(
    written: list[tuple[Path, str, int]], *, as_json: bool, **more: bool | str
) -> None:
    if not as_json:
        for path, *_ in written:
            click.echo(path)
        return
    files = [
        {"path": str(path), "format": form, "bytes": size}
        for path, form, size in written
    ]
    click.echo(json.dumps({"files": files, **more}, ensure_ascii=False))


def _formats(text: str) -> list[str]:
    found = [part.strip() for part in text.split(",") if part.strip()]
    for one in found:
        if one not in _FORMATS:
            hint = "known: " + ", ".join(_FORMATS)
            raise UsageError(f"there is no format {one!r}", hint=hint)
    if not found:
        raise UsageError("no format is given", hint="such as --format pdf")
    return list(dict.fromkeys(found))


def _place(name: str, out: Path | None, *, alone: bool) -> Path:
    """Return where a file goes: into the folder *out*, or as it where *alone*.

    A name with an ending is a file's; all else is a folder, made where it is not.
    """
    path = (out or Path()) / name
    if out is not None and alone and out.suffix and not out.is_dir():
        path = out
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = f"{path.parent}: {error.strerror}"
        raise UsageError(reason, hint="choose another place with --out") from error
    return path


def _known(profiles: tuple[str, ...]) -> None:
    from rabta.cost.service.profiles import names

    for one in profiles:
        if one not in names():
            hint = "known: " + ", ".join(names())
            raise UsageError(f"there is no profile {one!r}", hint=hint)


def _setup(config: "Config") -> "Setup":
    from rabta.agent.reporting import Setup
    from rabta.config.country import local_zone
    from rabta.config.targets import targets
    from rabta.cost.firm.table import firm_of
    from rabta.cost.service.contract import contracts_of

    return Setup(
        targets(config),
        local_zone(),
        config.country,
        contracts_of(config.contracts),
        None if config.firm is None else firm_of(config.firm),
        config.status_page,
    )


def _opened(config: "Config") -> "Store":
    from rabta.store import Store

    return Store.open(config.store.path, clock=SystemClock(), read_only=True)
