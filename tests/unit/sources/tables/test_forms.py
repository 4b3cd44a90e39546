"""Every way of writing time and numbers that recordings use."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import duckdb
import pytest

from rabta.sources.tables import choose, look


START = 1_692_493_200  # 2023-08-20 01:00:00 UTC
STEP = 300
SECOND = 1_000_000


def moments(count: int = 6) -> list[datetime]:
    return [datetime.fromtimestamp(START + STEP * n, UTC) for n in range(count)]


def written(fmt: str) -> list[str]:
    return [moment.strftime(fmt) for moment in moments()]


FORMS = {
    "seconds": [str(START + STEP * n) for n in range(6)],
    "fractions": [f"{START + STEP * n}.000" for n in range(6)],
    "milliseconds": [str((START + STEP * n) * 1000) for n in range(6)],
    "microseconds": [str((START + STEP * n) * 10**6) for n in range(6)],
    "nanoseconds": [str((START + STEP * n) * 10**9) for n in range(6)],
    "scientific": [f"{START + STEP * n:.9e}" for n in range(6)],
    "zulu": written("%Y-%m-%dT%H:%M:%SZ"),
    "offset": written("%Y-%m-%d %H:%M:%S+00:00"),
    "short offset": written("%Y-%m-%d %H:%M:%S+00"),
    "named": written("%Y-%m-%d %H:%M:%S UTC"),
    "plain": written("%Y-%m-%d %H:%M:%S"),
    "minutes": written("%Y-%m-%dT%H:%M"),
    "slashes": written("%Y/%m/%d %H:%M:%S"),
    "day first": written("%d/%m/%Y %H:%M"),
    "dots": written("%d.%m.%Y %H:%M:%S"),
    "month first": written("%m/%d/%Y %H:%M:%S"),
    "half days": written("%m/%d/%Y %I:%M %p"),
    "month name": written("%d-%b-%Y %H:%M:%S"),
    "compact": written("%Y%m%d%H%M"),
    "compact seconds": written("%Y%m%dT%H%M%S"),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_time_gives_the_same_instants(csv, recorded, form):
    rows = [f'"{text}",{n}' for n, text in enumerate(FORMS[form])]
    (one,) = recorded(csv("time,x\n" + "\n".join(rows)))

    assert one.times.tolist() == [(START + STEP * n) * SECOND for n in range(6)]
    assert one.values.tolist() == [0, 1, 2, 3, 4, 5]


def test_an_offset_is_taken_off(csv, recorded):
    file = csv("time,x\n2023-08-20T06:00:00+05:00,1\n2023-08-20T03:05+02:00,2\n")

    (one,) = recorded(file)

    assert one.times.tolist() == [START * SECOND, (START + 300) * SECOND]


def test_wall_clocks_are_of_the_zone_named(csv, recorded):
    file = csv("time,x\n2023-08-20 06:00,1\n2023-08-20 06:05,2\n")

    (one,) = recorded(file, ZoneInfo("Asia/Karachi"))

    assert one.times.tolist() == [START * SECOND, (START + 300) * SECOND]


def test_days_and_months_that_could_be_either_run_as_evenly_as_they_can(csv, recorded):
    rows = [f"0{n}/02/2023 00:00,{n}" for n in range(1, 9)]

    (one,) = recorded(csv("date,x\n" + "\n".join(rows)))

    days = {b - a for a, b in zip(one.times, one.times[1:], strict=False)}
    assert days == {86_400 * SECOND}


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (["12.9 ms", "13 ms", "9.25 ms"], [12.9, 13, 9.25]),
        (["98%", "97%", "100%"], [98, 97, 100]),
        (["1e3", "-2.5", ".5"], [1000, -2.5, 0.5]),
        ([" 1 ", "+2", "3."], [1, 2, 3]),
    ],
)
def test_numbers_may_carry_units_and_signs(csv, recorded, cells, values):
    rows = [f"{START + n},{cell}" for n, cell in enumerate(cells)]

    (one,) = recorded(csv("time,x\n" + "\n".join(rows)))

    assert one.values.tolist() == values


def test_a_decimal_comma_is_read_where_semicolons_part_the_cells(csv, recorded):
    file = csv(f"time;x\n{START};1,5\n{START + 1};2,25\n")

    (one,) = recorded(file)

    assert one.values.tolist() == [1.5, 2.25]


@pytest.mark.parametrize(
    ("delimiter", "cells", "values"),
    [
        (";", ["12,5", "1.013,5", "1.234"], [12.5, 1013.5, 1234]),
        (";", ["1,234", "2,5", "7"], [1.234, 2.5, 7]),
        (",", ['"1,234"', '"1,234,567.5"', "999.25"], [1234, 1_234_567.5, 999.25]),
        ("\t", ["1,5", "-2,25", "+3"], [1.5, -2.25, 3]),
    ],
)
def test_thousands_are_parted_as_the_cells_are_not(
    csv, recorded, delimiter, cells, values
):
    rows = [f"{START + n}{delimiter}{cell}" for n, cell in enumerate(cells)]
    (one,) = recorded(csv(f"time{delimiter}x\n" + "\n".join(rows)))
    assert one.values.tolist() == values


def test_addresses_are_no_numbers_with_parted_thousands(csv):
    rows = [f"{START + n};192.168.100.200;1" for n in range(5)]
    told = look(csv("time;address;x\n" + "\n".join(rows)))
    assert choose(told).left == (("address", "text"),)


@pytest.mark.parametrize("mark", ["", "NA", "n/a", "NaN", "null", "None", "-", "?"])
def test_what_stands_for_missing_is_missing_and_not_zero(csv, recorded, mark):
    rows = [f"{START + n},{mark if n == 2 else n}" for n in range(40)]

    (one,) = recorded(csv("time,x\n" + "\n".join(rows)))

    assert str(one.values[2]) == "nan"
    assert one.values[3] == 3


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters_and_line_ends_are_found_out(csv, recorded, delimiter, ending):
    lines = [delimiter.join(("time", "rtt", "note"))]
    lines += [delimiter.join((str(START + n), str(n), "ok")) for n in range(5)]

    (one,) = recorded(csv(ending.join(lines)))

    assert (one.name, one.values.tolist()) == ("rtt", [0, 1, 2, 3, 4])


def test_a_preface_a_mark_at_the_start_and_mixed_line_ends_do_no_harm(csv, recorded):
    text = f"\ufeff# made by a probe\n\ntime,x\r\n{START},1\n{START + 1},2\r\n"

    (one,) = recorded(csv(text))

    assert one.values.tolist() == [1, 2]


def test_a_file_without_a_header_has_numbered_columns(csv):
    file = csv("2015-09-26 11:43:10,bbc,12.98 ms\n2015-09-26 11:43:11,bbc,12.9 ms\n")

    choice = choose(look(file))

    assert choice.time == "column1"
    assert [one.name for one in choice.signals] == ["column3"]


def test_a_packed_file_is_read_as_it_is(tmp_path, recorded):
    import gzip

    file = tmp_path / "series.csv.gz"
    with gzip.open(file, "wt") as stream:
        stream.write(f"time,x\n{START},1\n{START + 1},2\n")

    (one,) = recorded(file)

    assert one.values.tolist() == [1, 2]


@pytest.mark.parametrize(
    "time",
    [
        "make_timestamp(1692493200000000 + i * 300000000)",
        "epoch_ms(1692493200000 + i * 300000)::TIMESTAMPTZ",
        "make_timestamp_ns(1692493200000000000 + i * 300000000000)",
        "1692493200 + i * 300",
        "1692493200000 + i * 300000",
        "strftime(make_timestamp(1692493200000000 + i * 300000000), '%Y-%m-%dT%XZ')",
    ],
)
def test_parquet_says_the_same_as_csv(tmp_path, recorded, time):
    file = tmp_path / "series.parquet"
    duckdb.sql(
        f"COPY (SELECT {time} AS ts, i::DOUBLE AS rtt, 'x' AS note"
        f" FROM range(6) r(i)) TO '{file}'"
    )

    (one,) = recorded(file)

    assert one.times.tolist() == [(START + STEP * n) * SECOND for n in range(6)]
    assert one.values.tolist() == [0, 1, 2, 3, 4, 5]
