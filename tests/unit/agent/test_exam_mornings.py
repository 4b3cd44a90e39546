"""A country's exam-hour shutdowns in public signals, judged as the data come in."""

import numpy as np
import pytest

from rabta.agent.as_usual import facts_of
from rabta.agent.findings import RECURRING
from rabta.agent.public import judge_entity
from rabta.clock import DAY, HOUR, MINUTE, ManualClock
from rabta.store import Batch, SeriesKey, Store

from .windows import at


STEP = 5 * MINUTE
ENTITY = "country/IQ"
START = at("2026-06-01", "00:00") // DAY * DAY  # a Sunday evening, to the day in UTC
EXAMS = (14, 15, 16, 17, 19, 20, 21, 22)
MORNING = 2 * HOUR  # five in Baghdad


def put(store, until):
    """Two signals up to *until* days: exams of three hours, and a deeper cut."""
    times = START + STEP * np.arange(int(until * DAY) // STEP, dtype=np.int64)
    for seed, (metric, level) in enumerate((("bgp", 5e3), ("ping-slash24", 3e3))):
        noise = np.random.default_rng(seed).normal(0, 0.01, len(times))
        values = level * (1 + 0.1 * np.sin(2 * np.pi * times / DAY) + noise)
        for day in EXAMS:
            begin = START + day * DAY + MORNING
            values[(times >= begin) & (times < begin + 3 * HOUR)] *= 0.5
        begin = START + 18 * DAY + MORNING
        values[(times >= begin) & (times < begin + 3 * HOUR)] *= 0.02
        key = SeriesKey("ioda", metric, ENTITY)
        store.append([Batch(key, "/24", "lower", times, values)])


@pytest.fixture
def store(tmp_path):
    clock = ManualClock(START + 60 * DAY)
    with Store.open(tmp_path, clock=clock) as opened:
        yield opened


def judged(store, until):
    put(store, until)
    judge_entity(store, ENTITY)
    return store.disruptions(entity=ENTITY)[::-1]


def test_exams_are_one_pattern_and_the_next_is_told_as_it_begins(store):
    """The last morning is under way when the data are looked at."""
    *over, lasting = judged(store, 22 + 4 / 24)

    assert lasting.end is None
    assert lasting.pattern is None
    (fact,) = facts_of(lasting.verdict)
    assert fact.id == RECURRING
    assert dict(fact.says.args)["start"] == "05:00"
    alone = [one for one in over if one.pattern is None]
    assert [(one.onset - START) // DAY for one in alone] == [18]
    assert alone[0].depth > 0.9
    assert [one.pattern.occurrence for one in over if one.pattern] == [*range(1, 8)]

    last = judged(store, 24)[-1]
    assert (last.id, last.end is None) == (lasting.id, False)
    assert len(last.verdicts) > len(lasting.verdicts)
    assert facts_of(last.verdict) == ()
    pattern = last.pattern
    assert (pattern.start, pattern.end) == ("05:00", "08:00")
    assert (pattern.first, pattern.last) == ("2026-06-14", "2026-06-22")
    assert (pattern.occurrence, pattern.occurrences) == (8, 8)


def test_unchanged_data_add_no_version_and_corrected_ones_take_a_window_back(store):
    judged(store, 24)
    before = store.disruptions(entity=ENTITY)
    put(store, 24 + 1 / 24)
    judge_entity(store, ENTITY)
    assert store.disruptions(entity=ENTITY) == before

    times = START + STEP * np.arange(24 * DAY // STEP, dtype=np.int64)
    begin = START + 15 * DAY
    day = times[(times >= begin) & (times < begin + DAY)]
    for metric, level in (("bgp", 5e3), ("ping-slash24", 3e3)):
        values = level * (1 + 0.1 * np.sin(2 * np.pi * day / DAY))
        key = SeriesKey("ioda", metric, ENTITY)
        store.append([Batch(key, "/24", "lower", day, values)])
    judge_entity(store, ENTITY)

    (known,) = store.patterns(ENTITY)
    assert known.pattern.occurrences == 7
    withdrawn = [
        one for one in store.disruptions(entity=ENTITY) if one.end == one.onset
    ]
    assert [(one.onset - START) // DAY for one in withdrawn] == [15]
    assert withdrawn[0].pattern is None
