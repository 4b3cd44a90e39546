"""Reading and writing sealed files by an in-memory DuckDB, imported when needed.

Every file is sorted by entity, source, metric, vantage, target and time. Names are
spelled out, so that a file says what it holds without the SQLite beside it.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from rabta.errors import StoreError
from rabta.store.files import UnreadableError
from rabta.store.naming import Row
from rabta.store.shapes import SeriesKey


if TYPE_CHECKING:
    import duckdb
    from numpy.typing import NDArray

T = TypeVar("T")

KEY = "entity, source, metric, vantage, target"
_COPY = (
    "FORMAT parquet, COMPRESSION zstd, PARQUET_VERSION v2, ROW_GROUP_SIZE 30720,"
    " USE_TMP_FILE false"
)


@contextmanager
def engine(
    *, memory: str = "256MB", spill: Path | None = None
) -> Iterator["duckdb.DuckDBPyConnection"]:
    """Lend a DuckDB that stays off the network; importing it costs 37 MB."""
    import duckdb

    connection = duckdb.connect(
        ":memory:",
        config={
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "memory_limit": memory,
            "threads": 1,
            "temp_directory": str(spill) if spill else "",
        },
    )
    try:
        connection.execute("SET enable_progress_bar = false")  # it goes to stdout
        yield connection
    finally:
        connection.close()


def read(
    connection: "duckdb.DuckDBPyConnection",
    sql: str,
    files: Sequence[Path],
    parameters: Sequence[Any] = (),
) -> list[tuple[Any, ...]]:
    """Run *sql*, which names *files* as ``$1`` and the parameters from ``$2`` on.

    Raises ``UnreadableError`` for a file that is damaged, ``FileNotFoundError`` for
    one that has expired meanwhile.
    """
    if not files:
        return []
    return _read(connection, sql, files, parameters, lambda done: done.fetchall())


def columns_of(
    connection: "duckdb.DuckDBPyConnection",
    sql: str,
    files: Sequence[Path],
    parameters: Sequence[Any] = (),
) -> "dict[str, NDArray[Any]]":
    """Return what ``read`` returns as an array per column; there must be files."""
    return _read(connection, sql, files, parameters, lambda done: done.fetchnumpy())


def _read(
    connection: "duckdb.DuckDBPyConnection",
    sql: str,
    files: Sequence[Path],
    parameters: Sequence[Any],
    fetch: "Callable[[duckdb.DuckDBPyConnection], T]",
) -> T:
    import duckdb

    names = [str(file) for file in files]
    while True:
        before = _versions(files)
        try:
            found = fetch(connection.execute(sql, [names, *parameters]))
        except duckdb.Error as error:
            for file in files:
                if not file.exists():
                    raise FileNotFoundError(file) from error
            # DuckDB opens a file twice: another one may take its place in between.
            if _versions(files) != before:
                continue
            for file in files:
                if not readable(connection, file):
                    raise UnreadableError(file) from error
            raise StoreError(
                f"sealed files cannot be read: {error}".splitlines()[0],
                hint="check the health of the disk",
            ) from error
        return found


def _versions(files: Sequence[Path]) -> list[tuple[int, int] | None]:
    """Return inode and time of change of each file; None for one that is gone."""
    found: list[tuple[int, int] | None] = []
    for file in files:
        try:
            state = file.stat()
        except FileNotFoundError:
            found.append(None)
        else:
            found.append((state.st_ino, state.st_mtime_ns))
    return found


def readable(connection: "duckdb.DuckDBPyConnection", file: Path) -> bool:
    """Whether every value of *file* can be decoded."""
    import duckdb

    try:
        # a sum, since minimum and maximum would be answered from the footer
        connection.execute(
            "SELECT sum(hash(t)::HUGEINT) FROM (FROM read_parquet($1)) AS t",
            [str(file)],
        ).fetchall()
    except duckdb.Error:
        return False
    return True


def copy_to(connection: "duckdb.DuckDBPyConnection", select: str, file: Path) -> None:
    """Write the rows of *select*; raises ``OSError`` when the disk refuses."""
    import duckdb

    quoted = str(file).replace("'", "''")
    try:
        connection.execute(f"COPY ({select}) TO '{quoted}' ({_COPY})")
    except duckdb.Error as error:
        raise OSError(None, str(error).splitlines()[0]) from error


def samples(
    connection: "duckdb.DuckDBPyConnection",
    files: Sequence[Path],
    key: SeriesKey,
    start: int,
    stop: int,
) -> list[tuple[int, float | None, str | None]]:
    """Return (time, value, failure) of one series from raw or bulk files."""
    return read(
        connection,
        "SELECT time, value, failure FROM read_parquet($1) WHERE entity = $2"
        " AND source = $3 AND metric = $4 AND vantage = $5 AND target = $6"
        " AND time >= $7 AND time < $8",
        files,
        (*columns(key), start, stop),
    )


def minutes(
    connection: "duckdb.DuckDBPyConnection",
    files: Sequence[Path],
    key: SeriesKey,
    start: int,
    stop: int,
) -> list[tuple[Any, ...]]:
    """Return (time, sent, lost, minimum, median, p95, maximum) of one series."""
    return read(
        connection,
        "SELECT time, sent, lost, minimum, median, coalesce(p95, maximum), maximum"
        " FROM read_parquet($1) WHERE entity = $2 AND source = $3 AND metric = $4"
        " AND vantage = $5 AND target = $6 AND time >= $7 AND time < $8",
        files,
        (*columns(key), start, stop),
    )


def columns(key: SeriesKey) -> tuple[str, ...]:
    """Return the columns of ``KEY``, in its order."""
    return (key.entity, key.source, key.metric, key.vantage, key.target)


def rows(
    files: Sequence[Path],
    wanted: Collection[SeriesKey],
    start: int,
    stop: int,
    *,
    failed_only: bool,
    limit: int,
) -> list[tuple[SeriesKey, Row]]:
    """Return the newest *limit* observations of the *wanted* series in raw files."""
    names = [list(column) for column in zip(*map(columns, wanted), strict=True)]
    with engine() as connection:
        connection.execute(
            "CREATE TABLE wanted AS SELECT unnest($1) AS entity, unnest($2) AS source,"
            " unnest($3) AS metric, unnest($4) AS vantage, unnest($5) AS target",
            names,
        )
        found = read(
            connection,
            f"SELECT {KEY}, time, value, failure, address, spent_bytes, detail"
            f" FROM read_parquet($1) SEMI JOIN wanted USING ({KEY})"
            " WHERE time >= $2 AND time < $3 AND (NOT $4 OR failure IS NOT NULL)"
            " ORDER BY time DESC LIMIT $5",
            files,
            (start, stop, failed_only, limit),
        )
    return [
        (SeriesKey(source, metric, entity, vantage, target), Row(*rest))
        for entity, source, metric, vantage, target, *rest in found
    ]


def insert(
    connection: "duckdb.DuckDBPyConnection", table: str, rows: Sequence[tuple[Any, ...]]
) -> None:
    """Append *rows* to a table of the engine, a column at a time.

    A quarter million rows a second; row by row it is six hundred.
    """
    if not rows:
        return
    types = connection.execute(
        "SELECT data_type FROM duckdb_columns() WHERE table_name = ?"
        " ORDER BY column_index",
        [table],
    ).fetchall()
    columns = [list(column) for column in zip(*rows, strict=True)]
    marks = ", ".join(
        f"unnest(${number}::{name}[])" for number, (name,) in enumerate(types, 1)
    )
    connection.execute(f"INSERT INTO {table} SELECT {marks}", columns)


def table(file: Path) -> str:
    """Return *file* as it is named in a FROM clause."""
    quoted = str(file).replace("'", "''")
    return f"read_parquet(['{quoted}'])"


def united(new: str, file: Path, key: str, *, first: bool) -> str:
    """Return a query for the rows of *new* and of *file*, if there is such a file.

    Of rows with one *key* the new one is taken if *first*, else the old one.
    """
    if not file.exists():
        return f"SELECT * FROM ({new})"
    old = f"SELECT * FROM {table(file)}"
    winner, other = (new, old) if first else (old, new)
    return (
        f"SELECT * FROM (WITH winner AS ({winner}), other AS ({other})"
        " SELECT * FROM winner UNION ALL BY NAME"
        f" SELECT * FROM other ANTI JOIN winner USING ({key}))"
    )
