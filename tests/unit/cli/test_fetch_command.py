"""``rabta fetch`` from a service on loopback."""

import json

import pytest
from click.testing import CliRunner

from rabta.cli import fetch, group
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
        f'token_file = "{token}"\n[store]\npath = "{tmp_path / "store"}"\n'
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
