"""``rabta events``: what happened, newest first; needs no running daemon."""

import json

import pytest

from rabta.clock import SystemClock
from rabta.store import Store


def test_each_is_a_line_with_its_kind_and_sentence(rabta, filled):
    done = rabta("events", "--store", filled, "--entity", "uplink/indus-fibre")

    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.splitlines()
    assert line.split()[0] == "1"
    assert "ongoing" in line
    assert "outage" in line
    assert "uplink/indus-fibre: " in line


def test_it_speaks_urdu(rabta, filled):
    done = rabta("events", "--store", filled, "--language", "ur")

    assert done.returncode == 0, done.stderr
    assert any("\u0600" <= letter <= "\u06ff" for letter in done.stdout)


def test_json_is_one_object_a_line_with_stable_names(rabta, filled):
    done = rabta("events", "--store", filled, "--json")

    documents = [json.loads(line) for line in done.stdout.splitlines()]
    assert documents
    for document in documents:
        assert set(document) == {
            "id",
            "entity",
            "kind",
            "onset",
            "end",
            "onset_uncertainty_seconds",
            "depth",
            "verdicts",
            "shown",
            "extra_seconds",
        }
    onsets = [document["onset"] for document in documents]
    assert onsets == sorted(onsets, reverse=True)


@pytest.mark.parametrize("limit", ["0", "-1", "many"])
def test_a_limit_that_is_none_is_bad_usage(rabta, filled, limit):
    assert rabta("events", "--store", filled, "--limit", limit).returncode == 2


def test_nothing_that_happened_is_said_in_words_and_is_no_json(rabta, tmp_path):
    Store.open(tmp_path, clock=SystemClock()).close()

    assert rabta("events", "--store", tmp_path).stdout == (
        "Nothing was disrupted in what is recorded.\n"
    )
    assert rabta("events", "--store", tmp_path, "--json").stdout == ""


def test_without_a_store_it_is_one_clear_line(rabta, tmp_path):
    done = rabta("events", "--store", tmp_path / "none")

    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "none").exists()
