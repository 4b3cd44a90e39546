"""``rabta events``: what happened, newest first; needs no running daemon."""

import json
from dataclasses import replace

import pytest

from rabta.clock import HOUR, MINUTE, SystemClock
from rabta.model import Kind, Message
from rabta.store import Store
from tests.unit.store.helpers import T0, verdict


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
            "unobserved",
        }
    onsets = [document["onset"] for document in documents]
    assert onsets == sorted(onsets, reverse=True)


def test_what_was_not_observed_is_not_counted_and_said(rabta, tmp_path):
    with Store.open(tmp_path, clock=SystemClock()) as store:
        said = replace(
            verdict(T0),
            sentence=Message.of("next.wait"),
            evidence=(),
            alternatives=(),
            next_test=None,
        )
        number = store.open_disruption("host", Kind.OUTAGE, T0, 1, 1, said)
        store.note_gap(T0 + MINUTE, T0 + 8 * HOUR)
        store.close_disruption(number, T0 + 8 * HOUR + MINUTE)

    line, more = rabta("events", "--store", tmp_path).stdout.splitlines()
    assert " 2\u00a0min " in line
    assert "not observed for 7\u00a0h\u00a059\u00a0min of this time" in more
    (document,) = rabta("events", "--store", tmp_path, "--json").stdout.splitlines()
    assert json.loads(document)["unobserved"] == [[T0 + MINUTE, T0 + 8 * HOUR]]


def test_a_span_is_asked_for_as_in_the_api(rabta, tmp_path):
    said = replace(
        verdict(T0),
        sentence=Message.of("next.wait"),
        evidence=(),
        alternatives=(),
        next_test=None,
    )
    with Store.open(tmp_path, clock=SystemClock()) as store:
        for n in range(3):
            onset = T0 + n * HOUR
            number = store.open_disruption("host", Kind.OUTAGE, onset, 1, 1, said)
            store.close_disruption(number, onset + MINUTE)

    def numbers(*words):
        done = rabta("events", "--store", tmp_path, "--json", *words)
        assert done.returncode == 0, done.stderr
        return [json.loads(line)["id"] for line in done.stdout.splitlines()]

    second = f"{(T0 + HOUR) / 1e6:.0f}"
    assert numbers("--from", second) == [3, 2]
    assert numbers("--to", second) == [2, 1]
    assert numbers("--from", second, "--to", second) == [2]
    assert numbers("--from", "-1min") == []


@pytest.mark.parametrize(
    "words", [("--from", "soon"), ("--from", "2026-01-02", "--to", "2026-01-01")]
)
def test_a_span_that_is_none_is_bad_usage(rabta, filled, words):
    done = rabta("events", "--store", filled, *words)

    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1


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
