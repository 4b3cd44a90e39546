"""``rabta events``: what happened, newest first; needs no running daemon."""

import json
from dataclasses import replace

import pytest

from rabta.agent.as_usual import with_usual
from rabta.agent.patterns import regroup
from rabta.clock import HOUR, MINUTE, SystemClock
from rabta.model import Kind, Message
from rabta.store import Store
from tests.unit.agent.windows import KARACHI, at, evenings, window
from tests.unit.agent.windows import verdict as windows_verdict
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
            "pattern",
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


@pytest.fixture
def shedding(tmp_path):
    """Twelve evenings, one outage at noon among them, and one that lasts still."""
    folder = tmp_path / "shedding"
    with Store.open(folder, clock=SystemClock()) as store:
        evenings(store, "2026-09-01", 12)
        window(store, at("2026-09-06", "11:30"), 1)
        first = at("2026-09-01", "00:00")
        (known,) = regroup(store, "uplink/ptcl", KARACHI, first)
        onset = at("2026-09-13", "19:02")
        said = with_usual(windows_verdict(onset), (known,), onset, 1.0)
        store.open_disruption("uplink/ptcl", Kind.OUTAGE, onset, 1.0, 1.0, said)
    return folder


def test_what_comes_again_is_one_line_with_the_way_to_its_windows(rabta, shedding):
    done = rabta("events", "--store", shedding)

    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    numbers = [int(line.split()[0]) for line in lines if line[4:5].isdecimal()]
    assert numbers == [14, 12, 13]
    assert "Comes at its usual hour: 19:0" in lines[1]
    assert "usually for 2\u00a0h" in lines[1]
    assert "2\u00a0h × 12" in lines[2]
    assert "Repeats: 19:0" in lines[3]
    assert (
        "12 times from 2026-09-01 to 2026-09-12, on 100\u00a0% of the days" in lines[3]
    )
    assert lines[4].strip() == ("single windows: rabta events --pattern uplink/ptcl#1")

    alone = rabta("events", "--store", shedding, "--pattern", "uplink/ptcl#1")
    assert [int(line.split()[0]) for line in alone.stdout.splitlines()] == [
        *range(12, 0, -1)
    ]
    two = rabta("events", "--store", shedding, "--limit", "2").stdout.splitlines()
    assert sum(line[4:5].isdecimal() for line in two) == 2


def test_in_urdu_too(rabta, shedding):
    said = rabta("events", "--store", shedding, "--language", "ur").stdout

    assert "دہرایا گیا" in said
    assert "اپنے معمول کے وقت پر" in said


def test_json_keeps_every_window_with_the_pattern_it_is_one_of(rabta, shedding):
    done = rabta("events", "--store", shedding, "--json")

    documents = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(documents) == 14
    alike = [one for one in documents if one["pattern"]]
    assert [one["pattern"]["occurrence"] for one in alike] == [*range(12, 0, -1)]
    assert {one["end"] - one["onset"] for one in alike} == {2 * HOUR}
    start = alike[0]["pattern"]["start"]
    assert alike[0]["pattern"] == {
        "id": "uplink/ptcl#1",
        "start": start,
        "end": f"21:{start[3:]}",
        "days": [0, 1, 2, 3, 4, 5, 6],
        "first": "2026-09-01",
        "last": "2026-09-12",
        "occurrence": 12,
        "occurrences": 12,
        "regularity": 1.0,
    }


def test_a_pattern_without_a_number_is_bad_usage(rabta, shedding):
    done = rabta("events", "--store", shedding, "--pattern", "ptcl")

    assert done.returncode == 2
    assert "uplink/ptcl#3" in done.stderr
