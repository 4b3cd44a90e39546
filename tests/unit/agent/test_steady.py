"""Measurements live on a clock that does not step."""

from rabta.agent.steady import SteadyClock
from rabta.clock import DAY, SECOND, ManualClock


def test_time_goes_on_at_the_true_rate():
    system = ManualClock(1_000)
    steady = SteadyClock(system)
    system.advance(5 * SECOND)

    assert steady.now() == 1_000 + 5 * SECOND
    assert steady.look() == 0


def test_a_step_by_a_year_is_noticed_once_and_then_followed():
    system = ManualClock(DAY)
    steady = SteadyClock(system)
    system.step(365 * DAY)

    assert steady.now() == DAY
    assert steady.look() == 365 * DAY
    assert steady.look() == 0
    assert steady.now() == 366 * DAY


def test_a_step_back_is_noticed_too():
    system = ManualClock(400 * DAY)
    steady = SteadyClock(system)
    system.step(-365 * DAY)

    assert steady.look() == -365 * DAY


def test_what_ntp_slews_is_followed_without_a_word():
    system = ManualClock(DAY)
    steady = SteadyClock(system)
    system.step(SECOND // 2)

    assert steady.look() == 0
    assert steady.now() == DAY + SECOND // 2
