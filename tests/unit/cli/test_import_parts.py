"""Files that only together say how much there was."""

import json

from click.testing import CliRunner

from rabta.cli import group
from rabta.clock import SystemClock
from rabta.store import Store
from tests.unit.agent.test_fetching import ROWS
from tests.unit.sources.test_public import history


def rabta(*arguments):
    return CliRunner().invoke(group, [str(one) for one in arguments])


def lines(rows):
    return "".join(json.dumps(one) + "\n" for one in rows)


def found(path, metric, entity):
    """Return the values of one series in the store."""
    with Store.open(path, clock=SystemClock(), read_only=True) as store:
        for one, _, values in store.signals(entity, start=0, stop=2**60):
            if one.metric.endswith(metric):
                return values.tolist()
    return []


def test_the_measurements_of_an_hour_in_two_files_are_one_hour(tmp_path):
    for name, rows in (("n0", ROWS[:40]), ("n1", ROWS[40:70]), ("n2", ROWS[70:])):
        (tmp_path / name).write_text(lines(rows))
    files = [tmp_path / name for name in ("n0", "n1", "n2")]
    store = ("--store", tmp_path / "store")
    done = rabta("import", *files, *store, "--json")
    assert done.exit_code == 0, done.output
    told = [json.loads(one) for one in done.stdout.splitlines()]
    assert [one["waiting"] for one in told] == [True, True, False]
    assert [one["kept"] for one in told] == [40, 30, 20]
    kept = found(tmp_path / "store", "per_hour", "country/PK")
    assert kept == [30.0, 30.0, 30.0]
    said = rabta("import", *files, *store).stdout
    assert "40 records, counted together with the files that follow" in said


def test_another_count_of_an_hour_replaces_the_first_and_that_is_said(tmp_path):
    (tmp_path / "n0").write_text(lines(ROWS[:40]))
    (tmp_path / "n1").write_text(lines(ROWS[40:]))
    store = ("--store", tmp_path / "store")
    says = "hours of which the store held another count, which this one replaces: 1;"
    files = tmp_path / "n0", tmp_path / "n1"
    assert says not in rabta("import", files[0], *store).stdout
    assert says not in rabta("import", files[0], *store).stdout  # the same again
    once = found(tmp_path / "store", "per_hour", "country/PK")
    assert says in rabta("import", files[1], *store).stdout
    assert found(tmp_path / "store", "per_hour", "country/PK") != once
    assert says in rabta("import", *files, *store).stdout
    assert found(tmp_path / "store", "per_hour", "country/PK") == [30.0] * 3
    assert says not in rabta("import", *files, *store).stdout


def test_a_spoilt_last_file_costs_the_others_nothing(tmp_path):
    (tmp_path / "n0").write_text(lines(ROWS))
    page = {"metadata": {"next_url": None}, "results": 7, "probe_cc": "PK"}
    (tmp_path / "n1").write_text(json.dumps({**page, "x": {"probe_cc": 1}}))
    files = (tmp_path / "n0", tmp_path / "n1")
    done = rabta("import", *files, "--store", tmp_path / "store")
    assert done.exit_code == 1
    assert found(tmp_path / "store", "per_hour", "country/PK") == [30.0] * 3


def test_probes_of_a_network_in_two_files_leave_together(tmp_path):
    events, _ = history()
    for name, half in (("a", 0), ("b", 1)):
        rows = [one for one in events if one["prb_id"] % 2 == half]
        (tmp_path / name).write_text(lines(rows))
    (tmp_path / "all").write_text(lines(events))
    rabta("import", tmp_path / "all", "--store", tmp_path / "one")
    done = rabta("import", tmp_path / "a", tmp_path / "b", "--store", tmp_path / "two")
    assert done.exit_code == 0, done.output
    (entity,) = {f"asn/{one['asn']}" for one in events}
    whole = found(tmp_path / "one", "connected_probes", entity)
    assert whole
    assert found(tmp_path / "two", "connected_probes", entity) == whole
