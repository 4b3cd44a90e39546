"""What services say of themselves: incidents of their status pages, from the store.

They get there by ``rabta fetch`` or ``rabta import``; the daemon asks no status page.
"""

import asyncio
import logging
from collections.abc import Callable

from rabta.clock import DAY, Clock
from rabta.errors import StoreError
from rabta.model import Report
from rabta.store import Store


log = logging.getLogger(__name__)

SOURCE = "status-page"
_LOOK = 60.0
_LASTS = DAY
"""An incident whose end nobody told is believed for so long."""


async def keep_announced(
    store: Store, clock: Clock, tell: Callable[[tuple[str, ...]], None]
) -> None:
    """Tell which services report an incident, every minute."""
    while True:
        now = clock.now()
        try:
            found = await asyncio.to_thread(
                store.reports, start=now - _LASTS, stop=now + 1, source=SOURCE
            )
        except StoreError as error:
            log.info("status pages in the store cannot be read: %s", error)
        else:
            tell(announced(found, now))
        await asyncio.sleep(_LOOK)


def announced(found: list[Report], now: int) -> tuple[str, ...]:
    """Name the services of which an incident lasts at *now*."""
    lasting = (
        one.entity.partition("/")[2]
        for one in found
        if one.entity.startswith("service/")
        and one.start <= now
        and (one.end is None or one.end > now)
    )
    return tuple(sorted(set(lasting)))
