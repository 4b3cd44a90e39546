"""Steering as a process: in a terminal, or beside the daemon that started it."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from rabta.clock import SystemClock
from rabta.config import Config, load
from rabta.errors import RabtaError
from rabta.probes.uplinks import names_of
from rabta.steer.document import Decision
from rabta.steer.lines import Lines
from rabta.steer.steerer import Steerer


_LOOK = 0.5  # seconds between looks whether the daemon lives
_UNTOLD = 1.0  # seconds a look waits for the daemon's beliefs


def look(config: Config) -> Decision:
    """Return where traffic would go now; nothing is set."""

    async def once() -> Decision:
        lines = _lines(config)
        async with lines.followed():
            if lines.beliefs is None:
                await lines.news(lines.version, _UNTOLD)
            return Steerer(config, lines, SystemClock()).decide()

    return asyncio.run(once())


async def apply(
    config: Config, tell: Callable[[Decision], None], *, parent: int | None = None
) -> None:
    """Set the routes until stopped, telling *tell* whenever something changed.

    With *parent*, as long as that process lives.

    Raises:
        PlatformError: routes cannot be set here, or another program sets them.
    """
    work = asyncio.create_task(_apply(config, tell))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, work.cancel)
    look = None if parent is None else _LOOK
    while not work.done() and parent in {None, os.getppid()}:
        await asyncio.wait((work,), timeout=look)
    work.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await work


async def _apply(config: Config, tell: Callable[[Decision], None]) -> None:
    lines = _lines(config)
    async with lines.followed():
        await Steerer(config, lines, SystemClock()).run(tell)


def _lines(config: Config) -> Lines:
    return Lines(config.store.path, names_of(config.uplinks), SystemClock())


def main() -> None:
    """Steer for the daemon; the store's folder and perhaps its configuration follow."""
    parent = os.getppid()
    store, *file = map(Path, sys.argv[1:3])
    try:
        config = load(file[0] if file else None, flags={("store", "path"): store})
        asyncio.run(apply(config, lambda _: None, parent=parent))
    except RabtaError as error:
        sys.exit(f"rabta steer: {error}")


if __name__ == "__main__":
    main()
