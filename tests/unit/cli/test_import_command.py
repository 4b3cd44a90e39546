"""``rabta import`` over real files into a real store."""

import bz2
import gzip
import hashlib
import json

import numpy as np
import pytest
from click.testing import CliRunner

from rabta.cli import group
from rabta.clock import SystemClock
from rabta.store import Store
from tests.unit.sources.test_public import NOON, history


ANSWER = {
    "type": "signals",
    "requestParameters": {},
    "error": None,
    "data": [
        [
            {
                "entityType": "country",
                "entityCode": "PK",
                "datasource": "bgp",
                "from": 1_700_000_000 // 300 * 300,
                "step": 300,
                "values": [1000 + number % 7 for number in range(20_000)],
            }
        ]
    ],
}


@pytest.fixture
def answer(tmp_path):
    file = tmp_path / "ioda.json"
    file.write_text(json.dumps(ANSWER))
    return file


def rabta(*arguments):
    return CliRunner().invoke(group, [str(one) for one in arguments])


def test_a_file_becomes_series_of_the_store(answer, tmp_path):
    done = rabta("import", answer, "--store", tmp_path / "store", "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert (told["format"], told["values"], told["series"]) == ("ioda", 20_000, 1)
    assert told["entities"] == ["country/PK"]
    with Store.open(tmp_path / "store", clock=SystemClock(), read_only=True) as store:
        (series,) = store.series()
        assert (series.source, series.metric) == ("ioda", "bgp")
        assert series.entity == "country/PK"
        points = store.points(
            series.id, start=series.first, stop=series.last + 1, step_seconds=300
        )
        got = [one for one in points.median if one is not None]
        assert got == ANSWER["data"][0][0]["values"]


def test_an_export_of_iodas_dashboard_is_no_continuation_of_its_answers(
    answer, tmp_path
):
    """It may be scaled to its own maximum."""
    export = tmp_path / "export.csv"
    rows = [f"{1_700_000_100 + 300 * n},{n % 2},{n % 3}" for n in range(50)]
    export.write_text("timestamp,bgp,ping-slash24\n" + "\n".join(rows) + "\n")
    where = ("--entity", "country/PK", "--store", tmp_path / "store")
    assert rabta("import", export, answer, *where).exit_code == 0
    with Store.open(tmp_path / "store", clock=SystemClock(), read_only=True) as store:
        found = {(one.metric, one.vantage) for one in store.series()}
    assert found == {("bgp", "")} | {
        (metric, "dashboard") for metric in ("bgp", "ping-slash24")
    }


def export(file, first, last, most=None):
    """Write hours *first* to *last* as the dashboard does, as shares up to *most*."""
    counts = np.array([900 + 17 * (n * n % 31) for n in range(first, last)])
    told = counts * most / counts.max() if most else counts
    rows = [
        f"{1_700_000_100 + 3600 * hour},{value!r},{2000 + hour}"
        for hour, value in zip(range(first, last), told.tolist(), strict=True)
    ]
    file.write_text("timestamp,bgp,gtr\n" + "\n".join(rows) + "\n")
    return file


@pytest.mark.parametrize("most", [1, 100])
def test_exports_scaled_to_their_own_maximum_become_one_series_on_one_scale(
    tmp_path, most
):
    where = ("--entity", "country/PK", "--store", tmp_path / "store")
    one = export(tmp_path / "one.csv", 0, 12, most)
    two = export(tmp_path / "two.csv", 6, 40, most)
    far = export(tmp_path / "far.csv", 50, 60, most)
    assert rabta("import", one, *where).exit_code == 0
    assert rabta("import", two, *where).exit_code == 0
    done = rabta("import", far, *where)
    assert done.exit_code == 1
    assert "far.csv: its values are shares of its own maximum" in done.stderr
    told = told_of(tmp_path / "store")
    assert set(told) == {("bgp", "dashboard-scaled"), ("gtr", "dashboard")}
    assert all(len(values) == 40 for values in told.values())
    counts = np.array([900 + 17 * (n * n % 31) for n in range(40)])
    ratio = told["bgp", "dashboard-scaled"] / counts
    assert np.ptp(ratio) < 1e-6 * ratio.mean()


def test_exports_of_counts_go_on_and_what_could_be_either_is_named(tmp_path):
    where = ("--entity", "country/PK", "--store", tmp_path / "store")
    for name, first, last in (("one", 0, 12), ("two", 20, 40)):
        file = export(tmp_path / f"{name}.csv", first, last)
        done = rabta("import", file, *where)
        assert done.exit_code == 0
        assert "cannot be told" not in done.stdout
    assert set(told_of(tmp_path / "store")) == {
        ("bgp", "dashboard"),
        ("gtr", "dashboard"),
    }
    done = rabta("import", export(tmp_path / "three.csv", 60, 80, 87.5), *where)
    assert "whether bgp is counted or a share" in done.stdout


def told_of(path):
    with Store.open(path, clock=SystemClock(), read_only=True) as store:
        return {
            (one.metric, one.vantage): values
            for one, _, values in store.signals("country/PK", start=0, stop=2**60)
        }


def test_what_each_signal_was_taken_for_is_said_with_the_way_to_say_otherwise(tmp_path):
    table = tmp_path / "office.csv"
    rows = [f"{1_700_000_100 + 300 * n},{n % 5},{20 + n % 3},9" for n in range(40)]
    table.write_text("time,Verlust %,rtt_ms,quality\n" + "\n".join(rows) + "\n")
    store = tmp_path / "store"
    done = rabta("import", table, "--entity", "country/PK", "--store", store)
    assert done.exit_code == 0
    said = next(one for one in done.stdout.splitlines() if "taken by name" in one)
    assert "'quality' as a count without a unit, lower is worse" in said
    assert "'Verlust %' as a share in %, higher is worse" in said
    assert "'rtt_ms' as a delay in ms, higher is worse" in said
    assert "--signal NAME:KIND=COLUMN" in said
    with Store.open(store, clock=SystemClock(), read_only=True) as opened:
        stored = {one.metric: (one.unit, one.worse) for one in opened.series()}
    assert stored == {
        "Verlust %": ("%", "higher"),
        "rtt_ms": ("ms", "higher"),
        "quality": ("", "lower"),
    }
    done = rabta("import", table, "--dry-run", "--signal", "x:rtt=quality")
    assert "taken by name" not in done.stdout
    done = rabta("import", table, "--dry-run", "--signal", "loss=quality")
    assert "'loss' as a share without a unit, higher is worse" in done.stdout


def test_rows_of_one_time_are_taken_together_and_it_is_said(tmp_path):
    table = tmp_path / "places.csv"
    rows = [
        f"{1_700_000_100 + 300 * n},{place},{value}"
        for n in range(20)
        for place, value in (("a", 1), ("b", ""), ("c", 4))
    ]
    table.write_text("time,place,share\n" + "\n".join(rows) + "\n")
    store = tmp_path / "store"
    done = rabta("import", table, "--entity", "country/PK", "--store", store)
    assert "3 rows share each time" in done.stdout
    assert "--by COLUMN" in done.stdout
    assert "told twice" not in done.stdout
    with Store.open(store, clock=SystemClock(), read_only=True) as opened:
        ((_, times, values),) = opened.signals("country/PK", start=0, stop=2**60)
    assert (len(times), set(values.tolist())) == (20, {2.5})
    apart = rabta("import", table, "--by", "place", "--dry-run")
    assert "share each time" not in apart.stdout


def test_a_dry_run_says_the_same_and_stores_nothing(answer, tmp_path):
    done = rabta("import", answer, "--store", tmp_path / "store", "--dry-run")
    assert done.exit_code == 0
    assert "1 series with 20000 values" in done.stdout
    assert "nothing was stored" in done.stdout
    assert not (tmp_path / "store").exists()


def test_it_may_run_beside_the_process_that_measures(answer, tmp_path):
    with Store.open(tmp_path / "store", clock=SystemClock()) as measuring:
        done = rabta("import", answer, "--store", tmp_path / "store")
        assert done.exit_code == 0, done.output
        assert [one.entity for one in measuring.series()] == ["country/PK"]


def test_the_good_files_are_kept_when_one_is_refused(answer, tmp_path):
    (tmp_path / "bad.json").write_text('{"what": "is this"}')
    done = rabta(
        "import", tmp_path / "bad.json", answer, "--store", tmp_path / "s", "--json"
    )
    assert done.exit_code == 1
    assert "unknown form" in done.stderr
    assert json.loads(done.stdout)["values"] == 20_000


def test_any_other_table_goes_by_its_columns(tmp_path):
    rows = [f"{1_700_000_000 + 60 * n},{20 + n % 5}" for n in range(500)]
    (tmp_path / "line.csv").write_text("when,rtt_ms\n" + "\n".join(rows) + "\n")
    done = rabta(
        "import",
        tmp_path / "line.csv",
        "--entity",
        "uplink/ptcl",
        "--store",
        tmp_path / "s",
        "--json",
    )
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert (told["format"], told["values"]) == ("table", 500)
    assert told["entities"] == ["uplink/ptcl"]


def test_where_everything_came_from_is_kept_and_listed(answer, tmp_path):
    store = ("--store", tmp_path / "store")
    for _ in range(2):  # the same bytes are listed once
        assert rabta("import", answer, *store).exit_code == 0
    done = rabta("import", "--history", *store, "--json")
    (told,) = map(json.loads, done.stdout.splitlines())
    assert told["what"] == answer.name
    assert told["sha256"] == hashlib.sha256(answer.read_bytes()).hexdigest()
    assert told["octets"] == answer.stat().st_size
    assert (told["source"], told["kept"], told["aside"]) == ("ioda", 1, 0)
    assert told["licence"]
    line = rabta("import", "--history", *store).stdout
    assert f"ioda  {answer.name}" in line
    assert told["sha256"][:16] in line


def test_no_file_is_read_once_more_for_its_digest(answer, tmp_path, monkeypatch):
    def again(*_):
        raise AssertionError("read a second time")

    packed = tmp_path / "packed.json.gz"
    packed.write_bytes(gzip.compress(answer.read_bytes()))
    with monkeypatch.context() as patched:
        patched.setattr(hashlib, "file_digest", again)
        done = rabta("import", answer, packed, "--store", tmp_path / "store")
    assert done.exit_code == 0, done.output
    with Store.open(tmp_path / "store", clock=SystemClock(), read_only=True) as store:
        kept = {one.what: one.sha256 for one in store.provenance(10)}
    for file in (answer, packed):
        assert kept[file.name] == hashlib.sha256(file.read_bytes()).hexdigest()


ROWS = [f"{1_700_000_000 + 60 * n},{20 + n % 5}" for n in range(500)]
SPOILT = {
    "a word": ([*ROWS[:180], "1700010800,oops", *ROWS[181:]], "\n"),
    "no time": ([*ROWS[:180], "when,1", *ROWS[181:]], "\n"),
    "cut off": ([*ROWS[:-1], "17000"], ""),
}


@pytest.mark.parametrize("name", SPOILT)
def test_a_row_of_no_use_is_put_aside_and_the_rest_of_a_table_kept(tmp_path, name):
    rows, end = SPOILT[name]
    file = tmp_path / "line.csv"
    file.write_text("when,rtt_ms\n" + "\n".join(rows) + end)
    done = rabta("import", file, "--store", tmp_path / "s", "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["values"] == 499
    (aside,) = told["aside_records"]
    row = 501 if name == "cut off" else 182
    assert aside["where"].startswith(f"row {row}, column")
    assert sum(told["aside"].values()) == 1
    assert told["partial"] == (f"cut off in row {row}" if name == "cut off" else "")
    done = rabta("import", file, "--dry-run")
    assert f"1 put aside: {aside['reason']} (first: row {row}, column" in done.stdout


@pytest.mark.parametrize(("pack", "name"), [(gzip, "a.csv.gz"), (bz2, "a.csv.bz2")])
def test_of_a_packed_table_cut_off_the_whole_rows_are_kept(tmp_path, pack, name):
    rows = [f"{1_700_000_000 + 60 * n},{hash((n, 7)) % 1000}" for n in range(60_000)]
    text = ("when,rtt_ms\n" + "\n".join(rows) + "\n").encode()
    whole = pack.compress(text, 1)
    (tmp_path / name).write_bytes(whole[: 9 * len(whole) // 10])
    done = rabta("import", tmp_path / name, "--store", tmp_path / "s", "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["partial"].startswith("cut off at byte")
    assert 10_000 < told["values"] < 60_000
    assert told["aside"] == {}
    assert told["entities"] == ["file/a.csv" if name.endswith("bz2") else "file/a"]


def test_a_table_that_is_mostly_of_no_use_is_refused(tmp_path):
    rows = [one if n % 3 else "1700000000,oops" for n, one in enumerate(ROWS)]
    rows[100:] = ["1700000000,oops"] * 400
    file = tmp_path / "line.csv"
    file.write_text("when,rtt_ms\n" + "\n".join(ROWS[:1000] * 3 + rows * 9))
    done = rabta("import", file, "--signal", "x=rtt_ms", "--dry-run")
    assert done.exit_code == 1
    assert "not a number" in done.stderr


def test_what_was_put_aside_is_said_with_its_place(tmp_path):
    good = {"type": "ping", "prb_id": 1, "msm_id": 2, "timestamp": 1_700_000_000}
    text = json.dumps({**good, "result": [{"rtt": 5}]})
    (tmp_path / "a").write_text(f"{text}\n{text[:-9]}\n")
    done = rabta("import", tmp_path / "a", "--dry-run")
    assert done.exit_code == 0
    assert f"1 put aside: cut off (first at byte {len(text) + 1})" in done.stdout


def test_the_forms_are_listed():
    done = rabta("import", "--formats")
    assert done.exit_code == 0
    assert "atlas-results" in done.stdout
    documents = rabta("import", "--formats", "--json").stdout.splitlines()
    assert {"ioda", "ooni", "atlas"} <= {json.loads(one)["source"] for one in documents}


def test_an_entity_without_a_kind_is_bad_usage(answer):
    done = rabta("import", answer, "--entity", "ptcl", "--dry-run")
    assert done.exit_code != 0
    assert "KIND/NAME" in str(done.exception)


def test_what_is_about_a_country_is_looked_through_for_disruptions(tmp_path):
    step, start = 300, 1_700_000_000 // 86_400 * 86_400
    values = [1000 + 7 * (number % 288) // 288 for number in range(30 * 288)]
    values[20 * 288 : 20 * 288 + 36] = [100] * 36
    (data,) = ANSWER["data"][0]
    for name in ("bgp", "ping-slash24"):
        signal = {**data, "datasource": name, "from": start, "values": values}
        file = tmp_path / f"{name}.json"
        file.write_text(json.dumps({**ANSWER, "data": [[signal]]}))
    done = rabta(
        "import",
        tmp_path / "bgp.json",
        tmp_path / "ping-slash24.json",
        "--store",
        tmp_path / "store",
    )
    assert done.exit_code == 0, done.output
    assert "1 looked through: 1 disruptions found" in done.stdout
    told = rabta("events", "--json", "--store", tmp_path / "store")
    (event,) = [json.loads(line) for line in told.stdout.splitlines()]
    assert event["entity"] == "country/PK"
    assert abs(event["onset"] / 1e6 - (start + 20 * 288 * step)) <= step
    assert abs(event["end"] / 1e6 - (start + (20 * 288 + 36) * step)) <= step


def test_probes_that_left_together_are_a_disruption_of_their_network(tmp_path):
    events, start = history()
    here = [
        {
            **events[0],
            "prb_id": probe,
            "timestamp": start - 3_000_000,
            "event": "connect",
        }
        for probe in range(40)
    ]
    file = tmp_path / "connections.jsonl"
    file.write_text("".join(json.dumps(one) + "\n" for one in [*here, *events]))
    done = rabta("import", file, "--store", tmp_path / "store")
    assert "1 reports" in done.stdout
    told = rabta("events", "--json", "--store", tmp_path / "store")
    (event,) = [json.loads(line) for line in told.stdout.splitlines()]
    assert event["entity"] == "asn/17557"
    assert abs(event["onset"] / 1e6 - (start + NOON)) <= 600
    assert event["depth"] > 0.5


def test_results_of_atlas_are_printed_in_full_and_nothing_is_stored(tmp_path):
    file, store = tmp_path / "results.jsonl", tmp_path / "store"
    shared = {"prb_id": 7, "msm_id": 1, "timestamp": 1_700_000_000, "fw": 5080}
    trace = {
        **shared,
        "type": "traceroute",
        "result": [{"hop": 1, "result": [{"from": "192.0.2.1", "rtt": 1.5}]}],
    }
    lines = [json.dumps(trace), '{"cut', json.dumps({**shared, "type": "unheard"})]
    file.write_text("\n".join(lines) + "\n")
    done = rabta("import", "--records", file, "--store", store)
    assert done.exit_code == 1
    (line,) = done.stdout.splitlines()
    assert json.loads(line)["hops"][0]["replies"][0]["rtt"] == 1.5
    assert "2 records are damaged" in str(done.exception)
    assert not store.exists()


def test_other_files_have_no_full_records(answer):
    done = rabta("import", "--records", answer)
    assert done.exit_code == 1
    assert "RIPE Atlas results only" in str(done.exception)
