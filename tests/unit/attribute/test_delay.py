"""Deadlines follow the usual delay, within bounds."""

import pytest

from rabta.attribute.delay import Delay


def fed(*rtts: float) -> Delay:
    delay = Delay()
    for rtt in rtts:
        delay.update(rtt)
    return delay


def test_before_the_first_answer_a_second_is_given():
    assert Delay().deadline == 1.0


def test_a_steady_short_path_is_overdue_after_the_shortest_deadline():
    assert fed(*[0.010] * 40).deadline == 0.15


def test_a_long_path_gets_its_usual_delay_and_a_margin():
    assert 0.30 < fed(*[0.250] * 60).deadline < 0.36


def test_a_wild_path_is_never_given_more_than_the_timeout():
    assert fed(*[0.05, 1.9] * 20).deadline == 2.0


def test_smoothing_follows_rfc_6298():
    """Section 2.2 and 2.3: R/2 first, then 1/4 and 1/8 of the error."""
    delay = fed(0.100, 0.180)

    assert delay.variation == pytest.approx(0.75 * 0.050 + 0.25 * 0.080)
    assert delay.smooth == pytest.approx(0.875 * 0.100 + 0.125 * 0.180)


def test_an_answer_a_second_late_came_to_a_repeated_packet():
    delay = fed(*[0.03] * 5)

    assert delay.repeated(1.04)
    assert not delay.repeated(0.5)


def test_the_shortest_time_is_remembered():
    assert fed(0.2, 0.05, 0.3).best == 0.05
