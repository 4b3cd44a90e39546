"""Deadlines follow the usual delay, within bounds."""

import pytest

from rabta.attribute.delay import Delay, Lateness
from rabta.attribute.member import Channel
from rabta.clock import SECOND
from rabta.model import Probe
from tests.unit.attribute.world import START


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


def channel(probe: Probe = Probe.ICMP) -> Channel:
    made = Channel(probe)
    for _ in range(30):
        made.delay.update(0.025)
    return made


def test_one_late_answer_gives_the_whole_line_more_time_for_a_while():
    late = Lateness()
    assert late.seconds(START) == 0

    late.answered(channel(), START, 1.4)

    assert late.seconds(START) == pytest.approx(1.375, abs=0.01)
    assert late.seconds(START + 8 * SECOND) == pytest.approx(1.375, abs=0.01)
    assert 0 < late.seconds(START + 15 * SECOND) < 1
    assert late.seconds(START + 21 * SECOND) == 0


def test_an_answer_in_time_or_to_a_repeated_syn_gives_none():
    late = Lateness()
    late.answered(channel(), START, 0.03)
    late.answered(channel(Probe.TCP), START, 1.03)
    assert late.seconds(START) == 0
