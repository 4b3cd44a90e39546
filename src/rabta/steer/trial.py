"""Whether new traffic, as any program would send it, gets anywhere."""

import asyncio
from collections.abc import Sequence

from rabta.config import Config
from rabta.config.targets import targets
from rabta.model import Probe, Rung


PATIENCE = 3.0  # seconds


def anchors(config: Config) -> tuple[tuple[str, int], ...]:
    """Return the addresses and ports that are reached from anywhere."""
    return tuple(
        (target.host, target.port)
        for target in targets(config)
        if target.rung is Rung.ANYCAST and Probe.TCP in target.probes
    )


async def carries(places: Sequence[tuple[str, int]], family: int) -> bool:
    """Connect to all of *places* of a family at once, by the system's own routes.

    One answer is enough, be it a refusal. Without places nothing is known, and nothing
    is held against the route.
    """
    mine = [place for place in places if (":" in place[0]) == (family == 6)]
    if not mine:
        return True
    tries = {asyncio.create_task(_answers(*place)) for place in mine}
    try:
        async with asyncio.timeout(PATIENCE):
            for one in asyncio.as_completed(tries):
                if await one:
                    return True
    except TimeoutError:
        return False
    finally:
        for task in tries:
            task.cancel()
        await asyncio.gather(*tries, return_exceptions=True)
    return False


async def _answers(host: str, port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection(host, port)
    except ConnectionRefusedError:
        return True
    except OSError:
        await asyncio.sleep(PATIENCE)  # an "unreachable" may pass while routes settle
        return False
    writer.close()
    return True
