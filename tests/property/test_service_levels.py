"""Whatever is not known, the bounds of a service level hold the truth."""

from collections import defaultdict
from dataclasses import replace
from datetime import time
from functools import partial
from statistics import median

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from rabta.clock import HOUR, MINUTE
from rabta.cost.service.availability import Counting, Trouble, availability
from rabta.cost.service.bounds import quantile
from rabta.cost.service.samples import (
    Hour,
    Window,
    delay,
    loss,
    slots,
    variation,
)
from rabta.cost.service.spans import joined, length, minus, within
from rabta.cost.service.terms import Measure, Outcome, Term, outcome


STOP = 600 * MINUTE

spans = st.lists(
    st.tuples(st.integers(0, 600), st.integers(0, 90)).map(
        lambda one: (one[0] * MINUTE, min(STOP, (one[0] + one[1]) * MINUTE))
    ),
    max_size=6,
).map(joined)
troubles = st.lists(
    st.builds(
        lambda span, loss, cause: Trouble(*span, loss, loss > 0.9, cause=cause),
        st.tuples(st.integers(0, 500), st.integers(1, 90)).map(
            lambda one: (one[0] * MINUTE, (one[0] + one[1]) * MINUTE)
        ),
        st.sampled_from([0.1, 0.5, 1.0]),
        st.sampled_from(["isp", "isp", "lan"]),
    ),
    max_size=5,
)
countings = st.builds(
    Counting,
    st.sampled_from([None, 0.2]),
    st.sampled_from([0.0, 300.0]),
    st.sampled_from([frozenset(), frozenset({"lan"})]),
    st.sampled_from([(), ((time(2), time(3)), (time(5), time(9, 30)))]),
)


def seen_through(found, dark):
    """What is left of troubles once *dark* is deleted."""
    return [
        replace(one, start=start, end=end)
        for one in found
        for start, end in minus([(one.start, one.end)], dark)
    ]


@given(troubles, spans, countings)
def test_availability_with_deleted_time_holds_the_truth(found, dark, counting):
    # a cause can be left out only where it was seen; elsewhere the time just counts
    counting = replace(counting, excludes=frozenset())
    truth = availability(found, (), 0, STOP, counting)
    told = availability(seen_through(found, dark), dark, 0, STOP, counting)

    # of a disruption that was no outage only the greatest loss is known
    assert truth.share.exact or counting.loss_over is not None
    for figure in ("share", "down_seconds", "longest_seconds"):
        wide, narrow = getattr(told, figure), getattr(truth, figure)
        assert wide.low <= narrow.low
        assert narrow.high <= wide.high


@given(troubles, spans, countings)
def test_more_unknown_time_never_narrows_the_bounds(found, dark, counting):
    less = availability(found, dark, 0, STOP, counting).share
    more = availability(found, [*dark, (0, 30 * MINUTE)], 0, STOP, counting).share

    if less.low is not None and more.low is not None:
        assert more.low <= less.low + 1e-12
        assert more.high >= less.high - 1e-12


@given(troubles, spans, countings)
def test_one_more_outage_never_makes_a_line_better(found, dark, counting):
    worse = [*found, Trouble(100 * MINUTE, 130 * MINUTE, 1.0, cause="isp")]
    before = availability(found, dark, 0, STOP, counting)
    after = availability(worse, dark, 0, STOP, counting)

    if before.share.low is not None:
        assert after.share.low <= before.share.low
        assert after.share.high <= before.share.high


@given(st.lists(st.floats(0, 10), min_size=1), st.sets(st.integers(0, 30)),
       st.sampled_from([0.0, 0.2, 0.5, 0.95, 1.0]))  # fmt: skip
def test_a_quantile_with_deleted_values_holds_the_truth(values, gone, share):
    left = [value for n, value in enumerate(values) if n not in gone]
    truth = quantile(values, share, 0)
    told = quantile(left, share, len(values) - len(left))

    assert truth.exact
    if told.known:
        assert told.low <= truth.low
        assert told.high is None or truth.low <= told.high


minutes = st.lists(
    st.tuples(st.integers(1, 60), st.sampled_from([None, None, 0.02, 0.5, 1.9])),
    min_size=1,
    max_size=12,
).map(lambda runs: [rtt for length, rtt in runs for _ in range(length)])


def hours_of(answers, dark):
    """Sum up one answer a minute, as the store does, of what was not *dark*."""
    by_hour = defaultdict(list)
    for minute, rtt in enumerate(answers):
        if not any(start <= minute * MINUTE < end for start, end in dark):
            by_hour[minute * MINUTE // HOUR * HOUR].append(rtt)
    for start, some in by_hour.items():
        came = sorted(rtt for rtt in some if rtt is not None)
        yield Hour(
            start,
            len(some),
            len(some) - len(came),
            median(came) if came else None,
            came[round(0.95 * (len(came) - 1))] - came[0] if came else None,
        )


@given(minutes, spans)
def test_loss_and_delay_with_deleted_minutes_hold_the_truth(answers, dark):
    period = 0, len(answers) * MINUTE

    def told_of(unknown):
        hours = hours_of(answers, unknown)
        return slots(hours, unknown, Window(), period, ())

    everything, left = told_of(()), told_of(dark)
    for figure in (
        loss,
        partial(delay, share=0.5),
        partial(delay, share=0.95),
        partial(variation, share=0.5),
    ):
        truth, told = figure(everything), figure(left)
        if not told.known:
            continue
        assert told.low <= truth.low + 1e-9
        assert told.high is None or truth.high <= told.high + 1e-9
    everywhere = sum(rtt is None for rtt in answers) / len(answers)
    assert loss(everything).low == pytest.approx(everywhere)
    assert loss(everything).exact


shares = st.lists(st.sampled_from([0, 0, 0, 1, 3, 10]), min_size=6, max_size=6)


@given(st.lists(st.tuples(shares, st.booleans()), min_size=1, max_size=6))
def test_loss_of_available_time_lies_within_its_bounds(told):
    """Parts of an hour that lose over a fifth may be unavailable, or all may count."""
    hours, poor, some, whole = [], [], [], []
    for n, (lost, doubtful) in enumerate(told):
        hours.append(Hour(n * HOUR, 60, sum(lost), 0.02, 0.0))
        poor += [(n * HOUR, (n + 1) * HOUR)] * doubtful
        some += [one for one in lost if not doubtful or one <= 2]
        whole += lost
    counted = slots(hours, (), Window(), (0, len(told) * HOUR), (), poor)
    assume(some and sum(whole) <= 2 * len(whole))

    figure = loss(counted)

    for parts in (some, whole):
        truth = sum(parts) / (10 * len(parts))
        assert figure.low - 1e-9 <= truth <= figure.high + 1e-9


@given(spans, spans)
def test_what_is_taken_and_what_is_left_make_the_whole(one, other):
    left = minus(one, other)
    assert length(left) + length(minus(one, left)) == length(one)
    assert within(left, 0, STOP) == left


@given(st.sampled_from(Measure), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_a_term_is_met_or_violated_only_if_the_whole_range_says_so(m, limit, a, b):
    figure = quantile([min(a, b)], 0.5, 0)
    figure = replace(figure, high=max(a, b))
    told = outcome(Term("t", m, limit), figure)
    inside = {
        outcome(Term("t", m, limit), replace(figure, low=value, high=value))
        for value in (figure.low, figure.high)
    }

    assert told is (inside.pop() if len(inside) == 1 else Outcome.INCONCLUSIVE)
