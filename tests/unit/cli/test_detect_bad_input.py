"""Whatever is fed to ``rabta detect``: one line that says what, where and the cure.

The command runs whole, from ``sys.argv`` to the exit code, beside a drawing of an
earlier run that must stay as it was.
"""

import gzip
import json
import os
import random
import re
import sys
from datetime import UTC, datetime

import duckdb
import pytest

from rabta.cli import main


START = 1_704_067_200  # 2024-01-01 00:00:00 UTC
ROWS = [(START + 300 * n, 600 + n % 7) for n in range(600)]
SOME = random.Random(1)
PROGRESS = re.compile(r"( …| \d+%)$")


def text(rows=ROWS, head="time,probes", **changed):
    """Return a table; ``line12`` replaces a line of the file."""
    lines = [head, *(",".join(map(str, row)) for row in rows)]
    for name, line in changed.items():
        lines[int(name.removeprefix("line")) - 1] = line
    return "\n".join(lines) + "\n"


def parquet(file, select):
    rows = file.with_name("rows.tmp")
    rows.write_text(text())
    with duckdb.connect() as engine:
        engine.execute(f"CREATE TABLE rows AS FROM read_csv('{rows}')")
        source = select if " FROM " in select else f"{select} FROM rows"
        engine.execute(f"COPY (SELECT {source}) TO '{file}' (FORMAT parquet)")
    rows.unlink()
    return file.read_bytes()


def made(content, name="x.csv"):
    """Return a maker of a file of *content*: text, bytes, or a SELECT for Parquet."""

    def make(folder):
        file = folder / name
        data = content(file) if callable(content) else content
        file.write_bytes(data.encode() if isinstance(data, str) else data)

    return make


def packed(spoil):
    return made(spoil(gzip.compress(text().encode())), "x.csv.gz")


def wall(day):
    """Return rows every five minutes of a *day* of 2024, without a zone."""
    return [
        (f"2024-{day} {n // 12:02}:{n % 12 * 5:02}:00", 5 + n % 3) for n in range(280)
    ]


X = ["x.csv"]
P = ["x.parquet"]
G = ["x.csv.gz"]
BAD = {
    # name: (maker, words, exit code, what the line says)
    "not there": (None, X, 2, "x.csv: no such file; look in"),
    "a folder": (None, ["."], 2, ". is a folder; name the files in it"),
    "standard input": (None, ["-"], 2, "- is no file, and tables are read twice; save"),
    "a pipe": (lambda d: os.mkfifo(d / "x.csv"), X, 2, "x.csv is a pipe or a device"),
    "a device": (None, ["/dev/null"], 2, "/dev/null is a pipe or a device"),
    "empty": (made(""), X, 1, "x.csv: the file is empty; was it copied whole?"),
    "blank": (made("\n\n \n"), X, 1, "x.csv: the file holds no row; was it copied"),
    "a header": (
        made("time,probes\n"),
        X,
        1,
        "x.csv, row 1: the file has a header but",
    ),
    "one row": (made(text(ROWS[:1])), X, 1, "x.csv, row 2: one row is no series"),
    "one time": (
        made(text([(START, n) for n in range(9)])),
        X,
        1,
        "x.csv, row 2, column 'time': all 9 rows have the same time",
    ),
    "all NaN": (
        made(text([(t, "NaN") for t, _ in ROWS])),
        X,
        1,
        "x.csv, column 'probes': not one of 600 rows has a number; name another",
    ),
    "no number": (
        made(text(line300=f"{START},n.a.")),
        X,
        1,
        "x.csv, row 300, column 'probes': 'n.a.' is not a number; leave the cell empty",
    ),
    "infinite": (
        made(text(line300=f"{START},inf")),
        X,
        1,
        "x.csv, row 300, column 'probes': 'inf' is not a number",
    ),
    "only words": (
        made(text([(t, "up") for t, _ in ROWS])),
        X,
        1,
        "x.csv: no column holds the numbers of a signal, only words ('up'); write",
    ),
    "two units": (
        made(text([(t, f"{v} ms") for t, v in ROWS], line300=f"{START},0.6 s")),
        X,
        1,
        "x.csv, row 300, column 'probes': '0.6 s' is in another unit; the others are",
    ),
    "a time in milliseconds": (
        made(text(line300=f"{START}000,5")),
        X,
        1,
        f"x.csv, row 300, column 'time': '{START}000' is no time like the others",
    ),
    "a time in words": (
        made(text(line300="noon,5")),
        X,
        1,
        "x.csv, row 300, column 'time': 'noon' is no time like the others",
    ),
    "no time": (made(text(line300=",5")), X, 1, "x.csv, row 300, column 'time': there"),
    "a header in the midst": (
        made(text(line300="time,probes")),
        X,
        1,
        "x.csv, row 300, column 'time': 'time' is no time like the others",
    ),
    "no such day": (
        made(text(wall("01-02"), line100="2024-02-30 00:00:00,5")),
        X,
        1,
        "x.csv, row 100, column 'time': '2024-02-30 00:00:00' is no time",
    ),
    "an hour that was skipped": (
        made(text(wall("03-31"))),
        [*X, "--timezone", "Europe/Berlin"],
        1,
        "a time that Europe/Berlin skipped when its clocks were set forward; the times",
    ),
    "no such zone": (
        made(text()),
        [*X, "--timezone", "Asia/Karachee"],
        2,
        "--timezone Asia/Karachee: there is no such zone; did you mean Asia/Karachi",
    ),
    "a path for a zone": (
        made(text()),
        [*X, "--timezone", "../../etc/passwd"],
        2,
        "there is no such zone",
    ),
    "no such kind": (
        made(text()),
        [*X, "--signal", "up:speed=probes"],
        2,
        "--signal up:speed=probes: there is no kind 'speed'; one of",
    ),
    "no such column of entities": (
        made(text()),
        [*X, "--by", "region"],
        2,
        "x.csv: there is no column 'region'; the file has: time, probes",
    ),
    "no such column": (
        made(text()),
        [*X, "--signal", "up=probe"],
        2,
        "x.csv: there is no column 'probe'; did you mean 'probes'? the file has: time",
    ),
    "no such time column": (
        made(text()),
        [*X, "--time", "when"],
        2,
        "x.csv: there is no column 'when'; the file has: time, probes",
    ),
    "a column of another file": (
        lambda d: (made(text())(d), made(text(head="time,bgp"), "y.csv")(d)),
        [*X, "y.csv", "--signal", "up=probes"],
        2,
        "y.csv: there is no column 'probes'; the file has: time, bgp",
    ),
    "a second file that is wrong": (
        lambda d: (made(text())(d), made(text(line9="1,x"), "y.csv")(d)),
        [*X, "y.csv"],
        1,
        "y.csv, row 9, column 'probes': 'x' is not a number",
    ),
    "two signals of one name": (
        made(text([(t, v, v) for t, v in ROWS], head="time,probes,probes")),
        [*X, "--signal", "up=probes", "--signal", "up=probes_2"],
        2,
        "--signal: two are called 'up'; give each a name of its own",
    ),
    "no share": (
        made(text()),
        [*X, "--signal", "loss:fraction=probes"],
        1,
        "x.csv, column 'probes': 606 is no share; a fraction is 0 to 1, or percent",
    ),
    "a drawing nowhere": (
        made(text()),
        [*X, "--plot", "gone/out.svg"],
        2,
        "--plot gone/out.svg: there is no folder gone; make it first",
    ),
    "a drawing of no kind": (
        made(text()),
        [*X, "--plot", "out.pdf"],
        2,
        "--plot out.pdf: the name must end in .svg or .html",
    ),
    "a drawing that is a folder": (
        lambda d: (made(text())(d), (d / "f.svg").mkdir()),
        [*X, "--plot", "f.svg"],
        2,
        "--plot f.svg is a folder; name a file in it",
    ),
    "garbage": (made(SOME.randbytes(9000)), X, 1, "x.csv, row 1: this is not UTF-8"),
    "zeros": (made(bytes(9000)), X, 1, "x.csv: this is neither text nor Parquet"),
    "another encoding": (
        made(text().encode("utf-16")),
        X,
        1,
        "x.csv, row 1: this is not UTF-8 text, nor Parquet; save it as CSV in UTF-8",
    ),
    "too many cells": (
        made(text(line300="1,2,3")),
        X,
        1,
        "x.csv, row 300, column '3': '3' is a cell beyond",
    ),
    "an open quote": (made(text(line300=f'{START},"5')), X, 1, "x.csv, row 300: a quo"),
    "packed, cut": (packed(lambda b: b[:-900]), G, 1, "x.csv.gz: cannot be unpacked"),
    "packed, spoilt": (
        packed(lambda b: b[:40] + SOME.randbytes(300)),
        G,
        1,
        "x.csv.gz: cannot be unpacked",
    ),
    "packed, another sum": (
        packed(lambda b: b[:-8] + bytes(4) + b[-4:]),
        G,
        1,
        "x.csv.gz: cannot be unpacked: CRC check failed",
    ),
    "not packed": (made(text(), "x.csv.gz"), G, 1, "x.csv.gz: cannot be unpacked"),
    "packed in secret": (
        made(gzip.compress(text().encode())),
        X,
        1,
        "x.csv: the file is compressed; its name must end in .gz",
    ),
    "Parquet, cut": (
        made(lambda f: parquet(f, "*")[:-300], "x.parquet"),
        P,
        1,
        "x.parquet: this Parquet file cannot be read",
    ),
    "Parquet, spoilt": (
        made(
            lambda f: (b := parquet(f, "*"))[:200] + bytes(400) + b[600:], "x.parquet"
        ),
        P,
        1,
        "was it copied whole?",
    ),
    "Parquet, no row": (
        made(lambda f: parquet(f, "* FROM (FROM rows LIMIT 0)"), "x.parquet"),
        P,
        1,
        "x.parquet: the file has columns but no row; was it copied whole?",
    ),
    "Parquet, no number": (
        made(
            lambda f: parquet(
                f, f"time, CASE time WHEN {ROWS[99][0]} THEN 'x' ELSE '5' END AS probes"
            ),
            "x.parquet",
        ),
        P,
        1,
        "x.parquet, row 100, column 'probes': 'x' is not a number",
    ),
    "Parquet, no time": (
        made(
            lambda f: parquet(f, f"nullif(time, {ROWS[99][0]}) AS time, probes"),
            "x.parquet",
        ),
        P,
        1,
        "x.parquet, row 100, column 'time': there is no time; every row needs one",
    ),
    "Parquet, all NULL": (
        made(lambda f: parquet(f, "time, NULL::DOUBLE AS probes"), "x.parquet"),
        P,
        1,
        "x.parquet, column 'probes': not one of 600 rows has a number",
    ),
    "Parquet, lists": (
        made(lambda f: parquet(f, "time, [probes] AS probes"), "x.parquet"),
        [*P, "--signal", "up=probes"],
        1,
        "x.parquet, column 'probes': the column holds BIGINT[], no numbers",
    ),
    "no announcements": (
        made(text()),
        [*X, "--context", "gone.json"],
        1,
        "gone.json: cannot be read: No such file",
    ),
}


@pytest.fixture
def detect(tmp_path, monkeypatch, capsys):
    """Run the command in a folder of its own: exit code, stdout, lines of stderr."""
    monkeypatch.chdir(tmp_path)

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["rabta", "detect", *words])
        with pytest.raises(SystemExit) as left:
            main()
        out, err = capsys.readouterr()
        said = [one for one in err.splitlines() if not PROGRESS.search(one)]
        return left.value.code, out, said

    return run


@pytest.mark.parametrize("kind", BAD)
def test_it_is_one_line_and_nothing_is_half_written(detect, tmp_path, kind):
    make, words, code, says = BAD[kind]
    if make is not None:
        make(tmp_path)
    (tmp_path / "out.svg").write_text("old")
    before = {file.name for file in tmp_path.iterdir()}
    if "--plot" not in words:
        words = [*words, "--plot", "out.svg"]

    left, out, said = detect(*words, "--json")

    assert left == code, said
    assert out == ""
    assert [line for line in said if line.startswith("rabta: ")] == said[-1:]
    assert says in said[-1]
    assert {file.name for file in tmp_path.iterdir()} == before
    assert (tmp_path / "out.svg").read_text() == "old"


GOOD = {
    "unsorted": text(SOME.sample(ROWS, len(ROWS))),
    "each row twice": text(ROWS + ROWS),
    "a mark at the start": "\ufeff" + text(),
    "line ends of another system": text().replace("\n", "\r\n"),
    "milliseconds": text([(t * 1000, v) for t, v in ROWS]),
    "microseconds": text([(t * 1_000_000, v) for t, v in ROWS]),
    "a column named twice": text([(t, v, v) for t, v in ROWS], head="time,a,a"),
    "two rows": text(ROWS[:2]),
}


@pytest.mark.parametrize("kind", GOOD)
def test_what_only_looks_odd_is_read(detect, tmp_path, kind):
    (tmp_path / "x.csv").write_bytes(GOOD[kind].encode())

    left, out, said = detect("x.csv", "--json", "--whole")

    assert left == 0, said
    assert [json.loads(line)["disruptions"] for line in out.splitlines()] == [[]]


def test_a_time_far_from_all_others_is_left_out_and_that_is_said(detect, tmp_path):
    (tmp_path / "x.csv").write_text(text(line300="99999999999,5"))

    left, _, said = detect("x.csv", "--json")

    assert left == 0
    assert any("numbers of probes left out: 1" in line for line in said)
    assert any("the first of them: x.csv, row 300, column 'probes'" in x for x in said)


@pytest.mark.parametrize("clock", ["{}", "wall"])
@pytest.mark.parametrize("shuffled", [False, True])
def test_a_slip_among_shares_is_told_with_its_row(detect, tmp_path, clock, shuffled):
    rows = [(when(t, clock), 0.9 + n % 7 / 100) for n, (t, _) in enumerate(ROWS)]
    rows[300] = (rows[300][0], 1.03)
    if shuffled:
        rows = SOME.sample(rows, len(rows))
    (tmp_path / "x.csv").write_text(text(rows, head="time,answered"))
    row = 2 + [value for _, value in rows].index(1.03)

    words = ("--signal", "up:fraction=answered", "--timezone", "Asia/Karachi")
    left, _, said = detect("x.csv", "--json", *words)

    assert left == 0
    assert any(f"x.csv, row {row}: answered is a share of 1" in line for line in said)


def test_the_row_in_which_the_unit_of_shares_changes_is_named(detect, tmp_path):
    rows = [(t, 0.9 + n % 7 / 100) for n, (t, _) in enumerate(ROWS)]
    rows[300:] = [(t, round(100 * share)) for t, share in rows[300:]]
    (tmp_path / "x.csv").write_text(text(rows, head="time,answered"))

    left, out, said = detect("x.csv", "--signal", "up:fraction=answered", "--json")

    assert (left, out) == (1, "")
    assert "x.csv, row 302, column 'answered': shares of 1 and percent" in said[-1]


def when(instant, clock):
    """Return a time as seconds, or as a clock on a wall in Karachi shows it."""
    if clock != "wall":
        return instant
    return datetime.fromtimestamp(instant + 5 * 3600, UTC).strftime("%Y-%m-%d %H:%M:%S")
