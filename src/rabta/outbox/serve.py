"""The daemon's worker: ``python -m rabta.outbox.serve STORE [--config FILE]``.

A process of its own, started when there is work: hashing and sending a large file
must not make a probe late, and a worker that is killed loses nothing.
"""

import argparse
import asyncio
import contextlib
import os
import signal
from pathlib import Path

from rabta.config import load
from rabta.outbox.foreground import serve


_IDLE = 60.0


async def _run(store: Path, config: Path | None) -> None:
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    if task is not None:
        for number in (signal.SIGINT, signal.SIGTERM):
            with contextlib.suppress(NotImplementedError):  # Windows
                loop.add_signal_handler(number, task.cancel)
    parent = os.getppid()
    settings = load(config, flags={("store", "path"): store})
    work = asyncio.create_task(serve(settings, idle=_IDLE))
    try:
        while not work.done():
            await asyncio.wait((work,), timeout=1.0)
            if os.getppid() != parent:  # the daemon is gone, and another may start one
                return
        work.result()
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)


def main() -> None:
    """Work until idle, or told to stop."""
    parser = argparse.ArgumentParser(prog="rabta.outbox.serve")
    parser.add_argument("store", type=Path)
    parser.add_argument("--config", type=Path)
    given = parser.parse_args()
    with contextlib.suppress(asyncio.CancelledError):
        asyncio.run(_run(given.store, given.config))


if __name__ == "__main__":
    main()
