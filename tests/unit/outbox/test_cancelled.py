"""A download that is cancelled leaves nothing beside its place."""

import asyncio
import contextlib
import os

from rabta.clock import SystemClock
from rabta.model import JobState, Limit
from rabta.outbox import desk
from rabta.outbox.orders import download_order
from rabta.outbox.transfer.files import part_of
from rabta.outbox.worker import Works
from rabta.steer.lines import Lines


def half_got(server, queue, tmp_path):
    """Queue a download that takes its time; the job and its place."""
    server.files["/film.mov"] = bytearray(os.urandom(1_000_000))
    place = tmp_path / "film.mov"
    order = download_order(f"{server.base}/film.mov", place, limit=Limit(400_000))
    return desk.enqueue(queue, order), place


async def until(true):
    async with asyncio.timeout(60):
        while not true():  # noqa: ASYNC110 - no event tells of it
            await asyncio.sleep(0.02)


def test_nobody_works_on_it(server, queue, tmp_path):
    job, place = half_got(server, queue, tmp_path)
    part_of(place, job.id).write_bytes(b"some of it")

    desk.cancel(queue, job.id)

    assert not part_of(place, job.id).exists()
    assert desk.again(queue, job.id).state is JobState.WAITING


async def test_somebody_works_on_it(server, queue, tmp_path):
    job, place = half_got(server, queue, tmp_path)
    part = part_of(place, job.id)
    works = Works(queue, Lines(queue.path, {}, SystemClock()))
    working = asyncio.create_task(works.run())
    await until(lambda: part.exists() and part.stat().st_size > 0)

    queue.cancel(job.id)  # as another process does, whose hand does not reach here

    await until(lambda: not works.busy)
    assert not part.exists()
    assert not place.exists()
    working.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await working


async def test_a_worker_that_ends_leaves_what_the_next_goes_on_with(
    server, queue, tmp_path
):
    job, place = half_got(server, queue, tmp_path)
    part = part_of(place, job.id)
    works = Works(queue, Lines(queue.path, {}, SystemClock()))
    working = asyncio.create_task(works.run())
    await until(lambda: part.exists() and part.stat().st_size > 0)

    working.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await working

    assert part.stat().st_size > 0
