"""``rabta context``: what was announced, kept beside what is measured."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rabta.cli import present
from rabta.cli.present import Document
from rabta.cli.reading import (
    config_option,
    json_option,
    language_option,
    store_option,
    store_path,
)
from rabta.clock import SystemClock
from rabta.errors import UsageError
from rabta.locale import render, say, spoken


if TYPE_CHECKING:
    from rabta.agent.noticing import Added
    from rabta.model import Notice
    from rabta.store import Store


@click.group()
def command() -> None:
    """Announcements: maintenance, faults, orders, days that matter.

    What is announced of a country, a network or a cable counts, with its source and how
    far that is believed, when Rabta says why something was disrupted.
    """


@command.command()
@click.argument(
    "files", nargs=-1, required=True, metavar="FILE…", type=click.Path(path_type=Path)
)
@click.option(
    "--entity",
    default="",
    metavar="NAME",
    help="What it is about where the file does not say: country/PK, service/github.",
)
@click.option("--source", default="", help="Who says it, where the file does not say.")
@click.option(
    "--trust",
    type=click.FloatRange(0, 1),
    help="How far it is believed where the file does not say (0.6).",
)
@click.option(
    "--kind",
    type=click.Choice(["maintenance", "calendar", "order", "notice"]),
    help="What it is where the file does not say: planned work, a day that matters, "
    "an order given ahead, something that happened.",
)
@click.option("--dry-run", is_flag=True, help="Read and check, store nothing.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per file.")
@language_option
@store_option
@config_option
def add(
    *,
    files: tuple[Path, ...],
    entity: str,
    source: str,
    trust: float | None,
    kind: str | None,
    dry_run: bool,
    as_json: bool,
    language: str | None,
    store: Path | None,
) -> None:
    """Add announcements: CSV, JSON, calendars (ICS), feeds (RSS, Atom), status pages.

    Told twice they are kept once, with both sources; copies under another date and what
    cannot be are left out, with the reason, and so are rows that cannot be used, which
    are told on stderr. Disruptions they bear on are judged anew.
    """
    from rabta.sources.notices import Unsaid, announced

    lang = present.language(language)
    unsaid = Unsaid(entity, source, trust, kind or "")
    told = [(file, announced(file, unsaid)) for file in files]
    with _opened(store_path(store), dry_run=dry_run) as opened:
        for file, found in told:
            added = _add(opened, found.notices, dry_run=dry_run)
            for why in found.aside:
                click.echo(why, err=True)
            if as_json:
                document = _document(file, added) | {"aside": list(found.aside)}
                click.echo(json.dumps(document, ensure_ascii=False))
            else:
                click.echo("\n".join(_lines(file, added, lang)))


def _add(
    store: "Store | None", told: "tuple[Notice, ...]", *, dry_run: bool
) -> "Added":
    from rabta.agent.noticing import Added
    from rabta.agent.noticing import add as keep
    from rabta.agent.public_records import Looked
    from rabta.attribute.notices import settle

    clock = SystemClock()
    if store is not None and not dry_run:
        return keep(store, told, clock)
    known = store.notices() if store is not None else []
    settled = settle(known, told, clock.now())
    new = len(settled.kept) - len(known)
    return Added(settled, new, Looked())


@command.command("list")
@click.option("--entity", default="", help="Only of this one, such as country/PK.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per line.")
@language_option
@store_option
@config_option
def list_(
    *, entity: str, as_json: bool, language: str | None, store: Path | None
) -> None:
    """List what is kept, oldest first."""
    lang = present.language(language)
    with _opened(store_path(store), dry_run=True) as opened:
        known = opened.notices(entity) if opened is not None else []
    if as_json:
        for one in known:
            click.echo(json.dumps(_notice(one), ensure_ascii=False))
        return
    for one in known:
        click.echo(_row(one, lang))
    if not known:
        click.echo(say(lang, "context.none"))


@command.command()
@click.argument("ids", nargs=-1, required=True, metavar="ID…")
@json_option
@language_option
@store_option
@config_option
def remove(
    *, ids: tuple[str, ...], as_json: bool, language: str | None, store: Path | None
) -> None:
    """Remove announcements by their numbers, as ``rabta context list`` shows them."""
    from rabta.agent.noticing import remove as forget

    lang = present.language(language)
    with _opened(store_path(store), dry_run=False) as opened:
        known = {one.id for one in opened.notices()} if opened is not None else set()
        for one in ids:
            if one not in known:
                raise UsageError(
                    f"there is no announcement {one}", hint="see 'rabta context list'"
                )
        removed = forget(opened, ids) if opened is not None else 0
    if as_json:
        click.echo(json.dumps({"removed": removed}))
    else:
        click.echo(say(lang, "context.removed", count=removed))


@contextmanager
def _opened(path: Path, *, dry_run: bool) -> "Iterator[Store | None]":
    """Open the store; None where nothing is to be written and there is none."""
    from rabta.store import Store

    if dry_run and not (path / "rabta.sqlite").exists():
        yield None
        return
    with Store.open(
        path, clock=SystemClock(), read_only=dry_run, beside=True
    ) as opened:
        yield opened


def _notice(one: "Notice") -> Document:
    import msgspec

    document: dict[str, Any] = msgspec.to_builtins(one)
    return document


def _document(file: Path, added: "Added") -> Document:
    import msgspec

    return {
        "file": str(file),
        "new": added.new,
        "merged": [
            {"id": one.id, "into": into.id} for one, into in added.settled.merged
        ],
        "rejected": [
            {**_notice(one), "why": spoken(msgspec.to_builtins(why))}
            for one, why in added.settled.rejected
        ],
        "revised": added.looked.revised,
    }


def _lines(file: Path, added: "Added", lang: str) -> Iterator[str]:
    settled = added.settled
    yield say(
        lang,
        "context.added",
        file=file.name,
        count=added.new,
        merged=len(settled.merged),
        rejected=len(settled.rejected),
    )
    for one, into in settled.merged:
        yield say(
            lang,
            "context.merged",
            words=one.says or one.entity,
            source=one.source,
            count=len(into.sources),
        )
    for one, why in settled.rejected:
        yield say(
            lang,
            "context.rejected_row",
            words=one.says or one.entity,
            source=one.source,
            why=render(why, lang),
        )


def _row(one: "Notice", lang: str) -> str:
    return say(
        lang,
        "context.row",
        id=one.id,
        start=present.clock(one.start),
        end=present.clock(one.end),
        entity=one.entity,
        named=f"cause-{one.cause}",
        trust=one.trust,
        source=one.sources,
        words=one.says or one.kind,
    )
