"""Have what people should be told queued, by the disruptions on record."""

import asyncio
import logging

from rabta.alerts.channels import host_of
from rabta.alerts.policy import orders_for
from rabta.clock import DAY, HOUR, Clock
from rabta.config import Config
from rabta.errors import RabtaError
from rabta.store import Store
from rabta.store.outbox import Queue


log = logging.getLogger(__name__)

_LOOK = 2.0
_BEFORE = HOUR
"""How long before a start a disruption may have begun and still be told: what broke
while this machine restarted is news, what broke last week is not."""


async def keep_alerts(config: Config, store: Store, clock: Clock) -> None:
    """Queue alerts as long as the daemon runs; nothing to do without a channel."""
    since = clock.now() - _BEFORE
    while config.channels:
        try:
            await asyncio.to_thread(queue_alerts, config, store, clock, since)
        except RabtaError as error:
            log.warning("alerts cannot be queued: %s", error)
        await asyncio.sleep(_LOOK)


def queue_alerts(config: Config, store: Store, clock: Clock, since: int) -> None:
    """Queue what is due now and was not queued before."""
    now = clock.now()
    disruptions = store.disruptions(
        start=max(since, now - DAY), own_only=True, limit=200
    )
    if not disruptions:
        return
    with Queue.open(store.path, clock=clock) as queue:

        def told(key: str) -> bool:
            return queue.find(key) is not None

        for channel in config.channels:
            due = orders_for(disruptions, channel, since, now, told)
            if new := [order for order in due if not told(order.key)]:
                queue.add([(order, host_of(channel)) for order in new])
