"""Series of other sources go to Parquet at once and stay for ever."""

import math

import pytest

from rabta.clock import DAY, MINUTE
from rabta.errors import StoreError, UsageError
from rabta.store import Batch, SeriesKey

from .helpers import T0, ping


BGP = SeriesKey("ioda", "bgp_ratio", "country/PK")


def batch(values, *, key=BGP, start=T0, step=5 * MINUTE):
    times = range(start, start + len(values) * step, step)
    return Batch(key, "ratio", "lower", times, values)


def values_of(store, key=BGP, *, start=T0, days=1):
    (info,) = [one for one in store.series() if one.key == key]
    points = store.points(
        info.id, start=start, stop=start + days * DAY, step_seconds=300
    )
    return points.median


def test_appended_values_come_back_as_a_chart(store):
    """Not one of them passes through SQLite; months have their own files."""
    values = [number / 1e4 for number in range(60 * 288)]

    store.append([batch(values)])

    (info,) = store.series()
    assert (info.unit, info.worse, info.first) == ("ratio", "lower", T0)
    assert values_of(store, days=60) == tuple(values)
    assert store.newest() is None


def test_missing_values_are_gaps(store):
    """None and NaN alike; zero is a value."""
    store.append([batch([1.0, None, math.nan, 0.0])])

    assert values_of(store)[:5] == (1.0, None, None, 0.0, None)


def test_the_last_word_on_a_time_wins(store):
    """Sources revise their past; the rest of the file stays."""
    store.append([batch([1.0, 2.0, 3.0]), batch([9.0], key=SeriesKey("x", "y", "z"))])
    store.append([batch([20.0, 30.0], start=T0 + 5 * MINUTE)])

    assert values_of(store)[:4] == (1.0, 20.0, 30.0, None)
    assert values_of(store, SeriesKey("x", "y", "z"))[0] == 9.0


def test_of_a_time_told_twice_in_one_batch_the_later_counts(store):
    """As if they had come one after the other."""
    store.append([Batch(BGP, "ratio", "lower", [T0, T0], [1.0, 2.0])])

    assert values_of(store)[0] == 2.0


def test_retention_leaves_other_sources_alone(store, clock):
    """Public history cannot be measured again."""
    store.append([batch([1.0] * 288)])
    store.record([ping(T0 + day * DAY) for day in range(12)])
    clock.advance(400 * DAY)
    store.seal()
    store.expire()

    assert values_of(store) == (1.0,) * 288


def test_own_series_and_uneven_arrays_are_refused(store):
    """Own probes have their own way in."""
    with pytest.raises(UsageError, match="recorded"):
        store.append([batch([1.0], key=SeriesKey("rabta", "x", "y"))])
    with pytest.raises(UsageError, match="as many times"):
        store.append([Batch(BGP, "ratio", "lower", [1, 2], [1.0])])
    assert store.series() == []


def test_a_damaged_file_is_not_merged_into(store, folder):
    """It is named, and the new values can be told again once it is moved."""
    store.append([batch([1.0] * 288)])
    (file,) = folder.rglob("*.parquet")
    file.write_bytes(file.read_bytes()[:-20])

    with pytest.raises(StoreError, match="is damaged"):
        store.append([batch([2.0])])
    file.rename(file.with_name("aside"))
    store.append([batch([2.0])])

    assert values_of(store)[:2] == (2.0, None)
