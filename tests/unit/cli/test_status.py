"""``rabta status`` from a real store."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time

import pytest


KEYS = {
    "time",
    "version",
    "simulated",
    "host",
    "uplinks",
    "services",
    "health",
    "country",
}
VERDICT = {
    "time",
    "entity",
    "code",
    "row",
    "state",
    "sentence",
    "confidence",
    "causes",
    "tests",
    "calibrated",
    "evidence",
    "alternatives",
    "next_test",
    "since",
    "family",
    "model",
    "extra_seconds",
    "extra_loss",
}


def test_it_begins_with_the_verdict_and_shows_every_lane(rabta, fresh):
    done = rabta("status", "--store", fresh)

    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert "Indus Fibre (simulated)" in lines[0]
    assert "○ Indus Fibre (simulated) (eth0)" in done.stdout
    assert "● Ravi 4G (simulated) (wwan0)" in done.stdout
    assert "Services" in lines
    assert done.stdout.count("first hop") == 2
    assert lines[-1].startswith("measured ")
    assert done.stderr == ""


def test_it_speaks_urdu(rabta, fresh):
    for done in (
        rabta("status", "--store", fresh, "--language", "ur"),
        rabta("status", "--store", fresh, RABTA_LANGUAGE="ur"),
        rabta("status", "--store", fresh, LANG="ur_PK.UTF-8"),
    ):
        assert done.returncode == 0, done.stderr
        first = done.stdout.splitlines()[0]
        assert any("\u0600" <= letter <= "\u06ff" for letter in first)


def test_json_is_one_object_with_stable_names(rabta, fresh):
    done = rabta("status", "--store", fresh, "--json")

    (line,) = done.stdout.splitlines()
    document = json.loads(line)
    assert set(document) == KEYS
    assert set(document["host"]) == VERDICT
    health = {"started", "last_sample", "problems", "notes"}
    assert set(document["health"]) == health
    assert {"key", "args", "en", "ur"} == set(document["host"]["sentence"])
    (down,) = (u for u in document["uplinks"] if u["verdict"]["state"] == "down")
    assert down["verdict"]["code"] == "isp-access"
    assert set(down) == {
        "uplink",
        "verdict",
        "lines",
        "bound_by",
        "spent_bytes_today",
        "budget_bytes",
    }


@pytest.mark.parametrize("words", [(), ("--json",), ("--watch",)])
def test_a_stale_store_is_one_clear_line(rabta, filled, words):
    done = rabta("status", "--store", filled, *words)

    assert done.returncode == 1
    assert (done.stdout == "") is ("--json" in words)
    (line,) = done.stderr.splitlines()
    assert line.startswith("rabta: Rabta is not running; it last measured at 20")


@pytest.mark.parametrize(
    ("language", "words"), [("en", "not known:"), ("ur", "معلوم نہیں")]
)
def test_the_last_verdict_is_shown_with_its_age(rabta, filled, language, words):
    done = rabta("status", "--store", filled, "--language", language)

    head, verdict, *_ = done.stdout.splitlines()
    assert words in head
    assert "Indus Fibre (simulated)" in verdict


def test_a_daemon_that_cannot_write_is_not_called_stopped(rabta, filled, tmp_path):
    """Some process whose command line names rabta holds the store's lock."""
    folder = tmp_path / "full"
    shutil.copytree(filled, folder)
    sleeper = subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(60)", "rabta"]
    )
    try:
        (folder / "writer.lock").write_text(f"{sleeper.pid:<19d}\n")
        done = rabta("status", "--store", folder)
    finally:
        sleeper.kill()
        sleeper.wait()

    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert f"Rabta runs (pid {sleeper.pid}) but has written nothing since" in line


def test_reading_leaves_nothing_behind(rabta, fresh):
    before = sorted(path.name for path in fresh.iterdir())

    assert rabta("status", "--store", fresh).returncode == 0

    assert sorted(path.name for path in fresh.iterdir()) == before


def test_what_is_no_store_is_one_clear_line(rabta, tmp_path):
    (tmp_path / "rabta.sqlite").write_bytes(b"not a database" * 1000)

    done = rabta("status", "--store", tmp_path)

    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1


def test_without_a_command_it_is_the_status(rabta, fresh):
    done = rabta(RABTA_STORE=str(fresh))

    assert done.returncode == 0, done.stderr
    assert "Indus Fibre" in done.stdout


def test_watching_follows_until_it_is_interrupted(fresh):
    # Started in the background, the tests ignore it, and what they start inherits that.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    watching = subprocess.Popen(
        [sys.executable, "-m", "rabta", "status", "--watch", "--json"],
        env={**os.environ, "RABTA_STORE": str(fresh), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    signal.signal(signal.SIGINT, before)
    first = json.loads(watching.stdout.readline())
    database = sqlite3.connect(fresh / "rabta.sqlite")
    with database:
        now = time.time_ns() // 1000
        changed = json.dumps({**first, "version": "another"}).encode()
        database.execute(
            "UPDATE status SET written_at = ?, document = ?", (now, changed)
        )
    database.close()
    second = json.loads(watching.stdout.readline())
    watching.send_signal(signal.SIGINT)
    stdout, stderr = watching.communicate(timeout=20)

    assert second["version"] == "another"
    assert watching.returncode == 130, stderr
    assert "Traceback" not in stderr
    assert stdout == ""


def test_it_imports_neither_store_nor_server(fresh):
    code = (
        "import sys; sys.argv = ['rabta', 'status']\n"
        "from rabta.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = 'rabta.store', 'rabta.model', 'rabta.agent', 'msgspec', 'duckdb'\n"
        "print([m for m in sys.modules if m in heavy])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "RABTA_STORE": str(fresh)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert set(eval(done.stdout.splitlines()[-1])) <= {"rabta.model"}
