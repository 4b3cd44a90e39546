"""Charts: buckets, gaps, steps and what is called exact."""

import pytest

from rabta.clock import DAY, HOUR, MINUTE, SECOND
from rabta.errors import UsageError
from rabta.failure import BUDGET_SPENT, GENERIC_TIMEOUT
from rabta.model import Observation, Probe

from .helpers import T0, ping


def chart(store, **question):
    return store.points(1, **{"start": T0, "stop": T0 + MINUTE, **question})


def test_a_bucket_counts_loss_and_gives_exact_percentiles(store):
    """The median of an even number is the mean of the middle two, p95 a rank."""
    values = [0.04, 0.01, 0.03, 0.02]
    store.record([ping(T0 + n * SECOND, value) for n, value in enumerate(values)])
    store.record([ping(T0 + 9 * SECOND, failure=GENERIC_TIMEOUT)])

    points = chart(store, step_seconds=60)

    assert points.time == (T0,)
    assert (points.sent, points.lost) == ((5,), (1,))
    assert (points.minimum, points.median) == ((0.01,), (0.025,))
    assert (points.p95, points.maximum) == ((0.04,), (0.04,))
    assert points.exact


def test_a_probe_that_was_not_made_is_not_loss(store):
    """A budget that is spent says nothing about the line."""
    store.record([ping(T0, failure=BUDGET_SPENT), ping(T0 + SECOND, 0.01)])

    points = chart(store, step_seconds=60)

    assert (points.sent, points.lost) == ((1,), (0,))


def test_a_gap_is_a_gap_and_loss_is_loss(store):
    """Not measured, all lost and fine are three different buckets."""
    store.record([ping(T0, failure=GENERIC_TIMEOUT), ping(T0 + 2 * MINUTE)])

    points = chart(store, stop=T0 + 3 * MINUTE, step_seconds=60)

    assert points.sent == (1, 0, 1)
    assert points.lost == (1, 0, 0)
    assert points.median == (None, None, 0.03)


def test_success_without_a_value_is_sent_and_not_lost(store):
    """A link check may have nothing to time."""
    store.record([Observation(T0, "ptcl", 4, "carrier", Probe.LINK, None)])

    points = chart(store, step_seconds=60)

    assert (points.sent, points.lost, points.median) == ((1,), (0,), (None,))


@pytest.mark.parametrize(
    ("span", "interval", "step"),
    [
        (HOUR, 10 * SECOND, 30),
        (HOUR, SECOND, 5),
        (DAY, 10 * SECOND, 60),
        (DAY, 60 * SECOND, 120),
        (DAY, HOUR, 7200),
        (30 * DAY, HOUR, 7200),
        (365 * DAY, 6 * HOUR, 43200),
    ],
)
def test_a_chosen_step_is_readable_and_fits_the_interval(store, span, interval, step):
    """A series probed once an hour shows no gaps between its points."""
    store.record([ping(time) for time in range(T0, T0 + span, interval)])

    points = store.points(1, start=T0, stop=T0 + span)

    assert points.step_seconds == step
    assert all(points.sent)


def test_a_year_of_hours_is_shown_by_the_hour(store, clock):
    """Sealed hours do not jitter: their own width is the step."""
    store.record([ping(time) for time in range(T0, T0 + 9 * DAY, 20 * MINUTE)])
    clock.advance(11 * DAY)
    store.seal()

    points = store.points(1, start=T0, stop=T0 + 9 * DAY)

    assert (points.step_seconds, len(points.time)) == (3600, 216)
    assert set(points.sent) == {3}


def test_a_step_is_kept_when_asked_for(store):
    """Odd ones too; buckets are aligned to multiples of the step."""
    store.record([ping(T0 + n * SECOND) for n in range(60)])

    points = store.points(1, start=T0 + 3, stop=T0 + MINUTE - 3, step_seconds=7)

    assert points.step_seconds == 7
    assert points.time[0] % (7 * SECOND) == 0
    assert sum(points.sent) == 60


@pytest.mark.parametrize(
    "question",
    [
        {"step_seconds": 0},
        {"step_seconds": -5},
        {"stop": T0},
        {"stop": T0 + 365 * DAY, "step_seconds": 1},
    ],
)
def test_a_chart_that_cannot_be_is_a_usage_error(store, question):
    """Before anything is read."""
    store.record([ping(T0)])

    with pytest.raises(UsageError):
        chart(store, **question)


def test_too_fine_a_chart_says_which_step_would_do(store):
    """And that step is accepted."""
    store.record([ping(T0)])

    with pytest.raises(UsageError) as error:
        chart(store, stop=T0 + 365 * DAY, step_seconds=1)
    assert "631 s or more" in error.value.hint
    assert chart(store, stop=T0 + 365 * DAY, step_seconds=631).sent[0] == 1
