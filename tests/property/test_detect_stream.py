"""Live detection depends on what was read, not on how it was cut."""

from datetime import UTC
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rabta.clock import DAY, MINUTE
from rabta.detect.lane import Feed
from rabta.detect.signal import SignalKind
from rabta.detect.stream import KEPT, News, Stream
from tests.unit.detect.worlds import at, routes, traffic


STEP = 60 * MINUTE
DAYS = 3 * KEPT // DAY
SIZE = DAYS * DAY // STEP
FEEDS = [
    Feed("bgp", SignalKind.PREFIXES, STEP),
    Feed("traffic", SignalKind.COUNT, STEP),
]


def troubled(seed):
    """Return signals with a loss every second day, most in both."""
    rng = np.random.default_rng(seed)
    drops = []
    for first in range(60, SIZE - 60, 53):
        length, share = int(rng.integers(3, 40)), float(rng.uniform(0.2, 1.0))
        drops.append((first, first + length, share))
    some = [one for one in drops if rng.random() < 0.7]
    return [routes(DAYS, some, step=STEP), traffic(DAYS, drops, step=STEP)]


def play(signals, cuts):
    """Return the last word on every disruption, but for those withdrawn."""
    stream = Stream("x", UTC, FEEDS)
    last = {}
    edges = sorted({0, *cuts, SIZE})
    for a, b in pairwise(edges):
        nothing = np.full(b - a, np.nan)
        some = {s.name: (s.times[a:b], s.values[a:b], nothing) for s in signals}
        for told in stream.push_all(some):
            last[told.number] = told
    return sorted(
        (one.found.onset, one.found.end or 0, round(one.found.depth, 3))
        for one in last.values()
        if one.news is not News.WITHDRAWN
    )


@settings(deadline=None, max_examples=3)
@given(
    st.integers(0, 50),
    st.lists(st.integers(1, SIZE - 1), max_size=4),
    st.sampled_from([97, 500]),
)
def test_any_cutting_ends_in_the_same_disruptions(seed, cuts, chunk):
    signals = troubled(seed)

    whole = play(signals, [])

    assert whole == play(signals, cuts)
    assert whole == play(signals, range(chunk, SIZE, chunk))
    assert min(onset for onset, _, _ in whole) < at(SIZE // 2, STEP)


@pytest.mark.parametrize("chunk", [12, 900])
def test_a_day_at_a_time_is_as_good_as_all_at_once(chunk):
    signals = troubled(3)

    assert play(signals, range(chunk, SIZE, chunk)) == play(signals, [])
