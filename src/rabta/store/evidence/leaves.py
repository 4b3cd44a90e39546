"""Leaves and checkpoints: added together, or not at all."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from rabta.errors import StoreError
from rabta.store import connect
from rabta.store.migrate import check, steps
from rabta.store.private import open_private


FILE = "evidence.sqlite"
_SCHEMA = "rabta.store.evidence.schema"


@dataclass(frozen=True, slots=True)
class Leaf:
    """One leaf as it is kept; what its bytes mean is the log's business."""

    number: int
    body: bytes
    hash: bytes
    hour: int | None
    """Hours since 1970; None for a leaf that is no hour's."""
    rows: int = 0
    entries: bytes = b""
    pairs: tuple[tuple[str, str], ...] = ()
    """The (uplink, target) of each entry."""


@dataclass(frozen=True, slots=True)
class Stamped:
    """One signed checkpoint, and a time-stamping authority's token if there is one."""

    size: int
    note: str
    token: bytes | None


class Leaves:
    """The evidence log's database in the folder *path*.

    Raises ``StoreError`` for a full or damaged disk: then nothing was changed.
    """

    def __init__(self, path: Path, database: sqlite3.Connection) -> None:
        self.path = path
        self._file = path / FILE
        self._database = database

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open it for writing; it is made if missing, for its owner's eyes alone."""
        return cls(path, open_private(path / FILE, steps(_SCHEMA)))

    @classmethod
    def read(cls, path: Path) -> Self:
        """Open it for reading; ``StoreError`` when there is none."""
        file = path / FILE
        if not file.exists() or check(file, newest=len(steps(_SCHEMA))) == 0:
            raise StoreError(
                f"there is no evidence in {path} yet",
                hint="the first hour is closed some minutes after it ends: rabta up",
            )
        with connect.explained(file):
            return cls(path, connect.connect_reader(file))

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _asking(self) -> Iterator[sqlite3.Connection]:
        with connect.explained(self._file):
            yield self._database

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Read everything in the block as of one moment."""
        with self._asking() as database, connect.snapshot(database):
            yield

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._asking() as database, connect.transaction(database):
            yield database

    def identity(self, log: str, secret: bytes) -> tuple[str, bytes]:
        """Return the log's name and secret; *log* and *secret* if it has none yet."""
        with self._writing() as database:
            database.execute(
                "INSERT OR IGNORE INTO identity VALUES (1, ?, ?)", (log, secret)
            )
        return self.known()

    def known(self) -> tuple[str, bytes]:
        """Return the log's name and secret."""
        with self._asking() as database:
            row = database.execute("SELECT log, secret FROM identity").fetchone()
        if row is None:
            raise StoreError(f"{self._file} was never begun", hint="start rabta up")
        return row[0], row[1]

    def append(self, leaf: Leaf, note: str) -> None:
        """Add *leaf* and the signed checkpoint over all leaves, which is *note*.

        Raises ``StoreError`` when the leaf is not the next one: another process was
        faster.
        """
        with self._writing() as database:
            size = database.execute("SELECT count(*) FROM leaf").fetchone()[0]
            if size != leaf.number:
                raise StoreError(f"the evidence log has {size} leaves by now")
            database.execute(
                "INSERT INTO leaf VALUES (?, ?, ?, ?, ?, ?)",
                (
                    leaf.number,
                    leaf.body,
                    leaf.hash,
                    leaf.hour,
                    leaf.rows,
                    leaf.entries,
                ),
            )
            database.executemany(
                "INSERT OR REPLACE INTO entered VALUES (?, ?, ?)",
                [(*pair, leaf.number) for pair in leaf.pairs],
            )
            database.execute(
                "INSERT INTO checkpoint (size, note) VALUES (?, ?)",
                (leaf.number + 1, note),
            )

    def entered(self) -> dict[tuple[str, str], int]:
        """Return in which leaf each (uplink, target) was last entered."""
        with self._asking() as database:
            rows = database.execute("SELECT uplink, target, leaf FROM entered")
            return {(uplink, target): leaf for uplink, target, leaf in rows}

    def hashes(self) -> list[bytes]:
        """Return the hash of every leaf, in order."""
        with self._asking() as database:
            rows = database.execute("SELECT hash FROM leaf ORDER BY number")
            return [row[0] for row in rows]

    def leaves(self, first: int, stop: int) -> Iterator[Leaf]:
        """Yield the leaves numbered [first, stop), in order."""
        with self._asking() as database:
            for row in database.execute(
                "SELECT * FROM leaf WHERE number >= ? AND number < ? ORDER BY number",
                (first, stop),
            ):
                yield Leaf(*row)

    def others(self) -> list[Leaf]:
        """Return the leaves that are no hour's."""
        with self._asking() as database:
            rows = database.execute(
                "SELECT * FROM leaf WHERE hour IS NULL ORDER BY number"
            )
            return [Leaf(*row) for row in rows]

    def between(self, start: int, stop: int) -> tuple[int, int] | None:
        """Return the span of numbers that holds all leaves of hours [start, stop).

        None when there is no such leaf.
        """
        with self._asking() as database:
            first, last = database.execute(
                "SELECT min(number), max(number) FROM leaf"
                " WHERE hour >= ? AND hour < ?",
                (start, stop),
            ).fetchone()
        return None if first is None else (first, last + 1)

    def last_hour(self) -> int | None:
        """Return the hour that was closed last."""
        with self._asking() as database:
            row = database.execute(
                "SELECT hour FROM leaf WHERE hour IS NOT NULL"
                " ORDER BY number DESC LIMIT 1"
            ).fetchone()
        return None if row is None else int(row[0])

    def rows_of(self, hour: int) -> tuple[int, int] | None:
        """Return (number, rows) of the newest leaf of *hour*; None if not closed."""
        with self._asking() as database:
            row = database.execute(
                "SELECT number, rows FROM leaf WHERE hour = ?"
                " ORDER BY number DESC LIMIT 1",
                (hour,),
            ).fetchone()
        return None if row is None else (row[0], row[1])

    def newest(self) -> Stamped | None:
        """Return the newest checkpoint."""
        with self._asking() as database:
            row = database.execute(
                "SELECT size, note, token FROM checkpoint ORDER BY size DESC LIMIT 1"
            ).fetchone()
        return None if row is None else Stamped(*row)

    def checkpoints(self) -> list[str]:
        """Return the signed note of every checkpoint, oldest first."""
        with self._asking() as database:
            rows = database.execute("SELECT note FROM checkpoint ORDER BY size")
            return [row[0] for row in rows]

    def stamped(self, first: int, stop: int) -> list[Stamped]:
        """Return the checkpoints with a token that tell of the leaves [first, stop).

        That is those made within, and the first that is over all of them, if any is.
        """
        with self._asking() as database:
            rows = database.execute(
                "SELECT size, note, token FROM checkpoint WHERE token IS NOT NULL"
                " AND size > ?1 AND size <= ifnull((SELECT min(size) FROM checkpoint"
                " WHERE token IS NOT NULL AND size >= ?2), size) ORDER BY size",
                (first, stop),
            )
            return [Stamped(*row) for row in rows]

    def last_stamped(self) -> Stamped | None:
        """Return the newest checkpoint that bears a token."""
        with self._asking() as database:
            row = database.execute(
                "SELECT size, note, token FROM checkpoint WHERE token IS NOT NULL"
                " ORDER BY size DESC LIMIT 1"
            ).fetchone()
        return None if row is None else Stamped(*row)

    def told(self, most: int) -> list[Stamped]:
        """Return the newest *most* checkpoints that stand in reports, oldest first."""
        with self._asking() as database:
            rows = database.execute(
                "SELECT size, note, token FROM checkpoint WHERE told"
                " ORDER BY size DESC LIMIT ?",
                (most,),
            ).fetchall()
        return [Stamped(*row) for row in reversed(rows)]

    def tell(self, size: int) -> None:
        """Note that the checkpoint of *size* stands in a report."""
        with self._writing() as database:
            database.execute("UPDATE checkpoint SET told = 1 WHERE size = ?", (size,))

    def put_token(self, size: int, token: bytes) -> None:
        """Keep what a time-stamping authority said of the checkpoint of *size*."""
        with self._writing() as database:
            database.execute(
                "UPDATE checkpoint SET token = ? WHERE size = ? AND token IS NULL",
                (token, size),
            )
