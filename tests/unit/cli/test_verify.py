"""``rabta verify`` as people and programs use it."""

import json
import shutil
import sqlite3

import pytest

from rabta.cli.verify import document, lines
from rabta.clock import DAY, HOUR, ManualClock, SystemClock
from rabta.locale import figure
from rabta.report.evidence import Findings, keys, signing_key, tip
from rabta.report.evidence.log import Log
from rabta.report.made import made
from rabta.report.proof import proof_of
from rabta.store import Store
from tests.unit.report.evidence.office import Office
from tests.unit.report.office import STOP, build
from tests.unit.report.test_select import CLOCK, facts
from tests.unit.store.helpers import ping


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    """A folder with a store of three days and its evidence log."""
    folder = tmp_path_factory.mktemp("office")
    build(folder)
    with Log.open(folder, clock=CLOCK, boot=lambda: ("a", HOUR)) as log:
        log.close_hours()
    return folder


@pytest.fixture(scope="module")
def report(office):
    found = facts(office, "isp", uplink="fibre")
    (made_file,) = made(found, "en", ["html"], proof_of(office, found))
    file = office / "report.html"
    file.write_bytes(made_file.content)
    return file


def test_a_report_is_checked_with_nothing_but_the_file(rabta, report, tmp_path):
    alone = tmp_path / "received.html"
    alone.write_bytes(report.read_bytes())

    done = rabta("verify", alone, HOME=str(tmp_path))

    assert done.returncode == 0, done.stderr
    assert "Nothing is broken" in done.stdout
    assert "byte for byte" in done.stdout
    assert "✓" in done.stdout
    assert sorted(tmp_path.iterdir()) == [alone]


def test_a_time_bears_its_date_also_on_its_day():
    told, now = Findings(), SystemClock().now()
    told.proven("key_changed", number=3, at=now)
    (one,) = document(told, {})["findings"]
    dated = figure(now, "time", dated=True)

    assert len(dated) == len("2026-11-01 09:12:44")
    assert f"leaf 3 ({dated});" in lines(told, "en")[1]
    assert f"leaf 3 ({dated});" in one["says"]["en"]


def test_a_changed_report_ends_with_one(rabta, report, tmp_path):
    changed = tmp_path / "changed.html"
    changed.write_bytes(report.read_bytes().replace(b"Indus Fibre", b"Indus Fibra", 1))

    done = rabta("verify", changed)
    told = json.loads(rabta("verify", changed, "--json").stdout)

    assert done.returncode == 1
    assert "changed after it was sealed" in done.stdout
    assert told["broken"] is True
    assert told["findings"][0]["says"]["key"] == "verify.broken.sealed"
    assert told["findings"][0]["says"]["ur"]


def test_json_names_the_log_the_key_and_every_finding(rabta, report, office):
    told = json.loads(rabta("verify", report, "--json").stdout)

    assert told["broken"] is False
    assert told["key"] == keys.fingerprint(signing_key(office).public)
    assert told["size"] == 72
    assert {one["mark"] for one in told["findings"]} == {"proven", "unproven"}


def test_a_key_is_named_by_its_fingerprint_or_a_file(rabta, report, office, tmp_path):
    public = signing_key(office).public
    named = keys.fingerprint(public)
    file = tmp_path / "key.txt"
    file.write_text(named.upper() + "\n")

    for given in (named, file):
        done = rabta("verify", report, "--key", given)
        assert "The key is the one you named" in done.stdout
        assert done.returncode == 0
    assert rabta("verify", report, "--key", "0" * 64).returncode == 1
    wrong = rabta("verify", report, "--key", "nobody")
    assert wrong.returncode == 2
    assert "no fingerprint" in wrong.stderr


def test_a_checkpoint_that_is_asked_about_is_shown_or_ends_with_one(
    rabta, report, office, tmp_path
):
    held = tmp_path / "mailed"
    held.write_bytes((office / tip.FILE).read_bytes())
    done = rabta("verify", report, "--checkpoint", held)
    assert done.returncode == 0, done.stdout
    assert "The log grew out of the checkpoint you hold" in done.stdout

    later = tmp_path / "later"
    shutil.copytree(office, later)
    with Store.open(later, clock=SystemClock()) as store:
        store.record([ping(STOP + HOUR)])
    with Log.open(later, clock=ManualClock(STOP + 3 * HOUR)) as log:
        assert log.close_hours()
    held.write_bytes((later / tip.FILE).read_bytes())
    done = rabta("verify", report, "--checkpoint", held)
    told = json.loads(rabta("verify", report, "--checkpoint", held, "--json").stdout)

    assert done.returncode == 1
    assert "nothing shows that the log grew" in done.stdout
    assert told["broken"] is False
    assert told["checkpoint_shown"] is False


def test_the_own_log_is_held_against_the_store(rabta, office):
    done = rabta("verify", "--log", "--store", office)

    # measured in the past of the clock it is run by, and no longer to be kept
    assert "records of hours stand unchanged" in done.stdout


@pytest.mark.parametrize("words", [(), ("--log", "--key", "0")])
def test_what_cannot_be_meant_is_refused(rabta, words):
    assert rabta("verify", *words).returncode == 2


def test_anything_else_is_said_to_be_no_report(rabta, tmp_path):
    for name, data in (("a.pdf", b"%PDF-1.7\n"), ("b", b""), ("c.json", b"{}")):
        file = tmp_path / name
        file.write_bytes(data)
        done = rabta("verify", file)
        assert done.returncode == 1
        assert "no sealed report" in done.stdout


def test_the_key_can_be_told_and_changed(rabta, tmp_path):
    office = Office(tmp_path)
    none = rabta("config", "key", "--store", tmp_path)
    assert none.returncode == 1
    assert "rabta up" in none.stderr
    office.work(1, interval=600)

    told = json.loads(rabta("config", "key", "--store", tmp_path, "--json").stdout)
    new = json.loads(
        rabta("config", "key", "--new", "--store", tmp_path, "--json").stdout
    )

    assert told["fingerprint"] != new["fingerprint"]
    assert keys.fingerprint_in(new["verifier"]) == new["fingerprint"]
    assert new["fingerprint"] == keys.fingerprint(signing_key(tmp_path).public)
    done = rabta("verify", "--log", "--store", tmp_path)
    assert "the one before signed for its successor" in done.stdout


def test_what_the_configuration_lets_expire_is_not_missed(rabta, tmp_path):
    began = SystemClock().now() // DAY * DAY - 3 * DAY
    with Store.open(tmp_path / "store", clock=SystemClock()) as store:
        store.record([ping(began)])
    with Log.open(tmp_path / "store", clock=SystemClock()) as log:
        assert len(log.close_hours()) == 1
    with sqlite3.connect(tmp_path / "store" / "rabta.sqlite") as database:
        database.execute("DELETE FROM raw")
    database.close()
    file = tmp_path / "rabta.toml"
    file.write_text(f"[store]\npath = {json.dumps(str(tmp_path / 'store'))}\n")

    assert rabta("verify", "--log", "--config", file).returncode == 1
    file.write_text(file.read_text() + "raw_days = 2\n")
    done = rabta("verify", "--log", "--config", file)
    assert done.returncode == 0, done.stdout
    assert "no longer kept" in done.stdout
