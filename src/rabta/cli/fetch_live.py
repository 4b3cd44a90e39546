"""``rabta fetch ris-live``: a collector followed until the user stops it."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rabta.cli.intake_text import counted
from rabta.cli.progress import Progress
from rabta.cli.reading import config_file
from rabta.clock import SystemClock
from rabta.locale import say


if TYPE_CHECKING:
    from rabta.agent.routes_live import Said


def run(entity: str, path: Path, lang: str, *, as_json: bool) -> None:
    """Follow *entity*; what comes is stored and looked through as it comes."""
    from rabta.agent.networks import known
    from rabta.agent.routes_live import Collector, follow
    from rabta.cli.intake_files import destination
    from rabta.cli.judging import judged
    from rabta.config import load
    from rabta.sources.bgp import live, ris
    from rabta.sources.polite import Fetcher

    config = load(config_file())
    collector = Collector(
        config.source("ris-live").url or live.BASE,
        config.source("ris").url or ris.BASE,
        entity,
    )
    clock = SystemClock()
    with destination(path) as store:
        fetcher = Fetcher(path / "fetched" / "ris", clock=clock)
        progress = Progress(lang)
        try:
            for said in follow(collector, known(path), fetcher, store, clock):
                click.echo(_document(said) if as_json else _line(said, lang))
                if said.intake is not None and said.intake.values:
                    found = judged(store, said.intake.entities, lang, progress)
                    if found and not as_json:
                        click.echo(found)
        finally:
            fetcher.close()


def _document(said: "Said") -> str:
    intake = said.intake
    return json.dumps(
        {
            "event": said.event,
            "why": said.why,
            "wait_seconds": said.wait,
            "notes": said.notes,
            **counted(intake),
            "last": intake.last if intake else 0,
            "aside": intake.tally.reasons if intake else {},
        },
        ensure_ascii=False,
    )


def _line(said: "Said", lang: str) -> str:
    intake = said.intake
    return say(
        lang,
        f"fetch.live_{said.event}",
        None,
        why=said.why,
        wait=said.wait,
        notes="; ".join(said.notes),
        **counted(intake),
    )
