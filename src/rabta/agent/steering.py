"""The daemon's steering: a process of its own, where the user wants the routes set."""

import asyncio
import logging
from pathlib import Path

from rabta.agent.child import run_beside
from rabta.config import Config


log = logging.getLogger(__name__)

_AGAIN = 30.0  # seconds after it was refused: another program may have ended


async def keep_steered(config: Config, store: Path) -> None:
    """Have the routes follow the beliefs as long as the daemon runs."""
    if not config.steer.apply:
        return
    chosen = [str(config.file)] if config.file else []
    while True:
        code = await run_beside("rabta.steer.serve", str(store), *chosen)
        log.warning("steering ended with %d; again in %g s", code, _AGAIN)
        await asyncio.sleep(_AGAIN)
