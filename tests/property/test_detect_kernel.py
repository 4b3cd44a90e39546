"""What holds of the kernel for any series."""

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from rabta.clock import HOUR, MINUTE
from rabta.detect.run import run, trait_of
from rabta.detect.signal import SignalKind
from rabta.detect.slots import WEEK
from rabta.detect.state import State
from tests.unit.detect.series import MONDAY, noisy, series


FEW = settings(max_examples=20, deadline=None)
SIZE = 5 * 168


@st.composite
def disturbed(draw):
    """Five weeks of hours with noise, outages, bursts, shifts and gaps."""
    values = noisy(
        SIZE,
        draw(st.integers(0, 10**6)),
        level=draw(st.sampled_from([3.0, 800.0, 1e7])),
        noise=draw(st.sampled_from([0.002, 0.03, 0.2])),
        daily=draw(st.sampled_from([0.0, 0.4, 0.8])),
    )
    for _ in range(draw(st.integers(0, 5))):
        first = draw(st.integers(0, SIZE - 1))
        last = first + draw(st.sampled_from([1, 2, 5, 30, 300]))
        factor = draw(st.sampled_from([0.0, 0.3, 0.8, 1.3, 4.0, np.nan]))
        values[first:last] *= factor
    return np.abs(values)


def events(values, kind=SignalKind.COUNT, **more):
    whole = series(values, kind, **more)
    state = State.create(trait_of(whole), whole.step, whole.timezone)
    track = run(state, whole)
    found = [(a.onset, a.fire, a.end, a.closed, a.accepted) for a in track.anomalies]
    moved = [(s.onset, s.accepted, s.returned) for s in track.shifts]
    return found, moved, track


@FEW
@given(
    disturbed(),
    st.sampled_from(list(SignalKind)),
    st.lists(st.integers(1, SIZE - 1), max_size=8),
)
def test_any_chunking_gives_the_same_to_the_bit(values, kind, cuts):
    if kind is SignalKind.FRACTION:
        values = np.minimum(values / 1e7, 1)
    whole = series(values, kind)
    once = State.create(trait_of(whole), HOUR, whole.timezone)
    all_at_once = run(once, whole)
    parts = State.create(trait_of(whole), HOUR, whole.timezone)
    edges = sorted({0, *cuts, SIZE})
    tracks = [run(parts, whole.part(a, b)) for a, b in pairwise(edges)]

    assert once.dump() == parts.dump()
    for name in ("baseline", "residual", "z", "inflation", "flags"):
        joined = np.concatenate([getattr(track, name) for track in tracks])
        assert getattr(all_at_once, name).tobytes() == joined.tobytes()
    closed = [a for track in tracks for a in track.anomalies if a.closed is not None]
    still = [a for a in tracks[-1].anomalies if a.closed is None]
    assert list(all_at_once.anomalies) == closed + still
    assert list(all_at_once.shifts) == [s for track in tracks for s in track.shifts]


@FEW
@given(
    st.floats(1e-6, 1e12),
    st.sampled_from(list(SignalKind)),
    st.lists(st.tuples(st.integers(0, 999), st.integers(1, 200)), max_size=5),
    st.sampled_from([HOUR, 5 * MINUTE]),
)
def test_a_constant_series_never_opens_anything(value, kind, gaps, step):
    if kind is SignalKind.FRACTION:
        value = min(value, 1.0)
    values = np.full(1000, value)
    for first, size in gaps:
        values[first : first + size] = np.nan
    found, moved, _ = events(values, kind, step=step)

    assert (found, moved) == ([], [])


@FEW
@given(disturbed(), st.integers(-500, 500))
def test_shifting_in_time_shifts_the_events(values, hours):
    """By whole hours, slots being an hour wide; the days of the week change too."""
    found, moved, track = events(values)
    again, moved_again, later = events(values, start=MONDAY + hours * HOUR)

    assert (found, moved) == (again, moved_again)
    assert track.z.tobytes() == later.z.tobytes()


@FEW
@given(disturbed(), st.integers(1, 60))
def test_shifting_by_weeks_shifts_the_events_of_any_series(values, weeks):
    found, _, track = events(values, step=5 * MINUTE)
    again, _, later = events(values, step=5 * MINUTE, start=MONDAY + weeks * WEEK)

    assert found == again
    assert track.z.tobytes() == later.z.tobytes()


@FEW
@given(disturbed(), st.integers(-20, 20))
def test_the_unit_does_not_matter_to_the_bit(values, power):
    found, moved, track = events(values)
    again, moved_again, other = events(values * 2.0**power)

    assert (found, moved) == (again, moved_again)
    assert track.z.tobytes() == other.z.tobytes()


def test_the_unit_does_not_matter_where_a_recording_begins_with_nothing():
    values = np.abs(noisy(SIZE, 0, level=3.0, noise=0.03, daily=0.0))
    values[:1] = 0.0
    values[400:406] = 0.0

    found, moved, track = events(values)
    again, moved_again, other = events(values * 2.0**-20)

    assert found
    assert (found, moved) == (again, moved_again)
    assert track.z.tobytes() == other.z.tobytes()


@FEW
@given(disturbed(), st.floats(1e-3, 1e3), st.sampled_from(["count", "rtt"]))
def test_events_are_the_same_in_any_unit(values, factor, kind):
    found, moved, _ = events(values, SignalKind(kind))
    again, moved_again, _ = events(values * factor, SignalKind(kind))

    assert (found, moved) == (again, moved_again)
