"""Measurements live on a clock that does not step."""

import time

from rabta.agent.steady import Jump, SteadyClock
from rabta.clock import DAY, HOUR, SECOND, ManualClock, SystemClock


def test_time_goes_on_at_the_true_rate():
    system = ManualClock(1_000)
    steady = SteadyClock(system)
    system.advance(5 * SECOND)

    assert steady.now() == 1_000 + 5 * SECOND
    assert not any(steady.look())


def test_a_step_by_a_year_is_noticed_once_and_then_followed():
    system = ManualClock(DAY)
    steady = SteadyClock(system)
    system.step(365 * DAY)

    assert steady.now() == DAY
    assert steady.look() == Jump(stepped=365 * DAY)
    assert not any(steady.look())
    assert steady.now() == 366 * DAY


def test_a_step_back_is_noticed_too():
    system = ManualClock(400 * DAY)
    steady = SteadyClock(system)
    system.step(-365 * DAY)

    assert steady.look() == Jump(stepped=-365 * DAY)


def test_what_ntp_slews_is_followed_without_a_word():
    system = ManualClock(DAY)
    steady = SteadyClock(system)
    system.step(SECOND // 2)

    assert not any(steady.look())
    assert steady.now() == DAY + SECOND // 2


def test_sleep_is_no_step_of_the_clock():
    system = ManualClock(DAY)
    steady = SteadyClock(system)
    system.sleep(8 * HOUR)

    assert steady.look() == Jump(slept=8 * HOUR)
    assert not any(steady.look())
    assert steady.now() == DAY + 8 * HOUR


def test_a_clock_that_was_set_on_waking_did_both():
    system = ManualClock(DAY)
    steady = SteadyClock(system)
    system.sleep(8 * HOUR)
    system.step(-HOUR)

    assert steady.look() == Jump(slept=8 * HOUR, stepped=-HOUR)


def test_a_nap_shorter_than_what_is_tolerated_does_not_add_up():
    system = ManualClock(DAY)
    steady = SteadyClock(system)
    for _ in range(5):
        system.sleep(SECOND)
        assert not any(steady.look())


def test_the_machine_says_for_how_long_it_slept():
    clock = SystemClock()
    before = time.clock_gettime(time.CLOCK_BOOTTIME) - time.monotonic()

    assert abs(clock.asleep() - before) < 1
