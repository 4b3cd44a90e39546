"""Figures and their units stay together."""

from datetime import UTC

import pytest

import rabta.locale
from rabta.clock import DAY, SECOND, ManualClock
from rabta.locale import LANGUAGES, figure, say, spoken


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("unit", "value"),
    [("ms", 0.412), ("percent", 0.004), ("bits", 7e6), ("bytes", 3e12)]
    + [("duration", seconds) for seconds in (9, 600, 9000, 900_000)],
)
def test_no_line_breaks_between_a_figure_and_its_unit(language, unit, value):
    said = say(language, f"ui.figure.value_{unit}", value=value)
    assert "\u00a0" in said
    assert " " not in said


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (59.6, "1 min"),
        (61, "1 min 1 s"),
        (119, "1 min 59 s"),
        (5400, "1 h 30 min"),
        (7200, "2 h"),
        (7260, "2 h 1 min"),
        (7259, "2 h"),
        (90000, "1 d 1 h"),
        (86400 + 59 * 60, "1 d"),
        (-3, "0 s"),
    ],
)
def test_durations_have_their_two_largest_units(seconds, text):
    assert figure(seconds, "duration").replace("\u00a0", " ") == text


@pytest.fixture
def clock(monkeypatch):
    clock = ManualClock(1_800_000_000 * SECOND)  # 2027-01-15 08:00 UTC
    monkeypatch.setattr(rabta.locale, "_CLOCK", clock)
    return clock


def test_a_time_of_another_day_bears_its_date(clock):
    at = clock.now()

    assert figure(at, "time", zone=UTC) == "08:00:00"
    assert figure(at - DAY, "time", zone=UTC) == "2027-01-14 08:00:00"
    clock.advance(3 * DAY)
    assert figure(at, "time", zone=UTC) == "2027-01-15 08:00:00"


def test_a_sentence_said_again_on_another_day_has_the_date(clock):
    """Sentences are remembered, but not for longer than they are true."""
    args = [["rung", "resolver"], ["total", 2], ["since", clock.now()]]
    message = {"key": "verdict.rung-down", "args": args}
    key = next(key for key in rabta.locale.texts("en") if key.endswith("rung-down"))
    message["key"] = key

    assert "2027" not in spoken(message, UTC)["en"]
    clock.advance(DAY)
    assert "2027-01-15" in spoken(message, UTC)["en"]
