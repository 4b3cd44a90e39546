"""``rabta why``: the evidence, the alternatives, the next test."""

import json

import pytest


@pytest.mark.parametrize("language", ["en", "ur"])
def test_it_gives_the_evidence_behind_what_is_wrong(rabta, fresh, language):
    done = rabta("why", "--store", fresh, "--language", language)

    assert done.returncode == 0, done.stderr
    assert "○ uplink/indus-fibre: " in done.stdout
    assert "uplink/ravi-4g: " not in done.stdout  # nothing is wrong with it
    weighed = [line for line in done.stdout.splitlines() if line.startswith("   +")]
    assert weighed


def test_evidence_that_weighs_most_comes_first(rabta, fresh):
    done = rabta("why", "--store", fresh, "--json")

    document = json.loads(done.stdout)
    assert set(document) == {"verdicts"}
    uplink = document["verdicts"][1]
    assert uplink["entity"] == "uplink/indus-fibre"
    assert uplink["evidence"]
    assert 0.5 < uplink["confidence"] <= 1
    assert sum(share for _, share in uplink["causes"]) <= 1.001


def test_the_confidence_is_said_to_be_that_of_the_rule(rabta, fresh):
    done = rabta("why", "--store", fresh)

    assert "how sure: " in done.stdout
    assert "(by the rule, not calibrated)" in done.stdout
    considered = [x for x in done.stdout.splitlines() if "Causes considered" in x]
    assert considered
    assert not any("%" in line for line in considered)
    assert "%" not in next(x for x in done.stdout.splitlines() if "how sure" in x)


def test_an_event_is_explained_by_its_number_even_later(rabta, filled):
    done = rabta("why", "1", "--store", filled)

    assert done.returncode == 0, done.stderr
    assert "uplink/indus-fibre" in done.stdout


def test_an_unknown_event_is_one_clear_line(rabta, filled):
    done = rabta("why", "4711", "--store", filled)

    assert done.returncode == 2
    assert done.stderr == "rabta: there is no event 4711; see 'rabta events'\n"


def test_a_stale_store_explains_the_last_verdict_and_nothing_of_now(rabta, filled):
    done = rabta("why", "--store", filled)

    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout.startswith("The last verdict, from ")
    assert "○ uplink/indus-fibre: " in done.stdout
    assert rabta("why", "--store", filled, "--json").stdout == ""
