"""Schema versions: numbered SQL files, forward only.

The version stands in ``PRAGMA user_version``. A store from a newer Rabta is refused
before anything is opened for writing, so that not a byte of it changes.
"""

import sqlite3
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

from rabta.errors import StoreError
from rabta.store.connect import connect_reader, explained


APPLICATION_ID = 0x52414254  # "RABT", shown by file(1)


def steps(package: str = "rabta.store.schema") -> tuple[str, ...]:
    """Return the SQL of every version in *package*, the first for version 1."""
    folder = resources.files(package)
    files = {f.name: f for f in folder.iterdir() if f.name.endswith(".sql")}
    return tuple(files[name].read_text("utf-8") for name in sorted(files))


def check(file: Path, *, newest: int) -> int:
    """Return the version of *file*, 0 for an empty one.

    Raises ``StoreError`` for a newer version and for another program's database.
    """
    with explained(file):
        reader = connect_reader(file)
        try:
            version = int(reader.execute("PRAGMA user_version").fetchone()[0])
            owner = reader.execute("PRAGMA application_id").fetchone()[0]
            tables = reader.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
        finally:
            reader.close()
    if tables and owner != APPLICATION_ID:
        raise StoreError(
            f"{file} is not a store of rabta", hint="choose another folder"
        )
    if version > newest:
        raise StoreError(
            f"{file} was written by a newer rabta (schema {version}, this program "
            f"knows {newest}); nothing was touched",
            hint="update rabta",
        )
    return version


def migrate(connection: sqlite3.Connection, sql: Sequence[str]) -> None:
    """Bring the open database to the newest version, one transaction a step."""
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version >= len(sql):
        return
    connection.execute("PRAGMA synchronous = FULL")
    for number in range(version + 1, len(sql) + 1):
        try:
            connection.executescript(
                f"BEGIN IMMEDIATE;\n{sql[number - 1]}\n"
                f"PRAGMA application_id = {APPLICATION_ID};\n"
                f"PRAGMA user_version = {number};\nCOMMIT;"
            )
        except sqlite3.Error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
    # into the main file, where a reader without the log finds the version
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
