"""What nobody foresaw is told, and ends nothing else."""

import asyncio
import gc
import os
import resource
from pathlib import Path

import pytest

from rabta.agent import chores
from rabta.agent.child import run_beside
from rabta.agent.mishaps import Mishaps, lasting
from rabta.clock import HOUR, ManualClock


@pytest.fixture
def clock():
    return ManualClock(0)


@pytest.fixture
def mishaps(clock):
    return Mishaps("agent.part_failed", clock.monotonic)


@pytest.fixture
def no_fork():
    """Have the kernel refuse this process another file, and so another child."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    used = max(int(file.name) for file in Path("/proc/self/fd").iterdir())
    spare = [os.open("/dev/null", os.O_RDONLY)]
    while spare[-1] <= used:
        spare.append(os.open("/dev/null", os.O_RDONLY))
    yield lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (spare[-1] + 1, hard))
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    for file in spare:
        os.close(file)


class Pauses:
    """Sleeps in no time, *enough* times."""

    def __init__(self, enough):
        self.seconds = []
        self._enough = enough

    async def __call__(self, seconds):
        self.seconds.append(seconds)
        if len(self.seconds) == self._enough:
            raise asyncio.CancelledError
        await asyncio.sleep(0)


@pytest.mark.parametrize(
    "work",
    [
        chores.seal,
        lambda _: run_beside("rabta.steer.serve"),
    ],
    ids=["sealing", "a child"],
)
# From Python 3.14 on the child is there before asyncio has no file left to watch it.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_a_child_that_cannot_be_started_is_told_and_tried_again(
    work, store, mishaps, no_fork
):
    pauses = Pauses(3)
    no_fork()
    with pytest.raises(asyncio.CancelledError):
        await lasting("sealing", lambda: work(store), mishaps, pauses)

    (told,) = mishaps.problems()
    assert told.key == "agent.part_failed"
    assert dict(told.args)["what"] == "sealing"
    assert dict(told.args)["count"] == 3
    assert "Too many open files" in dict(told.args)["reason"]
    gc.collect()


async def test_it_is_tried_ever_more_seldom_but_every_hour(mishaps):
    pauses = Pauses(20)

    async def fail():
        raise OSError("no memory")

    with pytest.raises(asyncio.CancelledError):
        await lasting("sealing", fail, mishaps, pauses)

    assert pauses.seconds == sorted(pauses.seconds)
    assert (pauses.seconds[0], pauses.seconds[-1]) == (5, 3600)


async def test_what_recovers_goes_on_and_what_returns_is_over(mishaps):
    tries = []

    async def work():
        tries.append(1)
        if len(tries) < 3:
            raise ValueError("not yet")

    await lasting("paths", work, mishaps, Pauses(9))
    assert len(tries) == 3


async def test_a_part_that_fails_ends_none_of_the_others(mishaps):
    async def fail():
        raise OSError("no memory")

    went_on = asyncio.Event()

    async def other():
        await asyncio.sleep(0.05)
        went_on.set()

    async with asyncio.TaskGroup() as tasks:
        failing = tasks.create_task(lasting("sealing", fail, mishaps))
        await tasks.create_task(lasting("links", other, mishaps))
        failing.cancel()
    assert went_on.is_set()


def test_it_is_told_for_an_hour_after_the_last(mishaps, clock):
    assert mishaps.problems() == ()
    mishaps.note("paths", ValueError("odd"))
    clock.advance(HOUR - 1)
    assert mishaps.problems()
    clock.advance(2_000_000)
    assert mishaps.problems() == ()


def test_the_same_again_is_logged_without_its_origin(mishaps, caplog):
    for _ in range(3):
        mishaps.note("paths", ValueError("odd"))

    assert [bool(one.exc_info) for one in caplog.records] == [True, False, False]
