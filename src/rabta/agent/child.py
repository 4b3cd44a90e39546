"""A module that runs beside the daemon, as a process of its own."""

import asyncio
import contextlib
import sys


async def run_beside(module: str, *words: str) -> int:
    """Run *module* with *words* to its end; its exit code.

    Cancelled, it is told to end, and waited for: it must not write to a folder that
    goes away.
    """
    child = await asyncio.create_subprocess_exec(sys.executable, "-m", module, *words)
    try:
        return await child.wait()
    except asyncio.CancelledError:
        with contextlib.suppress(ProcessLookupError):
            child.terminate()
        await child.wait()
        raise
