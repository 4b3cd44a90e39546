"""What no disruption may depend on."""

from dataclasses import replace
from datetime import UTC

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from rabta.clock import DAY
from rabta.detect.batch import detect
from rabta.detect.signal import Signal, SignalKind
from tests.unit.detect.worlds import few, routes, times, traffic


def found(*signals):
    return detect(signals, entity="x", timezone=UTC).disruptions


def events(one):
    took_part = [part.name for part in one.signals if part.fired]
    times = one.onset, one.end, one.noticed, one.stages
    return (*times, round(one.depth, 6), one.severity, one.confirmed, took_part)


def world(first, length, share, seed):
    drop = [(first, first + length, share)]
    return [routes(3, drop, seed=seed), traffic(3, drop, seed=seed + 1)]


SOME = st.tuples(
    st.integers(100, 500),
    st.integers(6, 200),
    st.floats(0.2, 1.0),
    st.integers(0, 1000),
)


@settings(deadline=None, max_examples=15)
@given(SOME, st.integers(-400, 400))
def test_whole_days_of_shift_move_everything_alike(some, days):
    signals = world(*some)
    moved = [replace(s, times=s.times + days * DAY) for s in signals]

    here = [(f.onset, f.end, f.depth) for f in found(*signals)]
    there = [(f.onset - days * DAY, f.end, f.depth) for f in found(*moved)]

    assert [(a, d) for a, _, d in here] == [(a, d) for a, _, d in there]


@settings(deadline=None, max_examples=15)
@given(SOME, st.integers(-20, 20))
def test_the_unit_does_not_matter(some, power):
    signals = world(*some)
    scaled = [replace(s, values=s.values * 2.0**power) for s in signals]

    here = [(f.onset, f.end, round(f.depth, 4)) for f in found(*signals)]

    assert here == [(f.onset, f.end, round(f.depth, 4)) for f in found(*scaled)]


@settings(deadline=None, max_examples=4)
@given(SOME, st.floats(0.1, 1e6))
def test_a_constant_signal_changes_nothing(some, level):
    _, _, _, seed = some
    quiet = [routes(3, seed=seed), few(3, seed=seed)]
    size = len(quiet[0].values)
    constant = Signal("flat", SignalKind.COUNT, times(size), np.full(size, level))

    assert found(constant) == ()
    for signals in (quiet, quiet[1:], world(*some), world(*some)[1:]):
        alone = [events(one) for one in found(*signals)]
        assert alone == [events(one) for one in found(*signals, constant)]


@settings(deadline=None, max_examples=15)
@given(SOME)
def test_a_clear_drop_in_both_signals_is_found_where_it_is(some):
    first, length, share, seed = some

    told = found(*world(first, length, share, seed))

    onset, end = times(1000)[[first, first + length]]
    assert any(
        abs(f.onset - onset) <= 600_000_000 and abs(f.end - end) <= 600_000_000
        for f in told
        if f.end is not None
    )


@settings(deadline=None, max_examples=10)
@given(st.integers(0, 2**32 - 1), st.integers(0, 400))
def test_anything_at_all_is_taken_without_complaint(seed, size):
    rng = np.random.default_rng(seed)
    values = rng.choice([0.0, -1.0, 1.0, np.nan, np.inf, 1e30, 5.0], size)
    wild = Signal("wild", SignalKind.COUNT, rng.permutation(times(size)), values)

    for one in found(wild, replace(wild, name="delay", kind=SignalKind.RTT)):
        assert 0.0 <= one.depth <= 1.0
        assert one.end is None or one.end > one.onset
