"""Live detection and its revisions."""

from datetime import UTC

import numpy as np
import pytest

from rabta.clock import MINUTE
from rabta.detect.lane import Feed
from rabta.detect.run import run, trait_of
from rabta.detect.signal import Signal, SignalKind, regular
from rabta.detect.state import State
from rabta.detect.stream import News, Stream

from .worlds import STEP, at, few, routes, times


FEEDS = [
    Feed("bgp", SignalKind.PREFIXES, STEP),
    Feed("telescope", SignalKind.COUNT, STEP),
]
DROP = [(900, 936, 0.8)]


def readings(signals, first, last):
    here = slice(first, last)
    unknown = np.full(len(signals[0].times[here]), np.nan)
    return {s.name: (s.times[here], s.values[here], unknown) for s in signals}


def play(signals, size, chunk, stream=None, first=0):
    stream = stream or Stream("country/XX", UTC, FEEDS)
    told = []
    for begin in range(first, size, chunk):
        end = min(begin + chunk, size)
        told += stream.push_all(readings(signals, begin, end))
    return stream, told


@pytest.fixture(scope="module")
def signals():
    return [routes(4, DROP), few(4, DROP, mean=30.0)]


def test_a_disruption_opens_is_revised_and_closes_under_one_number(signals):
    _, told = play(signals, 1100, 1)

    assert {1} == {one.number for one in told}
    assert [told[0].news, told[-1].news] == [News.OPENED, News.CLOSED]
    assert list(range(1, len(told) + 1)) == [one.found.revision for one in told]
    assert told[0].found.end is None
    assert (at(900), at(936)) == (told[-1].found.onset, told[-1].found.end)


def test_it_is_noticed_within_three_bins(signals):
    _, told = play(signals, 1100, 1)

    assert told[0].found.noticed <= at(903)


@pytest.mark.parametrize("chunk", [7, 100, 1100])
def test_cutting_the_readings_differently_finds_the_same(signals, chunk):
    one, _ = play(signals, 1100, 1)
    other, _ = play(signals, 1100, chunk)

    strip = [(f.onset, f.end, f.depth, f.noticed) for f in one.disruptions]
    assert strip == [(f.onset, f.end, f.depth, f.noticed) for f in other.disruptions]
    assert strip


def test_a_saved_stream_goes_on_as_if_it_had_never_stopped(signals):
    whole, told = play(signals, 1100, 1)
    half, before = play(signals, 910, 1)

    resumed = Stream.load(half.dump(), "country/XX", UTC, FEEDS)
    again, after = play(signals, 1100, 1, resumed, 910)

    assert told == before + after
    assert whole.dump() == again.dump()


def test_a_saved_stream_of_other_feeds_is_refused(signals):
    stream, _ = play(signals, 20, 20)

    with pytest.raises(ValueError, match="other feeds"):
        Stream.load(stream.dump(), "country/XX", UTC, FEEDS[:1])
    with pytest.raises(ValueError, match="another feed"):
        Stream.load(stream.dump(), "country/XX", UTC, FEEDS[::-1])


def test_silence_of_every_collector_opens_nothing(signals):
    stream, _ = play(signals, 600, 50)

    later = readings(signals, 800, 890)

    assert stream.push_all(later) == []
    assert stream.disruptions == ()


def test_a_late_reading_is_dropped_and_counted(signals):
    stream, _ = play(signals, 600, 50)

    told = stream.push("bgp", np.array([at(500)]), np.array([0.0]))

    assert told == []
    assert stream.late == 1


def test_a_lagging_feed_is_waited_for_half_an_hour_and_no_longer(signals):
    stream, _ = play(signals, 890, 50)
    bgp = signals[0]

    stream.push("bgp", bgp.times[890:906], bgp.values[890:906])
    assert stream.disruptions == ()

    stream.push("bgp", bgp.times[906:925], bgp.values[906:925])
    assert [at(900)] == [one.onset for one in stream.disruptions]


def test_the_watermark_trails_the_newest_bin(signals):
    stream = Stream("country/XX", UTC, FEEDS)
    assert stream.watermark is None

    play(signals, 100, 10, stream)

    assert at(99) - 30 * MINUTE == stream.watermark


def test_an_unknown_feed_is_an_error():
    with pytest.raises(KeyError):
        Stream("x", UTC, FEEDS).push("nobody", np.empty(0, np.int64), np.empty(0))


def test_a_share_of_few_counts_for_as_little_live_as_in_a_recording():
    rng = np.random.default_rng(4)
    asked = rng.integers(1, 40, 600).astype(float)
    answered = rng.binomial(asked.astype(int), 0.9) / asked
    whole = Signal("up", SignalKind.FRACTION, times(600), answered, asked)
    series = regular(whole, UTC)
    track = run(State.create(trait_of(series), series.step, UTC), series)
    stream = Stream("x", UTC, [Feed("up", SignalKind.FRACTION, STEP)])

    for first in range(0, 600, 150):
        here = slice(first, first + 150)
        stream.push("up", whole.times[here], answered[here], asked[here])
        stream = Stream.load(stream.dump(), "x", UTC, [stream._lanes["up"].feed])

    past = stream._lanes["up"].past
    assert np.array_equal(past.z, track.z[: len(past.z)], equal_nan=True)
    assert len(past.z) == 599
