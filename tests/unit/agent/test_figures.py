"""The figures on a lane."""

import pytest

from rabta import failure
from rabta.agent.figures import Figures
from rabta.clock import SECOND
from rabta.model import Observation, Probe, Rung
from rabta.model.target import DOWNLOAD, UPLOAD


def seen(at, value=None, failed=None, probe=Probe.ICMP, target="t"):
    return Observation(at * SECOND, "a", 4, target, probe, value, failed)


def throughput_of(*observations, at):
    figures = Figures()
    for one in observations:
        figures.observe(one, Rung.CONTROL)
    return figures.read(at * SECOND)[2]


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


def test_a_fetch_that_was_too_short_leaves_throughput_unmeasured():
    assert throughput_of(seen(0, None, probe=Probe.FETCH), at=1) is None


def test_throughput_is_the_best_of_the_last_fetches():
    fetches = [
        seen(0, 9e6, probe=Probe.FETCH, target="far"),
        seen(600, 4e6, probe=Probe.FETCH, target="near"),
        seen(1200, 2e6, probe=Probe.FETCH, target="near"),
        seen(1300, 0.1e6, probe=Probe.FETCH, target="held back"),
    ]

    assert throughput_of(*fetches, at=1400) == 9e6
    later = seen(9000, 1e6, probe=Probe.FETCH, target="near")
    assert throughput_of(*fetches, later, at=9000) == 1e6


def test_a_throughput_test_outranks_fetches_and_the_way_up_is_not_the_way_down():
    tests = [
        seen(0, 50e6, probe=Probe.THROUGHPUT, target=DOWNLOAD),
        seen(20, 7e6, probe=Probe.THROUGHPUT, target=UPLOAD),
        seen(60, 4e6, probe=Probe.FETCH),
    ]

    assert throughput_of(*tests, at=100) == 50e6
    assert throughput_of(*tests[1:], at=100) == 4e6
    assert throughput_of(tests[1], at=100) is None
    assert throughput_of(*tests, at=2 * 86400) == 4e6
