"""The database of Uptime Kuma (``kuma.db``, SQLite), read and never written.

Version 1 keeps every heartbeat. Version 2 keeps those of a day, older ones only where
the state changed, and sums of every hour: hours that old are taken from the sums.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from urllib.parse import quote

from rabta.clock import DAY, HOUR, SECOND
from rabta.errors import DataError
from rabta.sources.imported import Item, Tally
from rabta.sources.monitors import Cells
from rabta.sources.stream import Stream
from rabta.sources.times import micros


MAGIC = b"SQLite format 3\0"
_NEEDED = frozenset({"monitor", "heartbeat"})
_AT_ONCE = 100_000  # rows
_WHOLE = "copy it while Uptime Kuma is stopped, together with kuma.db-wal"


def read(stream: Stream, tally: Tally, about: str) -> Iterator[Item]:
    """Read delay and failures of every monitor.

    Raises:
        DataError: it is damaged, or another program's database.
    """
    try:
        with closing(_opened(stream)) as database:
            tables = {
                str(name)
                for (name,) in database.execute(
                    "SELECT name FROM sqlite_master WHERE type = 'table'"
                )
            }
            if not tables >= _NEEDED:
                raise _another(stream, tables)
            sums = "stat_hourly" in tables
            yield from _monitors(database, tally, about, sums=sums)
    except sqlite3.Error as error:
        if not tally.records:
            raise DataError(
                f"this SQLite database cannot be read: {error}",
                file=str(stream.path),
                hint=_WHOLE,
            ) from error
        tally.partial = f"damaged ({error}) after {tally.records} records"


def _opened(stream: Stream) -> sqlite3.Connection:
    """Open it with what its log holds; without the log where it may not be locked."""
    name = f"file:{quote(str(stream.path.absolute()))}?mode=ro"
    with ExitStack() as undo:
        database = undo.enter_context(closing(sqlite3.connect(name, uri=True)))
        with suppress(sqlite3.OperationalError):
            database.execute("SELECT 1 FROM sqlite_master").fetchone()
            undo.pop_all()
            return database
    return sqlite3.connect(f"{name}&immutable=1", uri=True)


def _another(stream: Stream, tables: set[str]) -> DataError:
    known = ", ".join(sorted(tables)[:8]) or "no tables"
    return DataError(
        f"an SQLite database, but not Uptime Kuma's (it has {known})",
        file=str(stream.path),
        hint="export one table: sqlite3 -readonly -header -csv FILE"
        " 'SELECT * FROM NAME' > NAME.csv",
    )


def _monitors(
    database: sqlite3.Connection, tally: Tally, about: str, *, sums: bool
) -> Iterator[Item]:
    for number, name in _names(database).items():
        target = name if about else ""
        entity = about or f"target/{name}"
        since = 0
        if sums:
            since = _kept_since(database, number, tally.now)
            cells = _hours(database, number, since, tally)
            yield from cells.pieces("uptime-kuma", entity, target)
        for cells in _beats(database, number, since, tally):
            yield from cells.pieces("uptime-kuma", entity, target)


def _names(database: sqlite3.Connection) -> dict[int, str]:
    """Return the monitors' names, each once."""
    found: dict[int, str] = {}
    for number, name in database.execute("SELECT id, name FROM monitor ORDER BY id"):
        plain = str(name or "").strip() or f"monitor-{number}"
        found[number] = f"{plain}_{number}" if plain in found.values() else plain
    return found


def _kept_since(database: sqlite3.Connection, monitor: int, now: int) -> int:
    """Return the hour from which on every heartbeat is kept, microseconds."""
    (last,) = database.execute(
        "SELECT max(time) FROM heartbeat WHERE monitor_id = ?", (monitor,)
    ).fetchone()
    newest = micros(last) if isinstance(last, str) else None
    return now if newest is None else (newest - DAY) // HOUR * HOUR + HOUR


def _hours(
    database: sqlite3.Connection, monitor: int, until: int, tally: Tally
) -> Cells:
    """Return the sums of hours before *until*: shares failed, and mean delays."""
    cells = Cells()
    for time, up, down, ping in database.execute(
        "SELECT timestamp, up, down, ping FROM stat_hourly WHERE monitor_id = ?"
        " AND timestamp < ?",
        (monitor, until // SECOND),
    ):
        when = time * SECOND if isinstance(time, int) else -1
        counts = isinstance(up, int) and isinstance(down, int)
        if not tally.plausible(when) or not counts or up < 0 or down < 0:
            _aside(tally, "stat_hourly", monitor, time)
        elif not up + down:
            tally.skip()
        else:
            tally.keep()
            cells.times.append(when)
            cells.failed.append(down / (up + down))
            if up and isinstance(ping, int | float) and ping > 0:
                cells.delay_times.append(when)
                cells.delays.append(ping / 1000)
    return cells


def _beats(
    database: sqlite3.Connection, monitor: int, since: int, tally: Tally
) -> Iterator[Cells]:
    rows = database.execute(
        "SELECT time, status, ping FROM heartbeat WHERE monitor_id = ?", (monitor,)
    )
    while some := rows.fetchmany(_AT_ONCE):
        cells = Cells()
        for time, status, ping in some:
            when = micros(time) if isinstance(time, str) else None
            if when is None or not tally.plausible(when):
                _aside(tally, "heartbeat", monitor, time)
            elif status not in (0, 1) or when < since:
                tally.skip()  # not decided, in maintenance, or within an hour's sum
            else:
                tally.keep()
                delay = ping / 1000 if isinstance(ping, int | float) else None
                cells.add(when, float(status == 0), delay)
        yield cells


def _aside(tally: Tally, table: str, monitor: int, time: object) -> None:
    where = f"{table} of monitor {monitor}"
    tally.put_aside("a time or count that cannot be", -1, str(time), where=where)
