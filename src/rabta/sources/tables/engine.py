"""An in-memory DuckDB that reads one file, keeps off the network and tells how far.

It holds little: results stream out of it, and what it would keep of a file in case that
is read again counts against its limit and fills it, however high that is.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from rabta.sources.tables import arrow
from rabta.sources.tables.shapes import NumberForm, Report, Table, TimeForm


_MEMORY = {False: "48MB", True: "160MB"}  # of Parquet, whole pages are unpacked
_LINE = 2_097_152  # octets of a line at most
_BUFFER = 2 * _LINE  # of a CSV file at once
_THREADS = 2
_EVERY = 0.5  # seconds between looks at the progress


@contextmanager
def engine(*, parquet: bool) -> Iterator[duckdb.DuckDBPyConnection]:
    """Lend a connection; what does not fit in memory goes to a folder that vanishes."""
    with TemporaryDirectory(prefix="rabta-") as spill:
        connection = duckdb.connect(
            ":memory:",
            config={
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
                "memory_limit": _MEMORY[parquet],
                "threads": _THREADS,
                "temp_directory": spill,
            },
        )
        try:
            # progress is measured only where it could be drawn, and never drawn
            connection.execute("SET enable_progress_bar = true")
            connection.execute("SET enable_progress_bar_print = false")
            connection.execute("SET progress_bar_time = 0")
            if parquet:  # or row groups are read whole, whatever is wanted of them
                connection.execute("SET disable_parquet_prefetching = true")
            yield connection
        finally:
            connection.close()


def identifier(name: str) -> str:
    """Quote a column's name."""
    return '"' + name.replace('"', '""') + '"'


def named(table: Table, column: str) -> str:
    """Return *column* in SQL: by place in a CSV file, whose names may be anything."""
    if table.parquet:
        return identifier(column)
    return f"c{table.columns.index(column)}"


def applied(form: TimeForm | NumberForm, column: str) -> str:
    """Return the SQL that reads *column*, as ``named`` gives it, in *form*."""
    return form.sql.replace("{c}", column)


def literal(text: str) -> str:
    """Quote a text."""
    return "'" + text.replace("'", "''") + "'"


def relation(table: Table) -> str:
    """Return the SQL that reads *table*, all cells of a CSV file as text."""
    name = literal("".join(f"[{c}]" if c in "*?[" else c for c in str(table.file)))
    if table.parquet:
        return f"read_parquet({name})"
    # and one more, in which there must be nothing: some modes drop what is too much
    places = range(len(table.columns) + 1)
    columns = ", ".join(f"c{place}: 'VARCHAR'" for place in places)
    tolerant = "" if table.tidy else ", strict_mode = false, parallel = false"
    return (
        f"read_csv({name}, auto_detect = false, header = false, skip = {table.skip},"
        f" delim = {literal(table.delimiter)}, quote = '\"', escape = '\"',"
        f" null_padding = true, buffer_size = {_BUFFER},"
        f" max_line_size = {_LINE},"
        f" columns = {{{columns}}}{tolerant})"
    )


def parts(
    connection: duckdb.DuckDBPyConnection,
    sql: str,
    formats: str,
    report: Report | None = None,
) -> Iterator[list[Any]]:
    """Run *sql* and yield its rows in parts, as ``arrow.parts`` does."""
    with _watched(connection, report):
        yield from arrow.parts(connection.sql(sql), formats)


def one_row(
    connection: duckdb.DuckDBPyConnection, sql: str, report: Report | None = None
) -> tuple[Any, ...] | None:
    """Run *sql*, which gives one row or none, and return it."""
    with _watched(connection, report):  # an unfinished result lets nothing else begin
        rows: list[tuple[Any, ...]] = connection.execute(sql).fetchall()
    return rows[0] if rows else None


@contextmanager
def _watched(
    connection: duckdb.DuckDBPyConnection, report: Report | None
) -> Iterator[None]:
    """Tell *report* the progress of what runs meanwhile."""
    if report is None:
        yield
        return
    done = threading.Event()

    def watch() -> None:
        while not done.wait(_EVERY):
            share = connection.query_progress()
            report(min(max(share, 0.0), 100.0) / 100)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()
