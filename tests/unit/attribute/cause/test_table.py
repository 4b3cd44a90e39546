"""The table of likelihoods: whole, sourced, and moved by labels as it says."""

from dataclasses import replace

import numpy as np
import pytest

from rabta.attribute.cause.event import Seen
from rabta.attribute.cause.fit import Labelled, fit, folds, lines, raw
from rabta.attribute.cause.gain import TESTS, missing
from rabta.attribute.cause.score import calibrated, posterior
from rabta.attribute.cause.table import read, table, write
from rabta.locale import texts
from rabta.model import Cause


@pytest.mark.parametrize("name", ["estimates", "likelihoods"])
def test_a_table_names_every_cause_and_a_source_for_every_fact(name):
    known = table(name)
    assert set(known.causes) == set(Cause)
    assert all(fact.source for fact in known.facts.values())
    assert all(abs(prior.sum() - 1) < 2e-3 for prior in known.priors.values())
    assert known.facts.keys() >= TESTS.keys()


def test_written_and_read_again_a_table_is_the_same():
    known = table()
    assert write(read(write(known))) == write(known)


def test_every_test_that_may_be_asked_for_has_its_sentence():
    assert all(f"cause.test.{name}" in texts("en") for name in TESTS.values())


def test_two_labels_move_a_row_little_and_two_hundred_move_it_far():
    known = table("estimates")
    at = known.place[Cause.POWER]
    seen = (Seen("start-minute", ("half",), ""),)

    def learnt(count):
        groups = [str(n) for n in range(count)]
        events = [Labelled(Cause.POWER, "country", one, seen) for one in groups]
        return fit(known, events, "x", "").facts["start-minute"]

    before = known.facts["start-minute"].p[at, 1]
    assert learnt(2).p[at, 1] < before + 0.1
    assert learnt(200).p[at, 1] > 0.85
    assert learnt(200).measured == {Cause.POWER: 200}


def test_a_group_that_repeats_itself_loses_weight():
    known = table("estimates")
    rng = np.random.default_rng(1)
    events = []
    for n in range(400):  # the minute is noise here: it may say whatever it likes
        outcome = ("hour", "half", "odd")[rng.integers(3)]
        cause = (Cause.SHUTDOWN, Cause.UNKNOWN)[n % 2]
        seen = (Seen("start-minute", (outcome,), ""),)
        events.append(Labelled(cause, "country", str(n), seen))
    rows = replace(known, facts=known.facts)
    assert fit(rows, events, "x", "").weights["timing"] < known.weights["timing"] + 0.2


def test_countries_are_held_out_whole():
    events = [
        Labelled(Cause.UNKNOWN, "country", name, ()) for name in "aaaabbbccddefgh"
    ]
    parts = folds(events, 3, 0)
    assert sorted(name for part in parts for name in part) == list("abcdefgh")


def test_a_line_brings_what_was_too_sure_back():
    known = table("estimates")
    rng = np.random.default_rng(0)
    told = rng.uniform(0.02, 0.98, 400)
    true = 0.5 + (told - 0.5) / 3
    p = np.zeros((400, len(known.causes)))
    p[:, 0] = told
    events = [
        Labelled(Cause.SHUTDOWN if hit else Cause.UNKNOWN, "country", str(n), ())
        for n, hit in enumerate(rng.random(400) < true)
    ]
    found = lines(p, events, known.causes)
    sure = np.full(len(known.causes), 0.02 / (len(known.causes) - 1))
    sure[0] = 0.98
    brought = calibrated(sure, replace(known, calibration=found))
    assert 0.6 < brought[0] < 0.9
    assert brought.sum() == pytest.approx(1)
    assert Cause.CABLE not in found


def test_the_tests_asked_for_are_those_not_made():
    known = table()
    p = posterior(known.prior("country"), np.zeros((1, len(known.causes))))
    first = missing(p, known, set(), "country")
    assert len(set(first)) == 2
    made = {fact for fact, test in TESTS.items() if test == first[0]}
    assert first[0] not in missing(p, known, made, "country")
    one = Labelled(Cause.UNKNOWN, "country", "a", ())
    assert raw(one, known) == pytest.approx(known.prior("country"), abs=1e-3)
