"""The daemon's steering: a process of its own, where the user wants the routes set."""

import asyncio
import contextlib
import logging
import sys
from pathlib import Path

from rabta.config import Config


log = logging.getLogger(__name__)

_AGAIN = 30.0  # seconds after it was refused: another program may have ended


async def keep_steered(config: Config, store: Path) -> None:
    """Have the routes follow the beliefs as long as the daemon runs."""
    if not config.steer.apply:
        return
    chosen = [str(config.file)] if config.file else []
    while True:
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "rabta.steer.serve", str(store), *chosen
        )
        try:
            code = await child.wait()
        except asyncio.CancelledError:
            with contextlib.suppress(ProcessLookupError):
                child.terminate()
            await child.wait()
            raise
        log.warning("steering ended with %d; again in %g s", code, _AGAIN)
        await asyncio.sleep(_AGAIN)
