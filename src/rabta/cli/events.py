"""``rabta events``: what happened, newest first."""

import json
from pathlib import Path

import click

from rabta.cli import present
from rabta.cli.present import Document, label, sentence
from rabta.cli.reading import (
    config_option,
    language_option,
    store_option,
    store_path,
)
from rabta.clock import SystemClock
from rabta.errors import UsageError


@click.command()
@click.option(
    "--limit",
    type=click.IntRange(1),
    default=20,
    show_default=True,
    help="How many at most.",
)
@click.option("--entity", default="", help="Only this one, such as uplink/ptcl.")
@click.option("--open", "open_only", is_flag=True, help="Only what lasts still.")
@click.option(
    "--from",
    "since",
    help="Only what lasted at or after this time: -24h, -7d, 2026-11-23 and the like.",
)
@click.option("--to", "until", help="Only what began by then, in the same forms.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per line.")
@language_option
@store_option
@config_option
def command(
    *,
    limit: int,
    entity: str,
    open_only: bool,
    since: str | None,
    until: str | None,
    as_json: bool,
    language: str | None,
    store: Path | None,
) -> None:
    """What happened: disruptions, newest first."""
    from rabta.agent.moments import moment_of
    from rabta.agent.records import disruption_documents

    now = SystemClock().now()
    start = None if since is None else moment_of(since, now)
    stop = None if until is None else moment_of(until, now) + 1
    if start is not None and stop is not None and start >= stop:
        raise UsageError("--from is later than --to", hint="exchange them")
    lang = present.language(language)
    documents = disruption_documents(
        store_path(store),
        entity=entity or None,
        open_only=open_only,
        limit=limit,
        start=start,
        stop=stop,
    )
    for document in documents:
        if as_json:
            click.echo(json.dumps(document, ensure_ascii=False))
        else:
            click.echo(_line(document, lang))
            if gone := _unobserved(document):
                click.echo(f"       {_not_counted(gone, lang)}")
            for says in _parts(document, lang):
                click.echo(f"       {says}")
    if not documents and not as_json:
        click.echo(label(lang, "no_events"))


def _parts(document: Document, lang: str) -> list[str]:
    """Say which parts of a country explain what it lost, where that is known."""
    from rabta.agent.findings import PARTS

    evidence = document["verdicts"][document["shown"]]["evidence"]
    return [
        sentence(one["says"], lang) for one in evidence if one["id"].startswith(PARTS)
    ]


def _unobserved(document: Document) -> float:
    spans: list[list[int]] = document["unobserved"]
    return sum(stop - start for start, stop in spans) / 1e6


def _not_counted(seconds: float, lang: str) -> str:
    return label(lang, "unobserved", lasted=present.span(seconds, lang))


def _line(document: Document, lang: str) -> str:
    onset, end = document["onset"], document["end"]
    lasted = (
        present.span((end - onset) / 1e6 - _unobserved(document), lang)
        if end is not None
        else label(lang, "ongoing")
    )
    verdict = document["verdicts"][document["shown"]]
    kind = label(lang, f"kind.{document['kind']}")
    return (
        f"{document['id']:>5}  {present.clock(onset)}  {lasted:<12}"
        f"  {kind:<12}  {document['entity']}: "
        f"{sentence(verdict['sentence'], lang)}"
    )
