"""The figures on a lane."""

import pytest

from rabta import failure
from rabta.agent.figures import Figures
from rabta.clock import SECOND
from rabta.model import Observation, Probe, Rung


def seen(at, value=None, failed=None, probe=Probe.ICMP):
    return Observation(at * SECOND, "a", 4, "t", probe, value, failed)


def test_rtt_is_the_median_and_loss_the_share_of_a_minute():
    figures = Figures()
    for at, value in enumerate((0.010, 0.030, 0.020)):
        figures.observe(seen(at, value), Rung.ANYCAST)
    figures.observe(seen(3, failed=failure.GENERIC_TIMEOUT), Rung.ANYCAST)

    rtt, loss, _ = figures.read(4 * SECOND)

    assert rtt == 0.020
    assert loss == pytest.approx(0.25)


def test_what_was_not_measured_is_not_lost():
    figures = Figures()
    figures.observe(seen(0, failed=failure.BUDGET_SPENT), Rung.ANYCAST)

    assert figures.read(SECOND) == (None, None, None)


def test_a_minute_later_nothing_is_claimed():
    figures = Figures()
    figures.observe(seen(0, 0.010), Rung.ANYCAST)

    assert figures.read(120 * SECOND)[:2] == (None, None)


def test_the_gateway_is_not_part_of_the_lines_rtt():
    figures = Figures()
    figures.observe(seen(0, 0.001), Rung.GATEWAY)

    assert figures.read(SECOND)[0] is None
