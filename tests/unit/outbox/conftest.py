"""A queue, a worker over no lines but this machine, and servers on loopback."""

import asyncio

import pytest

from rabta.clock import SystemClock
from rabta.outbox.desk import enqueue
from rabta.outbox.worker import Works
from rabta.steer.lines import Lines
from rabta.store.outbox import Queue
from tests.unit.outbox.servers import serving


@pytest.fixture
def server():
    with serving() as world:
        yield world


@pytest.fixture
def queue(tmp_path):
    with Queue.open(tmp_path / "store", clock=SystemClock()) as opened:
        yield opened


@pytest.fixture
def do(queue):
    """Queue orders and work until nothing more can be done now; the jobs then."""

    def act(*orders, only=0):
        async def working():
            lines = Lines(queue.path, {}, queue.clock)
            await asyncio.wait_for(
                Works(queue, lines, only=only).run(until_idle=True), 30
            )

        jobs = [enqueue(queue, order) for order in orders]
        asyncio.run(working())
        return [queue.job(job.id) for job in jobs]

    return act
