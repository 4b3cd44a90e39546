"""Answers that are shares of their own maximum are one series on one scale."""

import numpy as np
import pytest

from rabta.agent.gathering import gathering
from rabta.agent.intake import patiently, take
from rabta.clock import DAY, HOUR, MINUTE, ManualClock
from rabta.errors import DataError
from rabta.sources.imported import Tally, piece
from rabta.store import Store
from tests.unit.sources.helpers import NOW


STEP = 15 * MINUTE
BEGIN = NOW - 20 * DAY


@pytest.fixture
def store(tmp_path):
    with Store.open(tmp_path, clock=ManualClock(NOW)) as one:
        yield one


def answer(start, stop, change=1.0):
    """Return what a service tells of one and the same traffic from hour to hour."""
    times = np.arange(BEGIN + start * HOUR, BEGIN + stop * HOUR, STEP)
    values = 1 + 0.8 * np.sin(2 * np.pi * times / DAY)
    values[-2:] *= change  # told anew once more is known
    shares = np.round(values / values.max(), 6)
    return piece(
        *("radar", "traffic", "country/PK", times, shares),
        unit="1",
        worse="lower",
        relative=True,
    )


def bring(into, *answers):
    return take(answers, Tally("answer", NOW), into)


def shape(store):
    """Return how far what is stored is from what was there, as a share of it."""
    ((_, times, values),) = store.signals("country/PK", start=0, stop=NOW)
    ratio = values / (1 + 0.8 * np.sin(2 * np.pi * times / DAY))
    return len(times), np.ptp(ratio) / np.median(ratio)


def test_a_night_after_a_week_is_no_peak(store):
    bring(store, answer(0, 7 * 24))
    bring(store, answer(7 * 24 - 6, 7 * 24 + 6, change=1.2))
    bring(store, answer(7 * 24 + 2, 7 * 24 + 10))
    count, wrong = shape(store)
    assert count == (7 * 24 + 10) * 4
    assert wrong < 0.001


def test_files_of_one_command_are_of_one_scale(store):
    with gathering(store, patiently) as sink:
        bring(sink, answer(0, 48), answer(42, 54))
    assert shape(store)[1] < 0.001


def test_what_has_no_time_in_common_is_refused_with_the_cure(store):
    bring(store, answer(0, 48))
    with pytest.raises(DataError, match=r"until 2026-11-24 23:45 UTC.*from 2026-11-24"):
        bring(store, answer(48, 54))
    assert shape(store)[0] == 48 * 4
