"""The queue: added once, leased to one, acknowledged once, whatever happens."""

import os
import signal
import subprocess
import sys

import pytest

from rabta.clock import HOUR, SECOND, ManualClock, SystemClock
from rabta.errors import StoreError, UsageError
from rabta.model import Call, Command, JobState, Message, Needs, Order, Retry
from rabta.store.outbox import FILE, Aftermath, Queue, Reached, Worker


START = 1_700_000_000 * SECOND


@pytest.fixture
def clock():
    return ManualClock(START)


@pytest.fixture
def queue(tmp_path, clock):
    with Queue.open(tmp_path, clock=clock) as opened:
        yield opened


@pytest.fixture
def worker(tmp_path):
    entered = Worker.enter(tmp_path)
    yield entered
    entered.leave()


def order(title="one", **more):
    return Order(Call("http://127.0.0.1/"), title, **more)


def add(queue, *orders, host=""):
    return queue.add([(one, host) for one in orders])


def take(queue, worker, only=0):
    return queue.lease(worker, [gate.id for gate in queue.gates()], only)


def test_a_job_comes_back_as_it_was_queued(queue):
    asked = Order(
        work=Command(("ls", "-l"), "/tmp", (("A", "{env:B}"),)),
        title="list",
        priority=3,
        deadline=START + HOUR,
        needs=Needs(service="github", unmetered=True, bits_per_second=1e6),
        retry=Retry(3, 1.0, 2.0),
        key="k",
        size=12,
    )
    (number,) = queue.add([(asked, "github.com")])

    assert queue.job(number).order == asked
    (gate,) = queue.gates()
    assert gate.needs == asked.needs
    assert gate.host == "github.com"


def test_priority_then_deadline_then_age_decide(queue, worker):
    old, soon, late, urgent = add(
        queue,
        order("old"),
        order("soon", deadline=START + HOUR),
        order("late", deadline=START + 2 * HOUR),
        order("urgent", priority=1, needs=Needs(line=False)),
    )

    taken = [take(queue, worker).id for _ in range(4)]

    assert taken == [urgent, soon, late, old]
    assert take(queue, worker) is None


def test_a_closed_gate_holds_its_jobs_only(queue, worker):
    add(queue, order("shut", priority=9, needs=Needs(service="github")))
    (free,) = add(queue, order("free"))
    open_gates = [g.id for g in queue.gates() if not g.needs.service]

    assert queue.lease(worker, open_gates).id == free
    assert queue.lease(worker, open_gates) is None


def test_the_same_key_is_the_same_job(queue):
    assert add(queue, order(key="k")) == add(queue, order("other", key="k"))
    assert queue.find("k").order.title == "one"
    assert queue.find("none") is None


def test_a_job_waits_for_what_it_comes_after(queue, worker):
    (first,) = add(queue, order())
    (second,) = add(queue, order(after=(first,)))
    assert queue.job(second).waits_for == 1
    job = take(queue, worker)
    assert job.id == first
    assert take(queue, worker) is None

    assert queue.finish(job, JobState.DONE, None, None)

    assert take(queue, worker).id == second


def test_after_something_unknown_nothing_is_queued(queue):
    with pytest.raises(UsageError, match="no job 99"):
        add(queue, order(), order(after=(99,)))
    assert queue.jobs() == []


def test_only_the_holder_of_the_lease_acknowledges(queue, worker):
    (number,) = add(queue, order())
    job = take(queue, worker)
    assert queue.give_back(job, "line", None)
    again = take(queue, worker)

    assert not queue.finish(job, JobState.DONE, None, None)
    assert not queue.progress(job, Reached(5, "x", ""))
    assert queue.finish(again, JobState.DONE, None, 0)
    assert not queue.finish(again, JobState.FAILED, None, 1)
    assert queue.job(number).state is JobState.DONE
    assert [run.outcome for run in queue.runs(number)] == ["line", "done"]


def test_an_error_of_the_server_pauses_and_a_failed_line_does_not(queue, worker, clock):
    (number,) = add(queue, order())
    assert queue.give_back(take(queue, worker), "line", None)
    job = take(queue, worker)
    assert job.failures == 0
    assert queue.give_back(job, "server", Message.of("x"), pause=60)
    assert take(queue, worker) is None
    assert queue.job(number).failures == 1

    clock.advance(61 * SECOND)

    assert take(queue, worker).id == number


def test_a_clock_set_back_does_not_lengthen_a_pause(queue, worker, clock):
    (number,) = add(queue, order())
    queue.give_back(take(queue, worker), "server", None, pause=60)

    clock.step(-24 * HOUR)

    assert take(queue, worker).id == number


def test_a_clock_set_forward_takes_no_job_from_who_works_on_it(queue, worker, clock):
    add(queue, order())
    job = take(queue, worker)

    clock.step(240 * HOUR)

    assert queue.reclaim() == 0
    assert queue.beat([job.lease]) == {job.lease}


def test_a_cancelled_job_is_no_longer_held_and_can_be_had_again(queue, worker):
    (number,) = add(queue, order())
    job = take(queue, worker)

    assert queue.cancel(number).state is JobState.CANCELLED

    assert queue.beat([job.lease]) == frozenset()
    assert not queue.finish(job, JobState.DONE, None, None)
    assert queue.retry(number).state is JobState.WAITING
    assert take(queue, worker).id == number


def test_what_a_transfer_needs_to_go_on_is_kept(queue, worker, tmp_path, clock):
    (number,) = add(queue, order(size=100))
    job = take(queue, worker)
    assert queue.progress(job, Reached(40, "token", "ptcl"))

    with Queue.open(tmp_path, clock=clock) as other:
        found = other.job(number)

    assert (found.done_bytes, found.token, found.uplink) == (40, "token", "ptcl")
    assert [(t.state, t.jobs, t.left_bytes) for t in queue.tally()] == [
        (JobState.RUNNING, 1, 60)
    ]


def test_finished_jobs_go_unless_somebody_waits_for_them(queue, worker, clock):
    first, _ = add(queue, order(), order())
    (third,) = add(queue, order(after=(first,)))
    for _ in range(2):
        queue.finish(take(queue, worker), JobState.DONE, None, None)
    clock.advance(HOUR)

    assert len(queue.expire(clock.now())) == 1

    assert [job.id for job in queue.jobs()] == [third, first]


_DIES = """
import os, sys, time
from pathlib import Path
from rabta.clock import SystemClock
from rabta.store.outbox import Queue, Worker
path = Path(sys.argv[1])
queue = Queue.open(path, clock=SystemClock())
job = queue.lease(Worker.enter(path), [gate.id for gate in queue.gates()])
print(job.id, flush=True)
time.sleep(60)
"""


def test_jobs_of_a_killed_worker_wait_again_and_of_a_stopped_one_do_not(tmp_path):
    with Queue.open(tmp_path, clock=SystemClock()) as queue:
        (number,) = add(queue, order())
        with subprocess.Popen(
            [sys.executable, "-c", _DIES, str(tmp_path)], stdout=subprocess.PIPE
        ) as child:
            try:
                assert int(child.stdout.readline()) == number
                os.kill(child.pid, signal.SIGSTOP)
                assert queue.reclaim() == 0
            finally:
                child.kill()
            child.wait()

            assert queue.reclaim() == 1
        assert queue.job(number).state is JobState.WAITING
        assert [run.outcome for run in queue.runs(number)] == ["lost"]


def test_files_of_workers_that_were_killed_without_a_job_go(queue, tmp_path, clock):
    folder = tmp_path / "workers"
    folder.mkdir(exist_ok=True)
    for number in range(10):
        (folder / f"{number}-dead.lock").touch()
        os.utime(folder / f"{number}-dead.lock", (number, number))
    worker = Worker.enter(tmp_path)
    for file in folder.glob(f"{worker.name}*"):
        os.utime(file, (0, 0))  # it lives the longest

    queue.expire(clock.now())

    left = {file.stem for file in folder.iterdir()}
    assert worker.name in left
    assert len(left) < 10
    worker.leave()


def test_a_queue_of_a_newer_rabta_is_left_alone(queue, tmp_path, clock):
    queue._database.execute("PRAGMA user_version = 99")
    queue.close()
    before = (tmp_path / FILE).read_bytes()

    with pytest.raises(StoreError, match="newer rabta"):
        Queue.open(tmp_path, clock=clock)

    assert (tmp_path / FILE).read_bytes() == before


def test_others_cannot_read_the_queue(queue, tmp_path):
    assert (tmp_path / FILE).stat().st_mode & 0o077 == 0


LEFT = Aftermath(order("rest", key="rest/1"), "store.example", 60.0)


def test_what_a_job_leaves_is_queued_as_it_is_cancelled_and_waits(queue, worker, clock):
    (number,) = add(queue, order())

    queue.cancel(number, lambda _: LEFT)

    (rest,) = queue.keyed("rest/")
    assert (queue.job(rest).state, queue.job(rest).due) == (
        JobState.WAITING,
        START + 60 * SECOND,
    )
    assert queue.keyed("rest/2") == []
    assert take(queue, worker) is None
    clock.advance(61 * SECOND)
    assert take(queue, worker).id == rest


def test_it_is_taken_back_with_the_job_while_it_waits(queue):
    (number,) = add(queue, order())
    queue.cancel(number, lambda _: LEFT)

    assert queue.retry(number, lambda _: LEFT).state is JobState.WAITING

    assert queue.keyed("rest/") == []


def test_a_job_whose_rest_was_dealt_with_begins_anew(queue, worker, clock):
    (number,) = add(queue, order())
    queue.progress(take(queue, worker), Reached(7, "half", ""))
    queue.cancel(number, lambda _: LEFT)
    clock.advance(61 * SECOND)
    queue.finish(take(queue, worker), JobState.DONE, None)

    assert queue.retry(number, lambda _: LEFT).token == ""
    assert len(queue.keyed("rest/")) == 1


def test_who_lost_a_job_leaves_nothing_in_its_name(queue, worker):
    (number,) = add(queue, order())
    job = take(queue, worker)
    queue.cancel(number)

    assert not queue.finish(job, JobState.FAILED, None, left=LEFT)

    assert queue.keyed("rest/") == []
