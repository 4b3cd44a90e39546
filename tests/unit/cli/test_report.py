"""``rabta report`` writes where it is told, and says what it cannot do."""

import json

import pytest
from click.testing import CliRunner

from rabta.cli.report import command
from rabta.clock import HOUR
from rabta.errors import StoreError
from rabta.report.evidence.log import Log
from tests.unit.report import office


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    found = tmp_path_factory.mktemp("office")
    office.build(found)
    return found


@pytest.fixture
def run(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Karachi")
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "rabta.toml").write_text(
        '[[target]]\nname = "anycast-a"\nrung = "anycast"\nhost = "192.0.2.1"\n'
        'probes = ["icmp"]\n'
        '[[contract]]\nname = "Business"\nuplink = "fibre"\navailability = 0.999\n'
    )
    words = ["--config", str(tmp_path / "rabta.toml"), "--store", str(folder)]
    return lambda *more: CliRunner().invoke(command, [*words, *more])


def test_files_go_into_the_folder_and_are_told(run, tmp_path):
    out = tmp_path / "o"
    done = run("--period", office.PERIOD, "--for", "client", "--out", str(out))

    assert done.exit_code == 0, done.output
    names = {file.name for file in out.iterdir()}
    stem = "rabta-report-2026-10-05_2026-10-07-client.en"
    assert names == {f"{stem}.html", f"{stem}.pdf"}
    assert all(name in done.output for name in names)


def test_one_format_may_be_given_a_name_and_json_says_where_it_is(run, tmp_path):
    path = tmp_path / "complaint.json"
    done = run(
        *("--period", office.PERIOD, "--for", "isp", "--uplink", "fibre"),
        *("--format", "json", "--out", str(path), "--json"),
    )

    said = json.loads(done.stdout)
    assert said["files"] == [
        {"path": str(path), "format": "json", "bytes": path.stat().st_size}
    ]
    assert said["sealed"] is False
    assert said["unsealed"].startswith("there is no ")
    told = json.loads(path.read_text())
    assert told["lines"][0]["uplink"] == "fibre"
    assert told["judgements"][0]["profile"]["name"] == "Business"


def test_a_report_without_proof_says_why(run, tmp_path):
    words = ("--period", office.PERIOD, "--for", "isp", "--uplink", "fibre")
    words += ("--format", "json", "--out", str(tmp_path))
    done = run(*words)

    assert done.exit_code == 0, done.output
    assert "written without proof: there is no" in done.stderr
    assert "rabta up" in done.stderr  # the cure


def test_a_key_that_others_can_read_seals_nothing(tmp_path, monkeypatch):
    store = tmp_path / "store"
    clock = office.build(store)
    with Log.open(store, clock=clock, boot=lambda: ("a", HOUR)) as log:
        log.close_hours()
    words = ["--store", str(store), "--period", "2026-10-05", "--for", "client"]
    words += ["--format", "json", "--out", str(tmp_path / "out")]
    monkeypatch.setenv("TZ", "Asia/Karachi")
    monkeypatch.setenv("HOME", str(tmp_path))
    key = store / "evidence.key"
    sealed = CliRunner().invoke(command, [*words, "--require-proof", "--json"])
    (file,) = (tmp_path / "out").iterdir()
    file.unlink()
    key.chmod(0o644)

    unsealed = CliRunner().invoke(command, words)
    file.unlink()
    refused = CliRunner().invoke(command, [*words, "--require-proof"])

    assert (sealed.exit_code, sealed.stderr) == (0, "")
    said = json.loads(sealed.stdout)
    assert (said["sealed"], said["unsealed"]) == (True, "")
    assert unsealed.exit_code == 0
    assert "without proof: others on this machine can read" in unsealed.stderr
    assert "chmod 600" in unsealed.stderr
    assert isinstance(refused.exception, StoreError)
    assert "chmod 600" in refused.exception.hint
    assert not list((tmp_path / "out").iterdir())


def test_the_status_page_is_written_whole(run, tmp_path):
    done = run("--status-page", str(tmp_path / "www"))

    assert done.exit_code == 0, done.output
    assert {file.name for file in (tmp_path / "www").iterdir()} == {
        *("index.html", "index.ur.html", "status.json", "feed.xml"),
    }


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--period", "2026-99"), "is no period"),
        (("--period", "2024-01"), "there are measurements from"),
        (("--period", office.PERIOD, "--for", "isp"), "choose one with --uplink"),
        (("--format", "docx"), "there is no format 'docx'"),
        (("--format", ","), "no format is given"),
        (("--profile", "trai"), "there is no profile 'trai'"),
        (("--period", office.PERIOD, "--out", "/proc/none/x"), "/proc/none"),
    ],
)
def test_what_cannot_be_done_is_said_with_the_cure(run, words, said):
    done = run(*words)

    assert done.exception is not None
    assert said in str(done.exception)
