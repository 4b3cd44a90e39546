"""What the daemon hands to whoever watches."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Literal, Protocol

from rabta.model.observation import Observation
from rabta.model.status import Status


@dataclass(frozen=True, slots=True)
class LiveEvent:
    """One push: a new status, or the observations since the last push."""

    kind: Literal["status", "samples"]
    status: Status | None = None
    samples: tuple[Observation, ...] = ()


class Live(Protocol):
    """The running daemon, as the API sees it."""

    def status(self) -> Status:
        """Return the newest status."""

    def subscribe(self) -> AbstractAsyncContextManager[AsyncIterator[LiveEvent]]:
        """Follow the daemon; a slow reader loses samples, never the newest status."""
