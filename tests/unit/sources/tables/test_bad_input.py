"""What is wrong with a file is one line that names file, row, column and cure."""

from zoneinfo import ZoneInfo

import duckdb
import pytest

from rabta.errors import DataError, UsageError
from rabta.sources.tables import Wanted, look


T = 1_692_493_200
HEAD = "time,rtt\n"


def rows(count: int = 60, **changed: str) -> str:
    """Return a clean table but for the lines changed, such as ``line12``."""
    lines = ["time,rtt"]
    lines += [
        changed.get(f"line{n}", f"{T + 300 * n},{10 + n % 3}")
        for n in range(2, count + 2)
    ]
    return "\n".join(lines) + "\n"


BAD = {
    "empty": (b"", "the file is empty"),
    "blank": (b"\n\n  \n", "the file holds no row"),
    "header only": (HEAD, "a header but no row"),
    "one row": (HEAD + f"{T},1\n", "row 2: one row is no series"),
    "nothing measured": (
        HEAD + "".join(f"{T + n},\n" for n in range(9)),
        "column 'rtt': not one of 9 rows has a number",
    ),
    "all NaN": (
        HEAD + "".join(f"{T + n},NaN\n" for n in range(9)),
        "column 'rtt': not one of 9 rows has a number",
    ),
    "no number": (
        rows(line12=f"{T},timeout"),
        "row 12, column 'rtt': 'timeout' is not a number",
    ),
    "infinite": (rows(line9=f"{T},inf"), "row 9, column 'rtt': 'inf' is"),
    "other unit": (
        rows(line20=f"{T},1.2 s"),
        "row 20, column 'rtt': '1.2 s' is in another unit",
    ),
    "mixed units": (
        "time,rtt\n"
        + "".join(f"{T + n},{n} {'s' if n == 40 else 'ms'}\n" for n in range(50)),
        "row 42, column 'rtt': '40 s' is in another unit; the others are in ms",
    ),
    "units that change": (
        "time,rtt\n"
        + "".join(f"{T + n},{n} {'s' if n >= 40 else 'ms'}\n" for n in range(50)),
        "row 42, column 'rtt': '40 s' is in another unit; the others are in ms",
    ),
    "time in two units": (
        rows(line31=f"{T * 1000},3"),
        f"row 31, column 'time': '{T * 1000}' is no time like the others",
    ),
    "time in words": (rows(line15="yesterday,3"), "row 15, column 'time': 'yesterday'"),
    "no time": (rows(line7=",3"), "row 7, column 'time': there is no time"),
    "too many cells": (rows(line8=f"{T},3,4"), "row 8"),
    "open quote": (rows(line8=f'{T},"3'), "quote"),
    "not text": (b"\x00\x01\x02" * 50, "neither text nor Parquet"),
    "another encoding": (
        "zeit,größe\n1692493200,1\n".encode("latin-1"),
        "row 1: this is not UTF-8 text",
    ),
    "no times": ("a,b\nx,1\ny,2\n", "no column holds times"),
    "no signals": ("time,b\n2024-01-01,x\n2024-01-02,y\n", "no column holds the num"),
    "cut Parquet": (b"PAR1" + b"\0" * 60, "this Parquet file cannot be read"),
}


@pytest.mark.parametrize("kind", BAD)
def test_each_kind_of_bad_file_has_its_own_line(csv, recorded, kind):
    content, says = BAD[kind]
    file = csv(content)

    with pytest.raises(DataError) as caught:
        recorded(file)

    message = str(caught.value)
    assert message.startswith(str(file))
    assert says in message
    assert "\n" not in message


def test_a_wrong_cell_far_beyond_the_head_is_found_by_its_line(csv, recorded):
    lines = [f"{T + n},{n % 7}" for n in range(60_000)]
    lines[54_321] = f"{T},broken"
    lines[10] = f'{T},"1"\n'  # a blank line after it

    with pytest.raises(DataError, match="row 54324, column 'rtt': 'broken'"):
        recorded(csv("time,rtt\n" + "\n".join(lines)))


def test_a_wrong_cell_of_parquet_is_named_by_its_row(tmp_path, recorded):
    file = tmp_path / "series.parquet"
    duckdb.sql(
        "COPY (SELECT 1692493200 + i AS ts, if(i = 41, 'off', '1') AS x"
        f" FROM range(99) r(i)) TO '{file}'"
    )

    with pytest.raises(DataError, match="row 42, column 'x': 'off' is not a number"):
        recorded(file)


def test_a_column_that_does_not_exist_suggests_the_nearest(csv, recorded):
    file = csv(rows())

    with pytest.raises(UsageError, match=r"no column 'rrt'; did you mean 'rtt'\?"):
        recorded(file, signals=[Wanted("x", "rrt")])
    with pytest.raises(UsageError, match="the file has: time, rtt"):
        recorded(file, time="when")


def test_a_file_that_is_not_there_and_a_folder_are_bad_usage(tmp_path):
    with pytest.raises(UsageError, match="no such file"):
        look(tmp_path / "none.csv")
    with pytest.raises(UsageError, match="is a folder"):
        look(tmp_path)


def test_a_zone_that_skipped_a_time_cannot_be_right(csv, recorded):
    """New York set its clocks forward at 02:00 on 10 March 2024."""
    lines = [f"2024-03-10 {n // 12:02d}:{n % 12 * 5:02d},1" for n in range(12, 48)]
    file = csv("time,x\n" + "\n".join(lines))

    with pytest.raises(DataError) as caught:
        recorded(file, ZoneInfo("America/New_York"))

    assert "row 14, column 'time': '2024-03-10 02:00'" in str(caught.value)
    assert "America/New_York skipped" in str(caught.value)


def test_a_column_named_as_the_time_must_hold_times(csv, recorded):
    file = csv("time,place\n2024-01-01,Lahore\n2024-01-02,Lahore\n")

    with pytest.raises(DataError, match="column 'place': 'Lahore' is no time"):
        recorded(file, time="place", signals=[Wanted("x", "time")])


def test_a_name_with_signs_of_sql_is_only_a_name(csv, recorded):
    name = "x'\"); DROP TABLE t; --"
    header = '"' + name.replace('"', '""') + '"'
    file = csv(f"time,{header}\n{T},1\n{T + 1},2\n", name="it's [all] fine*?.csv")

    (one,) = recorded(file)

    assert one.name == name
    assert one.values.tolist() == [1, 2]
