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
@click.option(
    "--pattern",
    help="Only the windows of this one that comes again, such as uplink/ptcl#3.",
)
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
    pattern: str | None,
    as_json: bool,
    language: str | None,
    store: Path | None,
) -> None:
    """What happened: disruptions, newest first.

    What comes again at the same hours is one line; in JSON each window is an object.
    """
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
        pattern=None if pattern is None else _number(pattern),
        folded=not as_json and pattern is None,
    )
    for document in documents:
        if as_json:
            click.echo(json.dumps(document, ensure_ascii=False))
        else:
            click.echo(_line(document, lang, folded=pattern is None))
            if gone := _unobserved(document):
                click.echo(f"       {_not_counted(gone, lang)}")
            for says in _parts(document, lang):
                click.echo(f"       {says}")
            if pattern is None:
                for says in _pattern(document, lang):
                    click.echo(f"       {says}")
    if not documents and not as_json:
        click.echo(label(lang, "no_events"))


def _number(identifier: str) -> int:
    number = identifier.rpartition("#")[2]
    if not number.isdecimal():
        raise UsageError(
            f"--pattern {identifier}: that names none",
            hint="take it from the list, such as uplink/ptcl#3",
        )
    return int(number)


def _pattern(document: Document, lang: str) -> list[str]:
    """Say how it comes again and where its single windows are."""
    from msgspec import convert

    from rabta.agent.findings import recurs
    from rabta.locale import render
    from rabta.model import Pattern

    if document["pattern"] is None:
        return []
    pattern = convert(document["pattern"], Pattern)
    command = f"rabta events --pattern {pattern.id}"
    return [render(recurs(pattern), lang), label(lang, "windows", command=command)]


def _parts(document: Document, lang: str) -> list[str]:
    """Say which parts explain what was lost, and what began as it usually does.

    The latter of what lasts still alone: of what is over its pattern is told.
    """
    from rabta.agent.findings import PARTS, RECURRING

    said = (PARTS, RECURRING) if document["end"] is None else (PARTS,)
    evidence = document["verdicts"][document["shown"]]["evidence"]
    return [
        sentence(one["says"], lang) for one in evidence if one["id"].startswith(said)
    ]


def _unobserved(document: Document) -> float:
    spans: list[list[int]] = document["unobserved"]
    return sum(stop - start for start, stop in spans) / 1e6


def _not_counted(seconds: float, lang: str) -> str:
    return label(lang, "unobserved", lasted=present.span(seconds, lang))


def _line(document: Document, lang: str, *, folded: bool) -> str:
    onset, end = document["onset"], document["end"]
    lasted = (
        present.span((end - onset) / 1e6 - _unobserved(document), lang)
        if end is not None
        else label(lang, "ongoing")
    )
    if folded and document["pattern"] is not None:
        lasted += f" × {document['pattern']['occurrences']}"
    verdict = document["verdicts"][document["shown"]]
    kind = label(lang, f"kind.{document['kind']}")
    return (
        f"{document['id']:>5}  {present.clock(onset)}  {lasted:<12}"
        f"  {kind:<12}  {document['entity']}: "
        f"{sentence(verdict['sentence'], lang)}"
    )
