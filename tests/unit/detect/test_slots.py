from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from rabta.clock import DAY, HOUR, MINUTE, SECOND
from rabta.detect.slots import WEEK, pieces, width_for


@pytest.mark.parametrize(
    ("step", "width"),
    [
        (30 * SECOND, 5 * MINUTE),
        (5 * MINUTE, 5 * MINUTE),
        (7 * MINUTE, 10 * MINUTE),
        (HOUR, HOUR),
        (DAY, DAY),
        (2 * DAY, WEEK),
    ],
)
def test_a_slot_is_no_narrower_than_the_step(step, width):
    assert width == width_for(step)


def test_wider_slots_can_be_had_for_the_long_tail():
    assert width_for(5 * MINUTE, HOUR) == HOUR


@pytest.mark.parametrize(
    "zone", ["Asia/Karachi", "Europe/Kyiv", "Asia/Kathmandu", "Australia/Lord_Howe"]
)
@pytest.mark.parametrize("step", [5 * MINUTE, HOUR])
def test_every_bin_lies_where_the_clock_on_the_wall_says(zone, step):
    """Over the changes of March and April 2022."""
    timezone = ZoneInfo(zone)
    start = int(datetime(2022, 3, 25, tzinfo=UTC).timestamp()) * SECOND
    bins, width = 14 * DAY // step, width_for(step)
    at = 0
    for piece in pieces(start, step, bins, width, timezone):
        assert at == piece.first
        for i in range(piece.first, piece.last):
            middle = start + i * step + step // 2
            local = datetime.fromtimestamp(middle // SECOND, timezone)
            wanted = local.weekday() * DAY + local.hour * HOUR + local.minute * MINUTE
            # the epoch, and so the first slot, was a Thursday
            wanted = (wanted - 3 * DAY + local.second * SECOND) % WEEK
            moved = piece.slot * width + piece.past + (i - piece.first) * step
            assert wanted == moved % WEEK
        at = piece.last
    assert bins == at


def test_nothing_is_cut_where_the_offset_never_changes():
    zone = ZoneInfo("Asia/Karachi")
    assert len(list(pieces(1_700_000_000 * SECOND, HOUR, 20_000, HOUR, zone))) == 1


def test_years_beyond_the_calendar_are_taken_as_utc():
    far = 400_000_000_000 * SECOND
    assert len(list(pieces(far, HOUR, 10, HOUR, ZoneInfo("Europe/Kyiv")))) == 1
