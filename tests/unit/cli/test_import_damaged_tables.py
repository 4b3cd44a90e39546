"""Tables in which some lines are no rows: the others are kept, those are told."""

import bz2
import gzip
import json

import pytest
from click.testing import CliRunner

from rabta.cli import group, intake_files


try:
    from compression import zstd
except ImportError:
    from backports import zstd


LINES = [b"%d,%d,0.5" % (1_700_000_000 + 60 * n, 20 + n % 5) for n in range(12_000)]
HEAD = b"when,rtt_ms,loss"
DAMAGE = {
    "too many cells": (b"1700000000,1,2,3,4", "a cell beyond the last column", "4"),
    "one cell more": (b"1700000000,1,2,3", "a cell beyond the last column", "'4'"),
    "no UTF-8": (b"1700000000,\xff1,2", "not UTF-8 text", "'rtt_ms'"),
    "an open quote": (b'1700000000,1,"2', "a quote is never closed", "'loss'"),
    "a wrong quote": (b'1700000000,"1"2,2', "a quote is wrong", "'rtt_ms'"),
    "a long line": (b"1" * 3_000_000, "the line is too long", "'when'"),
}


def rabta(*arguments):
    return CliRunner().invoke(group, [str(one) for one in arguments])


def told(file, lines, *, end=b"\n", pack=bytes):
    """Import a table; what was said of it."""
    file.write_bytes(pack(b"\n".join([HEAD, *lines]) + end))
    done = rabta("import", file, "--dry-run", "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


@pytest.mark.parametrize("at", [10, 11_000], ids=["at the head", "far within"])
@pytest.mark.parametrize("name", DAMAGE)
def test_a_line_that_is_no_row_costs_itself_alone(tmp_path, name, at):
    line, reason, column = DAMAGE[name]
    found = told(tmp_path / "t.csv", [*LINES[:at], line, *LINES[at:]])
    assert found["aside"] == {reason: 1}
    (aside,) = found["aside_records"]
    assert aside["where"] == f"row {at + 2}, column {column}"
    assert found["values"] == 2 * len(LINES)
    assert found["partial"] == ""


def test_many_kinds_of_damage_in_a_packed_table_keep_their_rows(tmp_path):
    lines = [*LINES]
    for place, name in enumerate(DAMAGE):
        lines[100 * place + 7] = DAMAGE[name][0]
    lines[5000] = b"1700300000,oops,0.5"
    found = told(tmp_path / "t.csv.gz", lines, pack=gzip.compress)
    rows = [int(one["where"].split(",")[0][4:]) for one in found["aside_records"]]
    assert rows == [9, 109, 209, 309, 409, 509, 5002]
    assert found["values"] == 2 * (len(LINES) - 7)


def test_a_cell_with_line_breaks_is_no_damage(tmp_path):
    head = HEAD + b",note"
    lines = [one + b',"a\nb, ""c""\n"' for one in LINES[:50]]
    lines[20] = b"1700001200,\xff,0.5,x"
    (tmp_path / "t.csv").write_bytes(b"\n".join([head, *lines]) + b"\n")
    done = rabta("import", tmp_path / "t.csv", "--dry-run", "--json")
    found = json.loads(done.stdout)
    assert found["aside"] == {"not UTF-8 text": 1}
    assert found["values"] == 2 * 49


MANY = [b"%d,%d,0.5" % (1_500_000_000 + 60 * n, 20 + n % 5) for n in range(400_000)]
"""More than one thread reads of them."""


def test_an_open_quote_far_within_a_large_table_costs_its_line_alone(tmp_path):
    lines = [*MANY[:300_000], b'1499999000,"2,1', *MANY[300_000:]]
    found = told(tmp_path / "t.csv", lines)
    assert found["aside"] == {"a quote is never closed": 1}
    assert found["aside_records"][0]["where"] == "row 300002, column 'rtt_ms'"
    assert found["values"] == 2 * len(MANY)


def test_a_cell_over_lines_far_within_a_large_table_is_no_damage(tmp_path):
    lines = [*MANY[:300_000], b'1499999000,"2\n",1', *MANY[300_000:]]
    found = told(tmp_path / "t.csv", lines)
    assert found["aside"] == {}
    assert found["values"] == 2 * (len(MANY) + 1)


@pytest.mark.parametrize("end", [b"\r", b""])
def test_lines_that_end_in_two_ways_lose_nothing_after_an_open_quote(tmp_path, end):
    """The engine takes all that follows as one cell, and says nothing."""
    lines = [LINES[0] + b"\r", *LINES[1:9000], b'1699999000,"2,1' + end, *LINES[9000:]]
    file = tmp_path / "t.csv"
    found = told(file, lines)
    assert found["aside"] == {"a quote is never closed": 1}
    assert found["values"] == 2 * len(LINES)
    done = rabta("detect", file, "--entity", "uplink/a")
    assert done.exit_code == 1
    said = str(done.exception or done.stderr)
    assert "row 9002, column 'rtt_ms': a quote is never closed" in said


def test_names_in_another_alphabet_cost_no_row(tmp_path):
    lines = [*LINES[:50], b"1700009000,\xff,1", *LINES[50:]]
    (tmp_path / "t.csv").write_bytes(b"\n".join([b"when,d\xe9lai,loss", *lines]))
    done = rabta("import", tmp_path / "t.csv", "--dry-run", "--json")
    found = json.loads(done.stdout)
    assert found["values"] == 2 * len(LINES)
    assert found["aside"] == {"not UTF-8 text": 1}


def test_empty_cells_after_the_last_column_are_nothing(tmp_path):
    lines = [*LINES[:50], b'1700900000,7,1,,""', *LINES[50:]]
    found = told(tmp_path / "t.csv", lines)
    assert found["values"] == 2 * (len(LINES) + 1)
    assert found["aside"] == {}


def test_a_table_cut_off_within_quotes_is_partial(tmp_path):
    found = told(tmp_path / "t.csv", [*LINES[:50], b'1700003000,"7'], end=b"")
    assert found["values"] == 100
    assert found["partial"] == "cut off in row 52"


def test_a_table_of_which_most_is_damaged_is_refused_by_its_name(tmp_path):
    lines = [one.replace(b",2", b",\xe92") for one in LINES]
    (tmp_path / "t.csv").write_bytes(b"\n".join([HEAD, *lines]))
    done = rabta("import", tmp_path / "t.csv", "--dry-run")
    assert done.exit_code == 1
    assert f"{tmp_path / 't.csv'}, row 2: this is not UTF-8 text" in done.stderr
    assert "save it as CSV in UTF-8" in done.stderr


def test_what_is_wrong_with_a_packed_table_is_told_of_its_own_name(tmp_path):
    file = tmp_path / "t.csv.bz2"
    file.write_bytes(bz2.compress(b"when,rtt_ms\n1700000000,1\n"))
    done = rabta("import", file, "--dry-run")
    assert done.exit_code == 1
    assert f"{file}, row 2: one row is no series" in done.stderr


def test_a_packed_table_is_unpacked_once_whatever_its_name(tmp_path):
    found = told(tmp_path / "t.csv.zst", LINES[:90], pack=zstd.compress)
    assert found["values"] == 180


def test_a_series_handed_on_in_pieces_is_whole(tmp_path, monkeypatch):
    monkeypatch.setattr(intake_files, "_PIECE", 7)
    assert told(tmp_path / "t.csv", LINES[:90])["values"] == 180
