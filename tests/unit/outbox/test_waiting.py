"""A job that waits says why, and goes at its hours."""

import os
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from rabta.clock import SECOND, ManualClock
from rabta.errors import UsageError
from rabta.locale import render
from rabta.model import JobState, Needs, Rerun
from rabta.outbox import desk
from rabta.outbox.limit import hours_of, may_go
from rabta.outbox.orders import command_order
from rabta.outbox.waiting import waits
from rabta.outbox.worker import Works
from rabta.steer.lines import Lines
from rabta.store.outbox import Queue


def at(hour, minute=0):
    """Microseconds of a time of day here."""
    here = datetime(2026, 3, 2, hour, minute, tzinfo=UTC).astimezone()
    here = here.replace(hour=hour, minute=minute, day=2)
    return round(here.timestamp() * SECOND)


def order(folder, *argv, after=(), between=(0, 0)):
    made = command_order(argv, folder=folder, environment=os.environ)
    needs = Needs(line=False, between=between)
    return replace(made, after=after, needs=needs)


def keys(queue, number):
    return [one.key for one in waits(queue, queue.job(number))]


def test_who_comes_after_a_job_that_failed_says_so(queue, do, tmp_path):
    (first,) = do(order(tmp_path, "false"))
    after = desk.enqueue(queue, order(tmp_path, "true", after=(first.id,)))

    assert first.state is JobState.FAILED
    assert keys(queue, after.id) == ["outbox.after_failed"]
    desk.again(queue, first.id)
    assert keys(queue, after.id) == ["outbox.after_waiting"]
    desk.cancel(queue, first.id)
    (why,) = waits(queue, queue.job(after.id))
    assert render(why, "en").startswith(f"It comes after job {first.id}, which was ca")


def test_who_waits_out_an_error_says_until_when(queue, do, tmp_path):
    made = order(tmp_path, "sh", "-c", "exit 3")
    made = replace(made, work=replace(made.work, rerun=Rerun.ALWAYS))

    (job,) = do(made)

    assert job.state is JobState.WAITING
    assert keys(queue, job.id) == ["outbox.again"]


@pytest.mark.parametrize(
    ("hours", "now", "goes"),
    [
        ("", at(12), True),
        ("00:00-06:00", at(5, 59), True),
        ("00:00-06:00", at(6), False),
        ("22:00-06:00", at(23), True),
        ("22:00-06:00", at(3), True),
        ("22:00-06:00", at(12), False),
    ],
)
def test_hours_may_go_over_midnight(hours, now, goes):
    assert may_go(Needs(between=hours_of(hours)), now) is goes


def test_what_are_no_hours_is_said():
    with pytest.raises(UsageError, match="are no hours"):
        hours_of("after lunch")


def test_a_job_goes_at_its_hours_and_not_before(tmp_path):
    clock = ManualClock(at(12))
    with Queue.open(tmp_path / "store", clock=clock) as queue:
        hours = hours_of("00:00-06:00")
        job = desk.enqueue(queue, order(tmp_path, "true", between=hours))
        works = Works(queue, Lines(queue.path, {}, clock))

        assert works._lease() is None
        (why,) = waits(queue, queue.job(job.id))
        assert render(why, "en") == "It goes between 00:00 and 06:00 only."
        clock.advance(at(5) + 24 * 3600 * SECOND - at(12))
        assert works._lease().id == job.id
        works._worker.leave()
