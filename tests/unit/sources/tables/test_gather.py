"""Tables are read in parts, and what comes of the parts is what comes of the whole."""

import csv as csv_files
import math

import duckdb
import numpy as np
import pytest

from rabta.clock import SECOND
from rabta.errors import DataError
from rabta.sources.tables import Spoilt, arrow, choose, gather, look, passes, read


T = 1_692_493_200


def naive(times, groups, values, width, *, least):
    """Gather row by row; (group, time) to mean or least, and rows."""
    held = {}
    for time, group, value in zip(times, groups, values, strict=True):
        bin_ = held.setdefault((group, time // (width * SECOND)), [])
        if not math.isnan(value):
            bin_.append(value)
    return {
        (group, at * width * SECOND): (
            (min(some) if least else sum(some) / len(some)) if some else math.nan,
            len(some),
        )
        for (group, at), some in held.items()
    }


@pytest.mark.parametrize("in_order", [True, False], ids=["in order", "shuffled"])
@pytest.mark.parametrize("grouped", [True, False], ids=["groups", "one"])
def test_bins_of_parts_are_the_bins_of_all_rows(monkeypatch, in_order, grouped):
    monkeypatch.setattr(gather, "_PENDING", 300)
    rng = np.random.default_rng(1)
    times = (T + rng.integers(0, 90_000, 20_000)) * SECOND
    times = np.sort(times) if in_order else times
    groups = rng.integers(0, 5, len(times)) if grouped else np.zeros(len(times), int)
    columns = [rng.random(len(times)) for _ in range(2)]
    for one in columns:
        one[rng.random(len(one)) < 0.3] = np.nan

    bins = gather.Bins(30, [False, True], grouped=grouped)
    for start in range(0, len(times), 777):
        part = slice(start, start + 777)
        bins.add(
            times[part],
            groups[part] if grouped else None,
            [one[part] for one in columns],
        )
    found = bins.done()

    keys = list(
        zip(
            found.groups.tolist() if grouped else [0] * len(found.times),
            found.times.tolist(),
            strict=True,
        )
    )
    assert keys == sorted(keys)
    for place, least in enumerate((False, True)):
        wanted = naive(times, groups, columns[place], 30, least=least)
        assert set(keys) == set(wanted)
        np.testing.assert_allclose(
            found.values[place], [wanted[key][0] for key in keys], rtol=1e-12
        )
        assert found.weights[place].tolist() == [wanted[key][1] for key in keys]


def test_parts_of_a_result_come_in_order_with_their_text():
    connection = duckdb.connect()
    sql = "SELECT i AS i, i / 2 AS v, concat('ü', i % 3) AS g FROM range(300000) t(i)"
    numbers, halves, texts = [], [], []
    for i, v, g in arrow.parts(connection.sql(sql), "lgu"):
        texts += [g[0], g[len(i) - 1]]
        numbers.append(i.copy())
        halves.append(v.copy())
    assert len(numbers) > 1
    assert np.concatenate(numbers).tolist() == list(range(300_000))
    assert np.concatenate(halves).sum() == sum(range(300_000)) / 2
    assert (texts[0], texts[-1]) == ("ü0", f"ü{299_999 % 3}")
    assert connection.execute("SELECT 1").fetchall() == [(1,)]  # it is free again


def test_what_fails_on_the_way_is_an_error():
    sql = "SELECT CAST(if(i > 250000, 'x', '1') AS BIGINT) AS i FROM range(300000) t(i)"
    with pytest.raises(duckdb.Error, match="Could not convert"):
        list(arrow.parts(duckdb.connect().sql(sql), "l"))


def test_a_wide_table_is_read_some_columns_at_a_time(csv, monkeypatch):
    monkeypatch.setattr(passes, "_AT_ONCE", 3)
    names = [f"m{n}" for n in range(10)]
    lines = [
        ",".join([str(T + 60 * n), *(str(n * 10 + m) for m in range(10))])
        for n in range(40)
    ]
    lines[7] = lines[7].replace(",72,", ",no,")  # of the first pass
    lines[9] = lines[9].rpartition(",")[0] + ",no"  # of the last
    file = csv("\n".join([",".join(["time", *names]), *lines]) + "\n")
    table, spoilt = look(file), Spoilt()
    series = read(table, choose(table), spoilt=spoilt)

    assert [one.name for one in series] == names
    kept = [n for n in range(40) if n not in (7, 9)]
    for place, one in enumerate(series):
        assert one.values.tolist() == [10 * n + place for n in kept]
    assert [(row.line, row.column) for row in spoilt.rows] == [(9, "m2"), (11, "m9")]
    assert spoilt.count == 2
    with pytest.raises(DataError, match="row 9, column 'm2'"):
        read(table, choose(table))


def test_the_first_rows_of_a_wide_parquet_file_are_looked_at(tmp_path):
    file = tmp_path / "wide.parquet"
    columns = ", ".join(f"i + {n} AS m{n}" for n in range(100))
    duckdb.sql(
        f"COPY (SELECT {T} + 60 * i AS time, {columns} FROM range(500) t(i))"
        f" TO '{file}' (FORMAT parquet)"
    )
    table = look(file)
    assert len(table.columns) == 101
    assert table.rows[3][0] == str(T + 180)
    assert table.rows[3][100] == "102"
    assert read(table, choose(table))[99].values[:3].tolist() == [99, 100, 101]


def test_the_line_of_a_wrong_cell_is_told_beside_cells_of_any_length(csv):
    long = "x" * (csv_files.field_size_limit() // 2)
    lines = [f"{T + 60 * n},{n},{long if n == 20 else 'x'}" for n in range(40)]
    lines[30] = f"{T},no,x"
    file = csv("time,a,note\n" + "\n".join(lines) + "\n")
    table = look(file)
    with pytest.raises(DataError, match="row 32, column 'a'"):
        read(table, choose(table))


def test_both_readings_of_a_table_are_one_way(monkeypatch, csv):
    monkeypatch.setattr(passes, "_AT_ONCE", 1)
    table = look(csv("timestamp,a,b\n1692493200,1,2\n1692493260,3,4\n"))
    told = []
    both = passes.Passes(None, table, choose(table), told.append)
    for checked in (False, True, False):
        for _, report in both.parts(checked=checked):
            report(0.0)
            report(0.5)

    assert told == [0, 1 / 8, 1 / 4, 3 / 8, 1 / 2, 5 / 8, 3 / 4, *[7 / 8] * 5]
