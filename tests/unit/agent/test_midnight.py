"""A budget lasts for a local day, however long that day is."""

import time
from datetime import UTC, datetime

import pytest

from rabta.agent.midnight import last_midnight, next_midnight
from rabta.clock import HOUR, SECOND


@pytest.fixture
def zone(monkeypatch):
    def choose(name):
        monkeypatch.setenv("TZ", name)
        time.tzset()

    yield choose
    monkeypatch.undo()
    time.tzset()


def at(*moment):
    return int(datetime(*moment, tzinfo=UTC).timestamp()) * SECOND


def test_the_day_is_the_local_one(zone):
    zone("Asia/Karachi")  # UTC+5
    now = at(2026, 3, 1, 20, 30)

    assert last_midnight(now) == at(2026, 3, 1, 19)
    assert next_midnight(now) == at(2026, 3, 2, 19)


@pytest.mark.parametrize(
    ("noon", "hours"),
    [((2026, 3, 29, 10), 23), ((2026, 10, 25, 11), 25), ((2026, 7, 1, 10), 24)],
)
def test_days_of_a_changing_clock_have_their_own_length(zone, noon, hours):
    zone("Europe/Berlin")
    now = at(*noon)

    assert next_midnight(now) - last_midnight(now) == hours * HOUR


def test_midnight_itself_belongs_to_the_day_that_begins(zone):
    zone("Asia/Karachi")
    midnight = at(2026, 3, 1, 19)

    assert last_midnight(midnight) == midnight
    assert next_midnight(midnight - 1) == midnight
