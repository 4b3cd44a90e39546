"""A job starts when its way opens, not when a timer says so."""

import asyncio
import contextlib
import os
from dataclasses import replace

from rabta.clock import SystemClock
from rabta.model import JobState, Line, Needs, State, Uplink
from rabta.outbox.desk import enqueue
from rabta.outbox.orders import command_order
from rabta.outbox.worker import Works
from rabta.steer.beliefs import Beliefs
from rabta.steer.lines import Lines


LO = Uplink("ptcl", "lo", 1, "wired", carrier=True, lines=(Line(4, "127.0.0.1", ""),))


async def test_a_job_waits_for_its_line_and_starts_when_it_is_up(queue, tmp_path):
    order = command_order(("true",), folder=tmp_path, environment=os.environ)
    job = enqueue(queue, replace(order, needs=Needs(uplink="ptcl")))
    lines = Lines(queue.path, {}, SystemClock())
    working = asyncio.create_task(Works(queue, lines).run())
    for uplinks, beliefs in (
        ((), None),
        ((LO,), Beliefs(lines={("ptcl", 4): State.DOWN})),
    ):
        lines.uplinks, lines.beliefs = uplinks, beliefs
        await lines._tell()
        await asyncio.sleep(0.4)
        assert queue.job(job.id).runs == 0

    lines.beliefs = Beliefs(lines={("ptcl", 4): State.UP})
    await lines._tell()

    async with asyncio.timeout(20):
        while queue.job(job.id).state is not JobState.DONE:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    assert queue.job(job.id).uplink == "ptcl"
    assert queue.job(job.id).failures == 0
    working.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await working
