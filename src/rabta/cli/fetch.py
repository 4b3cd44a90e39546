"""``rabta fetch``: a public source's series into the store."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rabta.cli import present
from rabta.cli.progress import Progress
from rabta.cli.reading import (
    config_file,
    config_option,
    language_option,
    store_option,
    store_path,
)
from rabta.clock import DAY, SECOND, SystemClock
from rabta.errors import FetchError, UsageError
from rabta.locale import say
from rabta.sources import SOURCES


if TYPE_CHECKING:
    from rabta.agent.fetching import Ask, Page


@click.command("fetch")
@click.argument("source")
@click.argument("entity")
@click.option(
    "--from", "start", default="", metavar="TIME", help="Default: a week ago."
)
@click.option("--to", "stop", default="", metavar="TIME", help="Default: now.")
@click.option("--follow", is_flag=True, help="Go on asking for what is new.")
@click.option(
    "--every",
    type=click.IntRange(60, 86400),
    default=300,
    show_default=True,
    help="Seconds between two askings with --follow.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object per answer.")
@language_option
@store_option
@config_option
def command(
    *,
    source: str,
    entity: str,
    start: str,
    stop: str,
    follow: bool,
    every: int,
    as_json: bool,
    language: str | None,
    store: Path | None,
) -> None:
    """Bring a public SOURCE's series about ENTITY into the store.

    \b
    rabta fetch ioda country/PK --from 2025-09-01 --to 2025-09-10
    rabta fetch ioda world
    rabta fetch ooni asn/17557
    rabta fetch atlas measurement/1001
    rabta fetch delegated country/PK
    rabta fetch ris country/PK --from 2025-09-06
    rabta fetch ris-live country/PK --follow
    rabta fetch status-page https://www.githubstatus.com --follow

    Interrupted, run it again: what was fetched is not asked for twice.
    """  # noqa: D301 - click's mark for "keep these lines"
    lang = present.language(language)
    clock = SystemClock()
    now = clock.now()
    end = _moment(stop, "--to") if stop else now
    begin = _moment(start, "--from") if start else end - 7 * DAY
    if begin >= end:
        raise UsageError("--from is not before --to")
    if source == "ris-live":
        if not follow:
            raise UsageError("ris-live tells what happens now", hint="add --follow")
        from rabta.cli import fetch_live

        fetch_live.run(entity, store_path(store), lang, as_json=as_json)
        return
    good = _Run(source, entity, store_path(store), lang, as_json=as_json)
    if follow:
        late = SOURCES[source].late if source in SOURCES else 0
        while True:
            try:
                good.once(begin, end)
            except FetchError as error:  # asked again, for all since it last answered
                click.echo(f"rabta: {error}", err=True)
            else:
                begin = max(begin, end - late)
            _wait(every)
            end = clock.now()
    if good.once(begin, end):
        raise click.exceptions.Exit(1)


_wait: Callable[[float], None] = time.sleep


class _Run:
    """One source, one entity, again and again."""

    def __init__(
        self, source: str, entity: str, path: Path, lang: str, *, as_json: bool
    ) -> None:
        from rabta.config import load

        self._settings = load(config_file()).source(source)
        self._source, self._entity = source, entity
        self._path, self._lang, self._as_json = path, lang, as_json

    def once(self, start: int, stop: int) -> bool:
        """Fetch one span; return whether anything failed."""
        from rabta.agent.fetching import Ask, fetch, first_pages
        from rabta.cli.intake_files import destination
        from rabta.cli.judging import judged
        from rabta.sources.polite import Fetcher

        ask = Ask(self._source, self._entity, start, stop, self._settings.url)
        first_pages(ask)  # what is wrong with it is said before anything is opened
        clock = SystemClock()
        failed, some = False, False
        entities: set[str] = set()
        with destination(self._path) as store:
            fetcher = Fetcher(
                self._path / "fetched" / self._source,
                clock=clock,
                headers=self._headers(),
            )
            progress = Progress(self._lang)
            try:
                with progress.stage("reading", file=_name(ask), size=0):
                    for page in fetch(ask, fetcher, store, clock):
                        progress.report(0.0)
                        failed = bool(page.problem) or failed
                        some = some or not page.missing
                        if page.intake is not None:
                            entities |= page.intake.entities
                        self._tell(page)
            finally:
                fetcher.close()
            found = judged(store, entities, self._lang, progress)
            if found and not self._as_json:
                click.echo(found)
        return failed or not some

    def _headers(self) -> dict[str, str]:
        if self._settings.token_file is None:
            return {}
        from rabta.config import read_secret

        return {"Authorization": f"Bearer {read_secret(self._settings.token_file)}"}

    def _tell(self, page: "Page") -> None:
        intake = page.intake
        if self._as_json:
            document = {
                "url": page.url.partition("#")[0],
                "fresh": page.fresh,
                "left": page.left,
                "skew_seconds": page.skew / SECOND,
                "problem": page.problem,
                "missing": page.missing,
                "series": len(intake.series) if intake else 0,
                "values": intake.values if intake else 0,
                "reports": intake.reports if intake else 0,
                "aside": intake.tally.reasons if intake else {},
            }
            click.echo(json.dumps(document, ensure_ascii=False))
            return
        if page.skew:
            hours = say(self._lang, "fetch.skew", None, span=abs(page.skew) / SECOND)
            click.echo(hours, err=True)
        if page.missing:
            click.echo(say(self._lang, "fetch.missing", None, url=page.url), err=True)
        elif page.problem:
            text = say(
                self._lang, "fetch.problem", None, why=page.problem, url=page.url
            )
            click.echo(text, err=True)
        elif intake is not None:
            key = "fetched" if page.fresh else "kept"
            click.echo(
                say(
                    self._lang,
                    f"fetch.{key}",
                    None,
                    series=len(intake.series),
                    values=intake.values,
                    reports=intake.reports,
                    left=page.left,
                )
            )


def _name(ask: "Ask") -> str:
    return f"{ask.source} {ask.entity}"


def _moment(text: str, option: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(
            f"{option} {text}: no time", hint="write 2025-09-01 or 2025-09-01T12:30"
        ) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return int(moment.timestamp()) * SECOND
