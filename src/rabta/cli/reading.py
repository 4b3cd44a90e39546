"""What the commands share: their options, where the store is, its newest status."""

import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import click

from rabta.clock import SECOND, SystemClock
from rabta.errors import RabtaError, StoreError


STALE_SECONDS = 20.0

_CONFIG = "rabta.config"


def _remember(ctx: click.Context, _: click.Parameter, file: Path | None) -> None:
    if file is not None:
        ctx.meta[_CONFIG] = file  # shared with the contexts of verbs below


config_option = click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    expose_value=False,
    callback=_remember,
    help="A rabta.toml, where it is not the usual one.",
)
store_option = click.option(
    "--store",
    "store",
    type=click.Path(path_type=Path),
    help="The store's folder, where it is not the usual one.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object.")
language_option = click.option(
    "--language", type=click.Choice(["en", "ur"]), help="The sentences' language."
)


def config_file() -> Path | None:
    """Return the file that ``--config`` named, before or after the verb."""
    file: Path | None = click.get_current_context().meta.get(_CONFIG)
    return file


def store_path(given: Path | None) -> Path:
    """Return the store's folder: flag, environment, configuration, default."""
    if given is not None:
        return given
    if "RABTA_STORE" in os.environ:
        return Path(os.environ["RABTA_STORE"])
    from rabta.config import load

    return load(config_file()).store.path


def newest_status(path: Path) -> tuple[int, dict[str, Any]]:
    """Return when the newest status was written, in microseconds, and the status.

    Reads one row and nothing else, so that a prompt or a script can ask often.

    Raises:
        StoreError: there is none, or it cannot be read.
    """
    file = path / "rabta.sqlite"
    hint = "start it with 'rabta up'"
    if not file.exists():
        raise StoreError(f"Rabta has not run here yet: no store at {path}", hint=hint)
    # With no log beside it nobody writes, and SQLite would leave one behind.
    log = file.with_name(file.name + "-wal")
    mode = "mode=ro" if log.exists() else "mode=ro&immutable=1"
    uri = f"{file.absolute().as_uri()}?{mode}"
    try:
        with closing(sqlite3.connect(uri, uri=True, timeout=2)) as database:
            row = database.execute("SELECT written_at, document FROM status").fetchone()
    except sqlite3.Error as error:
        raise StoreError(f"{file}: {error}", hint="see 'rabta doctor'") from error
    if row is None:
        raise StoreError("Rabta has measured nothing yet", hint=hint)
    return int(row[0]), json.loads(row[1])


def is_stale(written: int) -> bool:
    """Whether a status is no longer about now."""
    # the clock may have been set back
    return abs(SystemClock().now() - written) > STALE_SECONDS * SECOND


def aged(written: int, lang: str) -> str:
    """Say how old the last verdict is, to stand above it."""
    from rabta.cli import present

    age = present.span(abs(SystemClock().now() - written) // SECOND, lang)
    return present.faint(present.label(lang, "last", age=age))


def require_fresh(path: Path, written: int) -> None:
    """Refuse a status that is no longer about now.

    Raises:
        RabtaError: the daemon has not written to the store at *path* for a while.
    """
    if not is_stale(written):
        return
    from rabta.cli.present import clock
    from rabta.store.lock import writer_of

    if writer := writer_of(path):
        raise RabtaError(
            f"Rabta runs (pid {writer}) but has written nothing since {clock(written)}",
            hint="is the disk full? the dashboard does not need it",
        )
    raise RabtaError(
        f"Rabta is not running; it last measured at {clock(written)}",
        hint="start it with 'rabta up'",
    )
