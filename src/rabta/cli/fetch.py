"""``rabta fetch``: a public source's series into the store."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

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
from rabta.clock import DAY, MINUTE, SECOND, SystemClock
from rabta.errors import FetchError, UsageError
from rabta.locale import say
from rabta.sources import SOURCES


if TYPE_CHECKING:
    from rabta.agent.fetching import Ask, Page
    from rabta.sources.polite import Fetcher


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

    Interrupted, run it again: whole days that were fetched are not asked for twice.
    """  # noqa: D301 - click's mark for "keep these lines"
    lang = present.language(language)
    clock = SystemClock()
    end = _moment(stop, "--to") if stop else _minute(clock.now())
    begin = _moment(start, "--from") if start else _day(end - 7 * DAY)
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
            try:  # what failed is asked again, for all since it last answered
                if not good.once(begin, end):
                    begin = max(begin, end - late)
            except FetchError as error:
                click.echo(f"rabta: {error}", err=True)
            _wait(every)
            end = max(end, _minute(clock.now()))
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
        """Fetch one span; return whether anything of it was not given."""
        from rabta.agent.fetching import Ask, fetch, first_pages
        from rabta.cli.intake_files import destination
        from rabta.cli.judging import judged
        from rabta.sources.polite import Fetcher

        ask = Ask(self._source, self._entity, start, stop, self._settings.url)
        first_pages(ask)  # what is wrong with it is said before anything is opened
        clock = SystemClock()
        failed, some, empty = False, False, True
        entities: set[str] = set()
        with destination(self._path) as store:
            fetcher = Fetcher(
                self._path / "fetched" / self._source,
                clock=clock,
                headers=self._headers(),
            )
            progress = Progress(self._lang)
            try:
                with progress.stage("asking", what=_name(ask)):
                    for number, page in enumerate(fetch(ask, fetcher, store, clock), 1):
                        progress.count(number, number + page.left)
                        failed = failed or not page.whole
                        some = some or not page.missing
                        empty = empty and (page.missing or page.empty)
                        if page.intake is not None:
                            entities |= page.intake.entities
                        self._tell(page)
            finally:
                fetcher.close()
                self._tidied(fetcher)
            if not self._as_json:
                self._conclude(ask, nothing=some and empty)
            found = judged(store, entities, self._lang, progress)
            if found and not self._as_json:
                click.echo(found)
        return failed or not some

    def _headers(self) -> dict[str, str]:
        if self._settings.token_file is None:
            return {}
        from rabta.config import read_secret

        url = self._settings.url
        if url.startswith("http:") and not _is_here(url):
            raise UsageError(
                f"the token of {self._source} is not sent to {url} without encryption",
                hint="write https:// as its url in the configuration",
            )
        return {"Authorization": f"Bearer {read_secret(self._settings.token_file)}"}

    def _tell(self, page: "Page") -> None:
        from rabta.cli import fetch_text

        if self._as_json:
            document = fetch_text.document(page, self._source)
            click.echo(json.dumps(document, ensure_ascii=False))
            return
        for line, wrong in fetch_text.lines(page, self._lang):
            click.echo(line, err=wrong)

    def _conclude(self, ask: "Ask", *, nothing: bool) -> None:
        from rabta.cli import fetch_text

        if nothing:
            click.echo(say(self._lang, "fetch.nothing", None, what=_name(ask)))
        else:
            click.echo(fetch_text.licence(ask.source, self._lang))

    def _tidied(self, fetcher: "Fetcher") -> None:
        from rabta.sources.polite import MOST_KEPT

        if fetcher.removed:
            most = MOST_KEPT // 10**9
            text = say(
                self._lang, "fetch.tidied", None, count=fetcher.removed, gigabytes=most
            )
            click.echo(text, err=True)


def _is_here(url: str) -> bool:
    """Whether *url* is of this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _name(ask: "Ask") -> str:
    return f"{ask.source} {ask.entity}"


def _minute(time: int) -> int:
    """Return the last full minute, so that what is asked stays the same a while."""
    return time - time % MINUTE


def _day(time: int) -> int:
    """Return the midnight before, so that days gone by are asked for once."""
    return time - time % DAY


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
