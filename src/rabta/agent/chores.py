"""What the daemon does now and then: paths, power, sealing."""

import asyncio
import contextlib
import logging
import sys
from collections.abc import Callable

from rabta.agent.child import run_beside
from rabta.agent.detection import Detection
from rabta.agent.own_facts import MainsBook
from rabta.agent.runner import Runner
from rabta.clock import HOUR, MINUTE, Clock
from rabta.config import Config
from rabta.model import Mains
from rabta.probes import power
from rabta.store import Store


log = logging.getLogger(__name__)

_TRACE = 600.0
_TRACE_SOON = 20.0
_POWER = 10.0
_LOOK = 60.0
_REFUSED = 600.0
_SEAL = 3600.0
_LEARNT = 3600.0
_CLOSE = 3 * MINUTE
"""After the end of an hour, when all that was measured in it is on the disk."""


async def keep_paths(runner: Runner) -> None:
    """Learn each line's first hop beyond the gateway, every ten minutes.

    A line of which it is not known, because it has just come (back), is asked soon.
    """
    loop = asyncio.get_running_loop()
    due = 0.0
    while True:
        lines = [rig.key for rig in runner.rigs.all()]
        if loop.time() >= due:
            due = loop.time() + _TRACE
        else:
            lines = [key for key in lines if not runner.rigs.first_hop(key)]
        await asyncio.gather(*(runner.trace(key) for key in lines))
        await asyncio.sleep(_TRACE_SOON)


async def keep_power(
    config: Config, tell: Callable[[Mains], None], book: MainsBook
) -> None:
    """Ask about mains power; write down when it fails and returns."""
    while True:
        mains = await power.mains(nut=config.power.nut)
        tell(mains)
        await asyncio.to_thread(book.told, mains)
        await asyncio.sleep(_POWER)


async def keep_learnt(detection: Detection) -> None:
    """Save what is usual, every hour."""
    while True:
        await asyncio.sleep(_LEARNT)
        await asyncio.to_thread(detection.write, detection.dump())


async def keep_sealed(store: Store) -> None:
    """Seal closed hours, every hour."""
    while True:
        await asyncio.sleep(_SEAL)
        await seal(store)


async def keep_closed(config: Config, store: Store, clock: Clock) -> None:
    """Have hours that ended hashed into the evidence log, some minutes after each.

    Looks at the clock every minute, as it may be set.
    """
    words = [str(store.path)]
    if server := config.evidence.timestamp_server:
        words += ["--timestamp-server", server]
    closed = -1
    while True:
        await asyncio.sleep(_LOOK)
        hour = (clock.now() - _CLOSE) // HOUR
        if hour == closed:
            continue
        if await run_beside("rabta.report.evidence.close", *words):
            log.warning("no hour was closed for the evidence log; it is tried again")
            await asyncio.sleep(_REFUSED)
        else:
            closed = hour


async def seal(store: Store) -> None:
    """Seal closed hours in a child process, so that this one stays small."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "rabta.store.seal",
        str(store.path),
        "--raw-days",
        str(store.retention.raw_days),
        "--minute-days",
        str(store.retention.minute_days),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        _, stderr = await child.communicate()
    except asyncio.CancelledError:
        with contextlib.suppress(ProcessLookupError):
            child.terminate()
        await child.communicate()  # it must not write to a folder that goes away
        raise
    if child.returncode:
        log.warning("sealing failed: %s", stderr.decode(errors="replace").strip())
