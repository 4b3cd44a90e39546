from datetime import UTC, timedelta, timezone

import numpy as np
import pytest

from rabta.clock import HOUR
from rabta.detect.run import run, ticks, trait_of
from rabta.detect.signal import SignalKind
from rabta.detect.state import State
from rabta.detect.track import Anomaly
from rabta.detect.transform import Trait
from tests.unit.detect.series import MONDAY, noisy, series, track


def disturbed():
    values = noisy(1500)
    values[700:715] *= 0.2
    values[900:1200] *= 0.7
    return values


@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=5)), None])
def test_a_saved_state_resumes_to_the_bit(zone):
    whole = series(disturbed()) if zone is None else series(disturbed(), zone=zone)
    once = State.create(trait_of(whole), HOUR, whole.timezone)
    run(once, whole)
    twice = State.create(trait_of(whole), HOUR, whole.timezone)
    run(twice, whole.part(0, 705))
    saved = twice.dump()
    again = State.load(saved)

    assert saved == again.dump()
    run(again, whole.part(705, 1500))
    assert once.dump() == again.dump()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: b"",
        lambda data: data[:-1],
        lambda data: data + b"\0",
        lambda data: data.replace(b'"format": 3', b'"format": 4'),
    ],
)
def test_what_is_no_saved_state_is_refused(spoil):
    data = State.create(Trait(SignalKind.RTT, higher_is_worse=True), HOUR, UTC).dump()

    with pytest.raises(ValueError, match=r"state|format"):
        State.load(spoil(data))


def test_a_state_of_an_older_version_says_so_and_what_follows():
    data = State.create(Trait(SignalKind.RTT, higher_is_worse=True), HOUR, UTC).dump()

    with pytest.raises(ValueError, match=r"format 2, .* another version.* learn anew"):
        State.load(data.replace(b'"format": 3', b'"format": 2'))


def test_bins_left_out_between_chunks_are_missing():
    values = disturbed()
    values[300:420] = np.nan
    whole = series(values)
    once = State.create(trait_of(whole), HOUR, whole.timezone)
    run(once, whole)
    parts = State.create(trait_of(whole), HOUR, whole.timezone)
    run(parts, whole.part(0, 300))
    later = run(parts, whole.part(420, 1500))

    assert later.first == 420
    assert once.dump() == parts.dump()


def test_the_past_and_other_grids_are_refused():
    whole = series(noisy(100))
    state = State.create(trait_of(whole), HOUR, whole.timezone)
    run(state, whole.part(0, 50))

    with pytest.raises(ValueError, match="already"):
        run(state, whole.part(49, 60))
    with pytest.raises(ValueError, match="grid"):
        run(state, series(noisy(9), start=MONDAY + 60 * HOUR + 1))
    with pytest.raises(ValueError, match="steps"):
        run(state, series(noisy(9), step=2 * HOUR))
    with pytest.raises(ValueError, match="other series"):
        run(state, series(noisy(9), SignalKind.RTT))


def test_an_empty_chunk_changes_nothing():
    whole = series(noisy(100))
    state = State.create(trait_of(whole), HOUR, whole.timezone)
    run(state, whole)
    before = state.dump()

    assert len(run(state, whole.part(100, 100)).z) == 0
    assert before == state.dump()


def test_ticks_of_many_series_say_what_a_run_of_each_says():
    kinds = (SignalKind.COUNT, SignalKind.RTT, SignalKind.FRACTION, SignalKind.COUNT)
    rises = (False, True, True, True)
    traits = [Trait(*pair) for pair in zip(kinds, rises, strict=True)]
    values = np.array([noisy(800, seed) for seed in range(4)])
    values[2] = 0.01 + 0.02 * np.random.default_rng(9).random(800)
    for row, factor in zip(values, (0.3, 2.5, 20, 3), strict=True):
        row[600:620] *= factor
    values[:, 300:310] = np.nan
    state = State.create(traits, HOUR, UTC)
    got = [ticks(state, MONDAY + i * HOUR, values[:, i]) for i in range(800)]

    for i, trait in enumerate(traits):
        alone = track(
            values[i], trait.kind, zone=UTC, higher_is_worse=trait.higher_is_worse
        )
        np.testing.assert_array_equal(alone.z, [tick.z[i] for tick in got])
        np.testing.assert_array_equal(alone.flags, [tick.flags[i] for tick in got])
        told = [news for tick in got for j, news in tick.news if j == i]
        assert list(alone.anomalies) == [n for n in told if isinstance(n, Anomaly)]
        assert len(alone.anomalies) == 1


def test_as_many_values_as_series_are_wanted():
    state = State.create(Trait(SignalKind.COUNT, higher_is_worse=False), HOUR, UTC)

    with pytest.raises(ValueError, match="2 values for 1 series"):
        ticks(state, MONDAY, np.ones(2))


def test_what_is_known_of_scale_and_level_needs_no_learning():
    """Three bad readings right at the beginning are seen at once."""
    values = noisy(60, daily=0)
    values[2:12] *= 0.3
    whole = series(values)
    state = State.create(trait_of(whole), HOUR, UTC, scales=[0.015] * 6, level=1000.0)
    (found,) = run(state, whole, baseline=np.full(60, 1000.0)).anomalies

    assert (found.onset, found.end) == (2, 12)
