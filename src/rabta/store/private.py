"""A database of its own beside the store, for its owner's eyes alone."""

import os
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from rabta.errors import StoreError
from rabta.store import connect
from rabta.store.migrate import check, migrate


def open_private(file: Path, sql: Sequence[str]) -> sqlite3.Connection:
    """Open *file* for writing, in the version that *sql* ends with.

    File and folder are made if missing. Raises ``StoreError`` when that is refused, and
    when the file is damaged or newer than this program.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
        elif file.stat().st_size:
            check(file, newest=len(sql))
    except OSError as error:
        raise StoreError(
            f"{file.parent} cannot be written: {error.strerror}",
            hint="choose a folder you own, or check the free space",
        ) from error
    with connect.explained(file):
        database = connect.connect_writer(file)
        try:
            _migrate(database, sql)
        except BaseException:
            database.close()
            raise
    return database


def _migrate(database: sqlite3.Connection, sql: Sequence[str]) -> None:
    try:
        migrate(database, sql)
    except sqlite3.Error:
        # another process may have been first
        version = int(database.execute("PRAGMA user_version").fetchone()[0])
        if version != len(sql):
            raise
