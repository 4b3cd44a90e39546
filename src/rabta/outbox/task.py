"""A job at work: where it may go, how far it is, and whether it is still wanted."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

from rabta.clock import Clock
from rabta.model import Job
from rabta.outbox.limit import may_go
from rabta.outbox.outcome import Outcome
from rabta.steer.lines import Lines
from rabta.steer.ways import Way


_LOOK = 10.0  # seconds: hours begin without news of a line

Keep = Callable[[int, str, str], Awaitable[None]]
"""Takes bytes done, resume token and uplink; raises ``CancelledError`` when the job
is no longer ours."""
Leave = Callable[[str], Awaitable[None]]
"""Takes the token of what was begun and will not be gone on with."""


async def _leave_nothing(_: str) -> None:
    return None


@dataclass(slots=True)
class Task:
    """What a runner is handed; and where it keeps its traces."""

    job: Job
    host: str
    lines: Lines
    clock: Clock
    keep: Keep
    leave: Leave = _leave_nothing
    folder: str = ""
    """Where the queue lies; runs leave their traces below it."""
    foreground: bool = False
    """Whether a person watches: commands then have the terminal."""
    leans: bool = False
    """Whether what it started has its way out by this worker, and ends with it."""
    unwanted: bool = False
    """Cancelled by its owner: what it started ends, too."""
    token: str = ""
    done_bytes: int = 0
    uplink: str = ""
    _kept_at: float = field(default=float("-inf"))

    def ways(self) -> tuple[Way, ...]:
        """Return the ways that are open to this job now, best first."""
        in_time = may_go(self.job.order.needs, self.clock.now())
        return self.open_ways() if in_time else ()

    def open_ways(self) -> tuple[Way, ...]:
        """Return those that are open at all, whatever the hours of the job."""
        return self.lines.ways(self.job.order.needs, self.host)

    async def remember(self, token: str) -> None:
        """Keep what is needed to go on here after a crash."""
        self.token = token
        await self.keep(self.done_bytes, token, self.uplink)

    async def moved(self, done_bytes: int, uplink: str) -> None:
        """Note how far it is; written once a second."""
        self.done_bytes, self.uplink = done_bytes, uplink
        now = self.clock.monotonic()
        if now - self._kept_at >= 1.0:
            self._kept_at = now
            await self.keep(done_bytes, self.token, uplink)

    async def another_way(self, seconds: float) -> bool:
        """Wait until a way is open, at most *seconds*; whether one is."""
        end = self.clock.monotonic() + seconds
        while not self.ways():
            left = end - self.clock.monotonic()
            if left <= 0:
                return False
            await self.lines.news(self.lines.version, min(left, _LOOK))
        return True


class Runner(Protocol):
    """Does one kind of work."""

    def __call__(self, task: Task, /) -> Awaitable[Outcome]:
        """Do the job once; raise ``LineError``, ``ServerError`` or ``FinalError``."""
