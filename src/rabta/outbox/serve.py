"""A worker as a process: ``rabta.alerts.serve`` starts it, with all channels.

A process of its own, started when there is work: hashing and sending a large file
must not make a probe late, and a worker that is killed loses nothing.
"""

import argparse
import asyncio
import contextlib
import os
import signal
from collections.abc import Callable, Mapping
from pathlib import Path

from rabta.config import Config, load
from rabta.model import Work
from rabta.outbox.foreground import serve
from rabta.outbox.task import Runner
from rabta.outbox.worker import RUNNERS


Runners = Callable[[Config], Mapping[type[Work], Runner]]

_IDLE = 60.0


async def _run(store: Path, config: Path | None, runners: Runners) -> None:
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    if task is not None:
        for number in (signal.SIGINT, signal.SIGTERM):
            with contextlib.suppress(NotImplementedError):  # Windows
                loop.add_signal_handler(number, task.cancel)
    parent = os.getppid()
    settings = load(config, flags={("store", "path"): store})
    work = asyncio.create_task(serve(settings, runners(settings), idle=_IDLE))
    try:
        while not work.done():
            await asyncio.wait((work,), timeout=1.0)
            if os.getppid() != parent:  # the daemon is gone, and another may start one
                return
        work.result()
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)


def main(runners: Runners = lambda _: RUNNERS) -> None:
    """Work until idle, or told to stop; *runners* of a configuration do the work."""
    parser = argparse.ArgumentParser(prog="rabta.outbox.serve")
    parser.add_argument("store", type=Path)
    parser.add_argument("--config", type=Path)
    given = parser.parse_args()
    with contextlib.suppress(asyncio.CancelledError):
        asyncio.run(_run(given.store, given.config, runners))
