"""The daemon has what is queued worked on, by a process of its own."""

import asyncio
import contextlib
import os
from dataclasses import replace

import pytest

from rabta.agent.outbox import keep_outbox
from rabta.clock import SystemClock
from rabta.model import JobState, Needs
from rabta.outbox.desk import enqueue
from rabta.outbox.orders import command_order
from rabta.store.outbox import FILE, Queue


@pytest.mark.skipif(os.name != "posix", reason="needs a POSIX shell")
async def test_what_is_queued_while_it_runs_is_done_and_without_a_queue_nothing_is_made(
    tmp_path,
):
    keeping = asyncio.create_task(keep_outbox(tmp_path, None))
    await asyncio.sleep(0.5)
    assert not (tmp_path / FILE).exists()
    order = command_order(("true",), folder=tmp_path, environment=os.environ)
    with Queue.open(tmp_path, clock=SystemClock()) as queue:
        job = enqueue(queue, replace(order, needs=Needs(line=False)))
        async with asyncio.timeout(30):
            while queue.job(job.id).state is not JobState.DONE:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
    keeping.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await keeping
