"""What begins as others did before says so while it lasts, and nothing else does."""

from dataclasses import replace

import pytest

from rabta.agent.as_usual import LONGER, judged_with_usual, with_usual
from rabta.agent.findings import RECURRING
from rabta.attribute import Judgement
from rabta.clock import HOUR, MINUTE
from rabta.locale import render
from rabta.model import Pattern, Recurrence, State

from .windows import LINE, at, verdict


PATTERN = Pattern(
    *(f"{LINE}#1", "19:00", "21:00", (0, 1, 2, 3, 4)),
    *("2026-08-03", "2026-09-11", 26, 0.87),
)
EVENINGS = Recurrence(1, PATTERN, "Asia/Karachi", 7200.0, 0.5)


def fact(onset, *, after=5 * MINUTE, depth=0.5, known=(EVENINGS,), state=State.DOWN):
    said = with_usual(replace(verdict(onset), state=state), known, onset + after, depth)
    return said.evidence[-1] if said.evidence else None


def test_it_says_the_hour_the_length_and_how_often_and_weighs_nothing():
    said = fact(at("2026-09-14", "19:12"))

    assert (said.id, said.nats) == (RECURRING, 0.0)
    assert render(said.says) == (
        "Comes at its usual hour: 19:00 local time, usually for 2\u00a0h; 26 alike"
        " before it, between 2026-08-03 and 2026-09-11, on 87\u00a0% of such days."
        " Consistent with a schedule; no cause follows from that."
    )


def test_what_outlasts_it_says_so_instead():
    said = fact(at("2026-09-14", "19:12"), after=3 * HOUR)

    assert said.id == LONGER
    assert "lasts longer than usual" in render(said.says)


@pytest.mark.parametrize(
    ("day", "clock", "depth"),
    [
        ("2026-09-14", "18:10", 0.5),  # another hour
        ("2026-09-12", "19:00", 0.5),  # a Saturday
        ("2026-09-14", "19:00", 1.0),  # deeper
        ("2026-09-28", "19:00", 0.5),  # more than two weeks after the last
        ("2026-09-10", "19:00", 0.5),  # the clock was set back
    ],
)
def test_what_differs_is_not_called_usual(day, clock, depth):
    assert fact(at(day, clock), depth=depth) is None


def test_what_works_or_is_not_known_is_not_either():
    onset = at("2026-09-14", "19:00")

    assert fact(onset, state=State.UP) is None
    assert fact(onset, state=State.UNKNOWN) is None
    assert fact(onset, known=()) is None


def test_which_weekdays_are_left_out_is_known_after_two_weeks():
    young = replace(PATTERN, first="2026-09-07", occurrences=5)

    assert fact(at("2026-09-12", "19:00"), known=(replace(EVENINGS, pattern=young),))


def test_of_two_the_nearer_hour_is_named():
    later = replace(EVENINGS, pattern=replace(PATTERN, start="19:40"))

    for clock, start in (("19:15", "19:00"), ("19:28", "19:40")):
        said = fact(at("2026-09-14", clock), known=(EVENINGS, later))
        assert dict(said.says.args)["start"] == start


def test_the_host_repeats_what_is_said_of_the_line_it_speaks_of():
    line = verdict(at("2026-09-14", "19:00"))
    other = replace(verdict(line.since, "service/mail"), code="service-outage")

    for code, facts in (("isp-access", 1), ("all-down", 0)):
        judgement = Judgement(
            replace(line, entity="host", code=code), (line,), (other,)
        )
        told = judged_with_usual(
            judgement,
            lambda entity: (EVENINGS,) if entity == LINE else (),
            line.since,
            lambda _: 0.5,
        )
        assert len(told.host.evidence) == facts
        assert len(told.uplinks[0].evidence) == 1
        assert told.services == (other,)
