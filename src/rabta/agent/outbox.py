"""The daemon's worker: a process of its own while there is work, none otherwise."""

import asyncio
import logging
from pathlib import Path

from rabta.agent.child import run_beside
from rabta.clock import SystemClock
from rabta.errors import StoreError
from rabta.store.outbox import Queue


log = logging.getLogger(__name__)

_LOOK = 0.25  # seconds between looks: one counter of the queue
_AFTER_FAILURE = 5.0


async def keep_outbox(path: Path, config: Path | None) -> None:
    """Have what is queued in the store at *path* worked on."""
    while True:
        if await asyncio.to_thread(_has_work, path):
            code = await _work(path, config)
            if code:
                log.warning("the outbox' worker ended with %d", code)
                await asyncio.sleep(_AFTER_FAILURE)
        await asyncio.sleep(_LOOK)


def _has_work(path: Path) -> bool:
    try:
        queue = Queue.open_existing(path, clock=SystemClock())
        if queue is None:
            return False
        with queue:
            return queue.has_work()
    except StoreError as error:
        log.warning("the outbox cannot be asked: %s", error)
        return False


async def _work(path: Path, config: Path | None) -> int:
    """Run a worker until it finds nothing to do any more; its exit code."""
    chosen = ["--config", str(config)] if config else []
    return await run_beside("rabta.alerts.serve", str(path), *chosen)
