"""What ``rabta test`` says, in both languages."""

import json
from dataclasses import replace

import pytest

from rabta.agent.pace_test import LinePace, PaceResult
from rabta.agent.service_test import LineResult, Result
from rabta.attribute.paired import NOTHING, Pace
from rabta.cli import test_text
from rabta.model.trial import (
    Finding,
    Layer,
    Lookup,
    Outcome,
    Page,
    Score,
    Step,
    Trial,
    Who,
)


SCORE = Score("tls.name-alone-fails", 0.95, 0.05, 0.0, "tls.reset.sni", "9.9.9.9")
TRIAL = Trial(
    "code.example.org",
    lookups=(
        Lookup("code.example.org", second=True),
        Lookup("code.example.org", Who.NOBODY, addresses=("10.1.1.1",)),
    ),
    steps=(
        Step(Layer.HTTP, "code.example.org", "9.9.9.9", page=Page(200)),
        Step(Layer.TLS, "code.example.org", "9.9.9.9", failure="connection_reset"),
    ),
)


def result(outcome):
    how = ("tls.reset.sni",) if outcome in ("blocked", "throttled") else ()
    finding = Finding(Outcome(outcome), how, 0.95, (SCORE,), SCORE.rule)
    line = LineResult("ptcl", "PTCL", 4, finding, TRIAL)
    return Result("code", "code.example.org", 1, 2, (line,), "")


@pytest.mark.parametrize("language", ["en", "ur"])
@pytest.mark.parametrize("outcome", list(Outcome))
def test_every_outcome_is_said_with_its_evidence(outcome, language):
    said = list(test_text.lines(result(outcome), language))
    assert "code.example.org" in said[0]
    assert any("tls.name-alone-fails" in line for line in said)
    assert not any("{" in line for line in said)


def test_the_words_stay_careful():
    said = "\n".join(test_text.lines(result("blocked"), "en"))
    assert "consistent with blocking" in said
    assert "Other explanations" in said
    assert "Not tested" in said


def test_programs_get_what_it_was_concluded_from():
    document = json.loads(json.dumps(test_text.document(result("blocked"))))
    (line,) = document["lines"]
    assert line["mechanisms"] == ["tls.reset.sni"]
    assert line["steps"][1]["failure"] == "connection_reset"


@pytest.mark.parametrize("language", ["en", "ur"])
def test_filters_on_a_form_of_the_protocol_are_said_apart(language):
    told = result("blocked")
    how = ("quic.timeout.sni",)
    finding = replace(told.lines[0].finding, mechanisms=how, aside=("tls.reset.ech",))
    told = replace(told, lines=(replace(told.lines[0], finding=finding),))
    said = list(test_text.lines(told, language))
    assert sum("tls.reset.ech" in line for line in said) == 1
    assert len(said) == len(list(test_text.lines(result("blocked"), language))) + 2
    assert test_text.document(told)["lines"][0]["aside"] == ("tls.reset.ech",)


@pytest.mark.parametrize("language", ["en", "ur"])
@pytest.mark.parametrize(
    ("pace", "word"),
    [
        (Pace(True, True, 0.02, 0.008, 1.5, 10, 140e3, 8e6, "policed"), "dropped"),
        (Pace(False, True, 0.98, 0.9, 0.0, 10, 8e6, 8e6), "as fast"),
        (NOTHING, "undetermined"),
    ],
)
def test_every_pace_is_said(pace, word, language):
    line = LinePace("ptcl", "", 4, pace, ())
    told = PaceResult("code", "code.example.org", 1, 2, "helper", (line,))
    said = "\n".join(test_text.pace_lines(told, language))
    assert "code.example.org" in said
    assert language == "ur" or word in said
    assert json.dumps(test_text.pace_document(told))
