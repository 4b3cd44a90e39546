"""A limit holds all day, or at the hours that were said, over midnight too."""

from datetime import datetime

import pytest

from rabta.clock import SECOND
from rabta.errors import UsageError
from rabta.model import Limit
from rabta.outbox.limit import in_force, limit_of


def at(hour, minute=0):
    local = datetime(2026, 11, 24, hour, minute).astimezone()
    return round(local.timestamp() * SECOND)


def test_a_plain_one_holds_all_day():
    assert limit_of("2M") == Limit(2e6)
    assert {in_force(limit_of("2M"), at(hour)) for hour in range(24)} == {2e6}
    assert in_force(limit_of(""), at(12)) == 0


def test_hours_are_those_of_this_place_and_end_before_their_end():
    office = limit_of("500k@9:00-18:30")
    assert in_force(office, at(8, 59)) == 0
    assert in_force(office, at(9)) == 500e3
    assert in_force(office, at(18, 29)) == 500e3
    assert in_force(office, at(18, 30)) == 0


def test_a_night_begins_the_day_before():
    night = limit_of("1M@22:00-06:00")
    assert [in_force(night, at(hour)) for hour in (21, 22, 0, 5, 6, 12)] == [
        *(0, 1e6, 1e6, 1e6, 0, 0)
    ]


@pytest.mark.parametrize("text", ["2M@", "2M@9-18", "@9:00-18:00", "2M@24:00-01:00"])
def test_what_is_none_is_refused(text):
    with pytest.raises(UsageError):
        limit_of(text)
