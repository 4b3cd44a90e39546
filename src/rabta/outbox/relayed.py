"""A relay of one job's own, by which an installed program goes over the job's uplink.

Such programs bind to an address at best, which the system's routes do not heed: what is
meant for one uplink leaves by another, metered or dead. Here each connection takes a
way that is open to the job, and is ended when its line dies.
"""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from rabta.config import Relay as Settings
from rabta.config import RelayRule
from rabta.outbox.task import Task


_HOME = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Proxy:
    """Where the relay is, and what it wants to hear."""

    port: int
    token: str

    @property
    def authority(self) -> str:
        """User, password, host and port as URLs have them."""
        return f"rabta:{self.token}@{_HOME}:{self.port}"


@asynccontextmanager
async def relayed(task: Task) -> AsyncIterator[Proxy | None]:
    """Serve the programs of *task* while inside; None where no uplink is needed."""
    ways = task.ways()
    if not any(way.uplink for way in ways):
        yield None
        return
    from rabta.steer.relay.listen import listen
    from rabta.steer.relay.server import Relay

    open_to_it = {way.uplink for way in ways}
    others = {one.name for one in task.lines.uplinks} - open_to_it
    rule = RelayRule(
        ("*",), ways[0].uplink, task.job.order.needs.unmetered, tuple(sorted(others))
    )
    token = secrets.token_hex(16)
    with listen(_HOME, 0) as opened:
        relay = Relay(Settings(rule=(rule,)), task.lines, opened, token=token)
        async with relay.serving():
            yield Proxy(opened.getsockname()[1], token)
