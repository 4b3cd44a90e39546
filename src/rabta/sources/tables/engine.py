"""An in-memory DuckDB that reads one file, keeps off the network and tells how far."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from rabta.sources.tables.shapes import NumberForm, Report, Table, TimeForm


MEMORY = "160MB"
_LEAN = "110MB"  # for tables read by one thread, which takes more beside it
_THREADS = 2
_EVERY = 0.5  # seconds between looks at the progress


@contextmanager
def engine(*, lean: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    """Lend a connection; what does not fit in memory goes to a folder that vanishes."""
    with TemporaryDirectory(prefix="rabta-") as spill:
        connection = duckdb.connect(
            ":memory:",
            config={
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
                "memory_limit": _LEAN if lean else MEMORY,
                "threads": _THREADS,
                "temp_directory": spill,
            },
        )
        try:
            # progress is measured only where it could be drawn, and never drawn
            connection.execute("SET enable_progress_bar = true")
            connection.execute("SET enable_progress_bar_print = false")
            connection.execute("SET progress_bar_time = 0")
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
        f" null_padding = true, columns = {{{columns}}}{tolerant})"
    )


def columns(
    connection: duckdb.DuckDBPyConnection, sql: str, report: Report | None = None
) -> dict[str, NDArray[Any]]:
    """Run *sql* and return its columns as arrays; NULL must not occur in them."""
    with _watched(connection, report):
        found = connection.execute(sql).fetchnumpy()
    return {name: np.asarray(np.ma.getdata(array)) for name, array in found.items()}


def one_row(
    connection: duckdb.DuckDBPyConnection, sql: str, report: Report | None = None
) -> tuple[Any, ...] | None:
    """Run *sql* and return its first row."""
    with _watched(connection, report):
        row: tuple[Any, ...] | None = connection.execute(sql).fetchone()
    return row


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
