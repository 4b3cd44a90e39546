"""Chances come from what happened, and are not given where too little is known."""

import pytest

from rabta.clock import DAY, HOUR, MINUTE, SECOND
from rabta.outbox.forecast import History, forecast


NOW = 1_700_000_000 * SECOND
MB = 1_000_000


def history(outages=(), *, days=14, gaps=(), rates=(8e6,), down=False):
    return History("a", NOW - days * DAY, tuple(outages), tuple(gaps), rates, down)


def test_a_line_that_never_failed_is_sure_as_far_as_its_rate_goes():
    found = forecast(60 * MB, NOW, NOW + 2 * MINUTE, history())
    assert found.probability == 1.0
    assert found.median_seconds == pytest.approx(60.0)
    assert forecast(60 * MB, NOW, NOW + 59 * SECOND, history()).probability == 0.0


def test_outages_count_as_often_as_they_were():
    # down every second hour: half of the one-hour windows have no time to spare
    spans = [
        (NOW - 14 * DAY + 2 * n * HOUR, NOW - 14 * DAY + (2 * n + 1) * HOUR)
        for n in range(14 * 12)
    ]
    needs_half_an_hour = 1800 * MB
    found = forecast(needs_half_an_hour, NOW, NOW + HOUR, history(spans))
    assert found.probability == pytest.approx(0.75, abs=0.02)
    cut = forecast(needs_half_an_hour, NOW, NOW + HOUR, history(spans, down=True))
    assert cut.probability == pytest.approx(0.5, abs=0.26)
    assert cut.probability < found.probability


def test_what_was_not_measured_of_an_outage_tells_no_chance():
    """Ten minutes seen, then the lid was closed: nobody knows how it went on."""
    cuts = [NOW - n * DAY + MINUTE for n in range(2, 14)]
    seen = [(at, at + 10 * MINUTE) for at in cuts]
    asleep = [(at + 10 * MINUTE, at + 8 * HOUR) for at in cuts]
    half_an_hour = 1800 * MB

    dark = forecast(
        half_an_hour, NOW, NOW + HOUR, history(seen, gaps=asleep, down=True)
    )
    lit = forecast(half_an_hour, NOW, NOW + HOUR, history(seen, down=True))

    assert (dark.probability, dark.cases) == (None, 0)
    assert lit.probability == 1.0


def test_slow_days_lower_the_chance():
    rates = (2e6, 4e6, 8e6, 16e6)
    found = forecast(60 * MB, NOW, NOW + 65 * SECOND, history(rates=rates))
    assert 0.3 < found.probability < 0.7


def test_too_little_is_said_to_be_too_little():
    assert forecast(MB, NOW, NOW + HOUR, history(rates=())).median_seconds is None
    assert forecast(MB, NOW, NOW + DAY, history(days=0.2)).probability is None
    whole = [(NOW - 14 * DAY, NOW)]
    assert forecast(MB, NOW, NOW + HOUR, history(gaps=whole)).probability is None
    assert forecast(MB, NOW, None, history()).probability is None
    assert forecast(MB, NOW, NOW - 1, history()).probability == 0.0
