"""SQLite connections, and what their errors mean for people.

WAL, so that readers and the writer never wait for each other. A transaction is
durable (``synchronous = FULL``: synced to the disk before it returns) unless the
caller says that it may wait; see ``hot.record`` for the one caller that does.
"""

import shlex
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rabta.errors import StoreError


FILE = "rabta.sqlite"
_BUSY_MS = 10_000
_CACHE_KIB = 4096
_WAL_LIMIT = 16 * 1024 * 1024  # bytes a checkpointed log keeps on disk

# primary result codes, https://www.sqlite.org/rescode.html
_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_DENIED = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN)


def connect_writer(file: Path) -> sqlite3.Connection:
    """Open *file* for reading and writing; it is created if missing."""
    return _connect(
        f"{file.absolute().as_uri()}?mode=rwc",
        "journal_mode = WAL",
        f"journal_size_limit = {_WAL_LIMIT}",
        "foreign_keys = ON",
    )


def connect_reader(file: Path) -> sqlite3.Connection:
    """Open *file* for reading; nothing is created and nothing written.

    With no write-ahead log beside it nobody writes and the file is complete: then it
    is opened as immutable, since SQLite would create the log's files otherwise.
    """
    immutable = "" if has_log(file) else "&immutable=1"
    return _connect(f"{file.absolute().as_uri()}?mode=ro{immutable}")


def has_log(file: Path) -> bool:
    """Whether somebody writes to *file*, or was killed while doing so."""
    return file.with_name(file.name + "-wal").exists()


def _connect(uri: str, *settings: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        uri, uri=True, isolation_level=None, check_same_thread=False
    )
    try:
        common = f"busy_timeout = {_BUSY_MS}", f"cache_size = -{_CACHE_KIB}"
        for setting in (*common, *settings):
            connection.execute(f"PRAGMA {setting}")
    except BaseException:  # a damaged file shows here first
        connection.close()
        raise
    return connection


@contextmanager
def transaction(
    connection: sqlite3.Connection, *, durable: bool = True
) -> Iterator[None]:
    """Write all of the block, or nothing if it fails or rolls back itself."""
    connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        if connection.in_transaction:
            connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


@contextmanager
def snapshot(connection: sqlite3.Connection) -> Iterator[None]:
    """Read everything in the block as of one moment."""
    connection.execute("BEGIN")
    try:
        yield
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def examine(connection: sqlite3.Connection, file: Path) -> None:
    """Read every page of *file*; raises ``StoreError`` when one is damaged."""
    if connection.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
        raise _damaged(file)


@contextmanager
def explained(file: Path) -> Iterator[None]:
    """Turn SQLite's errors into a ``StoreError`` that says what to do."""
    try:
        yield
    except sqlite3.Error as error:
        raise _explain(error, file) from error


def _explain(error: sqlite3.Error, file: Path) -> StoreError:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_FULL:
        return StoreError(
            f"no space left for {file}",
            hint="free some; what was kept is safe and writing resumes by itself",
        )
    if code in _DAMAGED:
        return _damaged(file)
    if code in _BUSY:
        return StoreError(
            f"{file} is locked by another program",
            hint="close what has it open for writing",
        )
    if code in _DENIED:
        return StoreError(
            f"{file} cannot be opened or written: {error}",
            hint="check that it exists and who owns its folder",
        )
    return StoreError(
        f"{file}: {error}", hint="check the free space and the health of the disk"
    )


def _damaged(file: Path) -> StoreError:
    if file.name != FILE:
        return StoreError(
            f"{file} is damaged",
            hint="stop rabta and put back a backup of it, or move it away: a new one"
            " begins without what it held",
        )
    folder = str(file.parent.absolute())
    command = shlex.join([sys.executable, "-m", "rabta.store.repair", folder])
    return StoreError(
        f"{file} is damaged",
        hint=f"stop rabta and run: {command}; it moves the file aside, carries "
        "over what can be read and deletes nothing",
        command=command,
    )
