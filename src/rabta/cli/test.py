"""``rabta test``: is a service blocked or throttled over these lines?"""

import asyncio
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rabta.cli import present
from rabta.cli.progress import Progress
from rabta.cli.reading import (
    config_file,
    config_option,
    json_option,
    language_option,
    store_option,
    store_path,
)
from rabta.clock import SystemClock
from rabta.errors import RabtaError, UsageError


if TYPE_CHECKING:
    from rabta.agent.blocking_test import Way
    from rabta.agent.consent import Ledger
    from rabta.config import Config
    from rabta.model import Report, Target


@click.command()
@click.argument("service")
@click.option("--throttling", is_flag=True, help="Compare speeds instead, in pairs.")
@click.option("--uplink", default="", metavar="NAME", help="Over this uplink alone.")
@click.option("--agree", is_flag=True, help="Agree, once and for later tests.")
@click.option("--withdraw", is_flag=True, help="Withdraw the agreement; test nothing.")
@json_option
@language_option
@store_option
@config_option
def command(
    service: str,
    *,
    throttling: bool,
    uplink: str,
    agree: bool,
    withdraw: bool,
    as_json: bool,
    language: str | None,
    store: Path | None,
) -> None:
    """Test whether SERVICE (a name of the catalogue, or a URL) is blocked.

    Asks for its name, its addresses, its certificate and its page, three times over
    some minutes, together with controls that differ in one thing only. Whoever
    watches the line can see that; so it runs only for services you agreed to, and
    not more than once in ten minutes.
    """
    from rabta.agent.blocking_test import ways
    from rabta.agent.consent import Ledger
    from rabta.config import load
    from rabta.config.targets import service_targets
    from rabta.probes.uplinks import look, names_of

    lang = present.language(language)
    config = load(config_file())
    path = store_path(store)
    ledger = Ledger(path)
    if withdraw:
        known = ledger.withdraw(service)
        click.echo(present.label(lang, "test.withdrawn" if known else "test.unknown"))
        return
    try:
        target = service_targets(config, service)[0]
    except ValueError as error:
        message, *hint = error.args
        raise UsageError(message, hint=hint[0] if hint else "") from None
    _agree(ledger, service, target, lang, agree=agree)
    uplinks = asyncio.run(look(names_of(config.uplinks)))
    found = [w for w in ways(uplinks) if not uplink or w.uplink.name == uplink]
    if not found:
        names = ", ".join(u.name for u in uplinks)
        raise RabtaError(
            "there is no line to test over", hint=f"uplinks here: {names or 'none'}"
        )
    ledger.begin(service, SystemClock().now(), config.lab.pace)
    if throttling:
        document, lines = _paces(config, service, found, lang, path)
    else:
        document, lines = _blocked(config, service, found, lang, path)
    if as_json:
        click.echo(json.dumps(document, ensure_ascii=False))
    else:
        click.echo("\n".join(lines))


def _blocked(
    config: "Config", service: str, found: "list[Way]", lang: str, path: Path
) -> tuple[dict[str, object], list[str]]:
    from rabta.agent.service_test import examine, reports
    from rabta.cli import test_text

    progress = Progress(lang)
    with progress.stage("testing", service=service):
        result = asyncio.run(
            examine(config, service, found, SystemClock(), report=progress.report)
        )
    _remember(path, reports(result))
    return test_text.document(result), list(test_text.lines(result, lang))


def _paces(
    config: "Config", service: str, found: "list[Way]", lang: str, path: Path
) -> tuple[dict[str, object], list[str]]:
    from rabta.agent.pace_test import compare, reports
    from rabta.cli import test_text

    progress = Progress(lang)
    with progress.stage("testing", service=service):
        result = asyncio.run(
            compare(config, service, found, SystemClock(), report=progress.report)
        )
    _remember(path, reports(result))
    return test_text.pace_document(result), list(test_text.pace_lines(result, lang))


def _agree(
    ledger: "Ledger", service: str, target: "Target", lang: str, *, agree: bool
) -> None:
    from rabta.agent.consent import where_of

    where = where_of(target)
    if ledger.holds(service, where):
        return
    warning = present.label(lang, "test.warning", service=service, host=target.host)
    if not agree:
        if not sys.stdin.isatty():
            raise UsageError(warning, hint="agree with --agree")
        click.echo(warning, err=True)
        if not click.confirm(present.label(lang, "test.ask"), err=True):
            raise click.Abort
    ledger.agree(service, where, SystemClock().now())


def _remember(path: Path, found: "list[Report]") -> None:
    from rabta.store import Store

    if found:
        with Store.open(path, clock=SystemClock(), beside=True) as store:
            store.add_reports(found)
