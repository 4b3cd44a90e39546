"""The uplinks now, and again after every change."""

import asyncio
import contextlib
import logging
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Final

from rabta.model import Uplink
from rabta.probes.uplinks import portable
from rabta.probes.uplinks.conflict import ArpWatch
from rabta.probes.uplinks.describe import describe, describe_portable, with_disputes
from rabta.probes.uplinks.memory import Memory
from rabta.probes.uplinks.names import Names
from rabta.probes.uplinks.netlink import follow, read_tables


log = logging.getLogger(__name__)

DEBOUNCE: Final = 0.05
"""Seconds: one change of the network is several changes of its tables."""
SETTLE: Final = 2.0
"""Seconds after which DHCP clients have written their files, too."""
RECHECK: Final = 10.0
"""Seconds between looks where the system announces nothing."""

_ROOT = Path("/")


async def look(
    names: Mapping[str, Names] | None = None, *, root: Path = _ROOT
) -> tuple[Uplink, ...]:
    """Return the uplinks as they are now, without any history."""
    memory = Memory()
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            return describe(await read_tables(), memory, names or {}, root, 0.0)
    found = await portable.read_uplinks()
    return describe_portable(found, memory, names or {}, root, 0.0)


async def watch(
    names: Mapping[str, Names] | None = None, *, root: Path = _ROOT
) -> AsyncIterator[tuple[Uplink, ...]]:
    """Yield the uplinks, best first, at once and then after every change.

    One that lost its route or its carrier stays, marked so; one whose interface is
    gone stays for ``memory.GRACE`` seconds. No default route is an empty tuple.

    Args:
        names: what the user said of an interface, by its name. Interfaces named here
            are uplinks even while they have no default route, or do not exist.
        root: where ``etc``, ``run``, ``sys`` and ``var`` are looked for.
    """
    memory = Memory()
    followed = False
    while sys.platform == "linux":
        try:
            async for uplinks in _watch_netlink(names or {}, memory, root):
                followed = True
                yield uplinks
        except OSError as error:
            if not followed:
                log.warning("no netlink here, looking now and then: %s", error)
                break
            log.warning("netlink failed, listening anew: %s", error)
            await asyncio.sleep(SETTLE)
    async for uplinks in watch_portable(names, root=root):
        yield uplinks


async def watch_portable(
    names: Mapping[str, Names] | None = None,
    *,
    root: Path = _ROOT,
    recheck: float = RECHECK,
) -> AsyncIterator[tuple[Uplink, ...]]:
    """Do what ``watch`` does without events: look every *recheck* seconds."""
    memory = Memory()
    now = asyncio.get_running_loop().time
    last = None
    while True:
        found = await portable.read_uplinks()
        uplinks = describe_portable(found, memory, names or {}, root, now())
        if uplinks != last:
            last = uplinks
            yield uplinks
        await asyncio.sleep(recheck)


async def _watch_netlink(
    names: Mapping[str, Names], memory: Memory, root: Path
) -> AsyncIterator[tuple[Uplink, ...]]:
    wake = asyncio.Event()
    now = asyncio.get_running_loop().time
    last = None
    listener = asyncio.create_task(follow(wake))
    listener.add_done_callback(lambda _: wake.set())
    arp = _arp_watch(wake)
    try:
        woken = await _woken(wake, None)
        while True:
            if listener.done():
                listener.result()
            tables = await read_tables()
            uplinks = describe(tables, memory, names, root, now())
            if arp is not None:
                uplinks = with_disputes(uplinks, tables, arp)
            if uplinks != last:
                last = uplinks
                yield uplinks
            wait = memory.wait(now())
            if woken:
                wait = SETTLE if wait is None else min(wait, SETTLE)
            woken = await _woken(wake, wait)
    finally:
        if arp is not None:
            arp.close()
        listener.cancel()
        await asyncio.gather(listener, return_exceptions=True)


async def _woken(wake: asyncio.Event, wait: float | None) -> bool:
    """Wait for a change and for what comes with it, at most *wait* seconds."""
    try:
        async with asyncio.timeout(wait):
            await wake.wait()
    except TimeoutError:
        return False
    await asyncio.sleep(DEBOUNCE)
    wake.clear()
    return True


def _arp_watch(wake: asyncio.Event) -> ArpWatch | None:
    try:
        return ArpWatch(wake.set)
    except OSError as error:
        log.info("address conflicts cannot be seen: %s", error)
        return None
