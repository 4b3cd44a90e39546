"""What the agent offers to those who watch it live."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Literal, Protocol

from rabta.model.observation import Observation
from rabta.model.status import Status
from rabta.model.target import Probe


@dataclass(frozen=True, slots=True)
class LiveEvent:
    """One piece of news: a new status document or new samples."""

    kind: Literal["status", "samples"]
    status: Status | None = None
    """The whole document, when it changed; at most twice a second."""
    samples: tuple[Observation, ...] = ()
    """Observations since the last event, for the moving charts; oldest first."""


@dataclass(frozen=True, slots=True)
class ProbeCount:
    """How often one target was probed in one way since the agent started."""

    uplink: str
    family: int
    target: str
    probe: Probe
    sent: int
    """Without those that could not leave this machine."""
    lost: int
    """Of these: without a good answer, whatever the failure."""


class Live(Protocol):
    """A running agent, as the API sees it."""

    def status(self) -> Status:
        """Return the newest document."""

    def counts(self) -> Sequence[ProbeCount]:
        """Return what was probed since the start, in no order."""

    def subscribe(self) -> AbstractAsyncContextManager[AsyncIterator[LiveEvent]]:
        """Watch from now on.

        A subscriber that does not keep up loses samples, never the newest status.
        Leaving the context ends the subscription.
        """
