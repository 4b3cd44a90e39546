"""``rabta fetch`` from a service on loopback."""

import json
import re
import time
from urllib.parse import parse_qs, urlsplit

import pytest
from click.testing import CliRunner

from rabta.cli import fetch, group
from rabta.errors import UsageError
from tests.unit.sources.service import Answer, service


SERIES = {
    "success": True,
    "result": {
        "serie_0": {"timestamps": ["2025-01-01T00:00:00Z"], "values": ["0.5"]},
        "annotations": [],
    },
}


@pytest.fixture
def served():
    with service() as told:
        told.answer = lambda *_: Answer(json.dumps(SERIES).encode())
        yield told


@pytest.fixture
def rabta(tmp_path, served, monkeypatch):
    token = tmp_path / "token"
    token.write_text("s3cret\n")
    token.chmod(0o600)
    config = tmp_path / "rabta.toml"
    config.write_text(
        f'[[source]]\nname = "radar"\nurl = "{served.base}"\n'
        f'token_file = "{token}"\n[[source]]\nname = "ndt"\n'
        f'url = "{served.base}"\n[store]\npath = "{tmp_path / "store"}"\n'
    )
    monkeypatch.setattr("rabta.sources.polite._PACE", 0.0)

    def run(*arguments):
        return CliRunner().invoke(group, [*arguments, "--config", str(config)])

    return run


def test_a_source_is_asked_with_its_token_and_stored(rabta, served):
    done = rabta("fetch", "radar", "country/PK", "--from", "2025-01-01", "--json")
    assert done.exit_code == 0, done.output
    assert [json.loads(one)["series"] for one in done.stdout.splitlines()] == [1, 1, 1]
    assert {headers["authorization"] for _, headers in served.asked} == {
        "Bearer s3cret"
    }
    assert "s3cret" not in done.output


def test_what_takes_long_says_how_much_of_it_is_done(rabta, served, monkeypatch):
    monkeypatch.setattr("rabta.cli.progress._ELSEWHERE", (0.05, 0.05))
    good = Answer(json.dumps(SERIES).encode())

    def slowly(*_):
        time.sleep(0.3)
        return good

    served.answer = slowly
    done = rabta("fetch", "radar", "country/PK", "--from", "2025-01-01")
    assert "asking radar country/PK …" in done.stderr
    assert "asking radar country/PK 67%" in done.stderr


def test_a_token_is_not_sent_without_encryption(rabta, tmp_path):
    config = tmp_path / "rabta.toml"
    text = re.sub(r"http://127.0.0.1:\d+", "http://radar.example", config.read_text())
    config.write_text(text)
    done = rabta("fetch", "radar", "country/PK", "--from", "2025-01-01")
    assert isinstance(done.exception, UsageError)
    assert "not sent to http://radar.example without" in str(done.exception)
    assert "s3cret" not in str(done.exception) + done.output


def test_following_goes_on_asking(rabta, served, monkeypatch):
    turns = []

    def wait(seconds):
        turns.append(seconds)
        if len(turns) > 1:
            raise KeyboardInterrupt

    monkeypatch.setattr(fetch, "_wait", wait)
    rabta("fetch", "radar", "country/PK", "--follow", "--every", "60")
    assert turns == [60, 60]
    assert len(served.asked) == 6


def test_following_asks_again_for_the_time_of_a_useless_answer(
    rabta, served, monkeypatch
):
    good = Answer(json.dumps(SERIES).encode())
    served.answer = lambda *_: Answer(b'{"success": false, "errors": ["quota"]}')
    turns = []

    def wait(seconds):
        turns.append(seconds)
        served.answer = lambda *_: good
        if len(turns) > 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(fetch, "_wait", wait)
    rabta("fetch", "radar", "country/PK", "--follow", "--from", "2025-01-01")
    begun = [
        parse_qs(urlsplit(path).query)["dateStart"][0]
        for path, _ in served.asked
        if "timeseries" in path
    ]
    assert begun[0] == begun[1] == "2025-01-01T00:00:00Z"
    assert all(one > "2025-01-01T00:00:00Z" for one in begun[2:])
    assert len(turns) == 3


def test_the_terms_and_what_was_left_out_are_told(rabta, served):
    ahead = {**SERIES["result"], "serie_0": {
        "timestamps": ["2025-01-01T00:00:00Z", "2199-01-01T00:00:00Z"],
        "values": ["0.5", "0.5"],
    }}  # fmt: skip
    served.answer = lambda *_: Answer(
        json.dumps({"success": True, "result": ahead}).encode()
    )
    done = rabta("fetch", "radar", "country/PK", "--from", "2025-01-01")
    assert done.exit_code == 0, done.output
    assert "1 values left out: from the future" in done.stdout
    assert done.stdout.count("data by Cloudflare") == 1
    done = rabta("fetch", "radar", "country/PK", "--from", "2025-01-01", "--json")
    told = json.loads(done.stdout.splitlines()[0])
    assert told["future"] == 1
    assert told["licence"]
    assert {"partial", "duplicates", "notes", "aside", "stopped"} <= told.keys()


def test_an_answer_that_is_cut_off_is_told_fails_and_is_asked_again(rabta, served):
    row = {
        "date": "2024-03-01",
        "country_code": "PK",
        "bucket_min": 0,
        "download_MED": 12.5,
        "upload_MED": 4.0,
        "download_minRTT_MED": 80.0,
        "dl_samples_day": 50,
    }
    whole = json.dumps([{**row, "date": f"2024-03-{n:02}"} for n in range(1, 20)])
    served.answer = lambda *_: Answer(whole[:-40].encode())
    span = ("--from", "2024-03-01", "--to", "2024-03-20")
    done = rabta("fetch", "ndt", "country/PK", *span)
    assert done.exit_code == 1
    assert "4 series" in done.stdout
    assert "INCOMPLETE: cut off" in done.stderr
    done = rabta("fetch", "ndt", "country/PK", *span, "--json")
    assert done.exit_code == 1
    assert json.loads(done.stdout)["partial"].startswith("cut off")
    served.answer = lambda *_: Answer(whole.encode())
    assert rabta("fetch", "ndt", "country/PK", *span).exit_code == 0
    assert len(served.asked) == 3


def test_a_service_that_has_nothing_says_so(rabta, served):
    nothing = {"success": True, "result": {"annotations": []}}
    served.answer = lambda *_: Answer(json.dumps(nothing).encode())
    done = rabta("fetch", "radar", "country/PK", "--from", "2025-01-01")
    assert "the service has nothing of this time" in done.stdout
    assert done.stdout.count("nothing is there") == 3


def test_without_times_the_same_is_asked_a_moment_later(rabta, served):
    rabta("fetch", "radar", "country/PK")
    (query,) = {
        urlsplit(path).query.partition("&limit")[0]
        for path, _ in served.asked
        if "limit" in path
    }
    asked = parse_qs(query)
    assert asked["dateStart"][0].endswith("T00:00:00Z")
    assert asked["dateEnd"][0].endswith(":00Z")


def test_a_useless_answer_is_told_and_fails(rabta, served):
    served.answer = lambda *_: Answer(b'{"success": false, "errors": ["quota"]}')
    done = rabta("fetch", "radar", "country/PK")
    assert done.exit_code == 1
    assert "unknown form" in done.stderr or "quota" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("radar", "country/PK", "--from", "soon"),
        ("radar", "country/PK", "--from", "2025-02-01", "--to", "2025-01-01"),
        ("nothing", "country/PK"),
    ],
)
def test_bad_usage_is_said_before_anything_is_asked(rabta, served, arguments):
    assert rabta("fetch", *arguments).exit_code != 0
    assert not served.asked
