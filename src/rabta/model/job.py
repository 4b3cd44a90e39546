"""Queued work: what is asked for, what it needs, and what became of it.

No secret is ever part of a job: where one is needed its value holds a reference such
as ``{file:/path}``, ``{env:NAME}`` or ``{keyring:service/user}``.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from rabta.model.message import Message


class JobState(StrEnum):
    """Where a job stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    """Given up; ``rabta outbox retry`` queues it again."""
    CANCELLED = "cancelled"


class Rerun(StrEnum):
    """When a command that ended with an error is run again."""

    OUTAGE = "outage"
    """Only if the line was disturbed while it ran, or its exit code says so."""
    ALWAYS = "always"
    NEVER = "never"


class Check(StrEnum):
    """How an upload is verified once all bytes are there."""

    AUTO = "auto"
    """By the digest the far side tells, where it tells one."""
    READ_BACK = "read-back"
    """By reading it back, which costs its size again."""
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Command:
    """A program and its arguments, never a shell's text."""

    argv: tuple[str, ...]
    folder: str
    environment: tuple[tuple[str, str], ...] = ()
    """All it gets of an environment; values may hold references to secrets."""
    rerun: Rerun = Rerun.OUTAGE


def lies_between(minute: int, start: int, end: int) -> bool:
    """Whether a minute of the day lies in hours that may go over midnight.

    Equal ends are all day.
    """
    begun, over = minute >= start, minute >= end
    return begun or not over if start >= end else begun and not over


@dataclass(frozen=True, slots=True)
class Limit:
    """How much of a line a transfer may take, and at which hours."""

    bits_per_second: float = 0.0
    """0 for no limit."""
    start: int = 0
    end: int = 0
    """Minutes of the local day between which it holds; equal: all day."""

    def at(self, minute: int) -> float:
        """Return the bits per second in force at a *minute* of the day; 0 for none."""
        hold = lies_between(minute, self.start, self.end)
        return self.bits_per_second if hold else 0.0


NO_LIMIT = Limit()


@dataclass(frozen=True, slots=True)
class Upload:
    """A file to send."""

    file: str
    url: str
    headers: tuple[tuple[str, str], ...] = ()
    limit: Limit = NO_LIMIT
    check: Check = Check.AUTO


@dataclass(frozen=True, slots=True)
class Download:
    """A file to get; it appears under its name only when it is whole."""

    url: str
    file: str
    headers: tuple[tuple[str, str], ...] = ()
    limit: Limit = NO_LIMIT
    sha256: str = ""
    """Hexadecimal; empty when it is not known beforehand."""
    overwrite: bool = False
    """Whether it may take the place of a file that is there when it is whole."""


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP request; the idempotency key of the job goes with it."""

    url: str
    method: str = "POST"
    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""


@dataclass(frozen=True, slots=True)
class Push:
    """A git push of one commit to a branch; pushed again, it changes nothing."""

    folder: str
    remote: str = "origin"
    branch: str = ""
    commit: str = ""
    """What the branch pointed to when it was queued."""
    host: str = ""
    """Where the remote is; empty for a folder, and where that was not asked."""


@dataclass(frozen=True, slots=True)
class Note:
    """A message to people over one channel of the configuration."""

    channel: str
    title: str
    text: str
    happened: int
    """When what it tells of happened, microseconds UTC; not when it is sent."""


@dataclass(frozen=True, slots=True)
class Discard:
    """What an upload that was given up has left in a store, to be removed there."""

    url: str
    upload: str
    """What the store calls the upload."""


Work = Command | Upload | Download | Call | Push | Note | Discard


@dataclass(frozen=True, slots=True)
class Needs:
    """What must hold before a job starts."""

    line: bool = True
    """False for work that needs no line at all."""
    uplink: str = ""
    """Only over this one; empty for any."""
    service: str = ""
    corridor: str = ""
    unmetered: bool = False
    bits_per_second: float = 0.0
    """Of the last throughput measured; an uplink that was never measured may try."""
    between: tuple[int, int] = (0, 0)
    """Minutes of the local day between which it goes; equal: at any time."""


@dataclass(frozen=True, slots=True)
class Retry:
    """How to go on after errors of the other side; lines that fail cost no attempt."""

    attempts: int = 10
    """Before it is given up; 0 for never."""
    first_seconds: float = 10.0
    longest_seconds: float = 3600.0

    def pause(self, failures: int) -> float:
        """Return the seconds to wait after so many failures in a row, at least one."""
        # 2 to the 40th is beyond any limit, and still a number
        grown = self.first_seconds * 2.0 ** min(max(0, failures - 1), 40)
        return min(self.longest_seconds, grown)


@dataclass(frozen=True, slots=True)
class Order:
    """Work as it is queued."""

    work: Work
    title: str
    priority: int = 0
    """Higher goes first."""
    deadline: int | None = None
    """Microseconds UTC; a promise to be told about, work is done even after it."""
    needs: Needs = field(default_factory=Needs)
    retry: Retry = field(default_factory=Retry)
    key: str = ""
    """Idempotency key: queued again, it is the same job; empty for none."""
    after: tuple[int, ...] = ()
    """Numbers of the jobs that must be done before."""
    size: int | None = None
    """Bytes it will move, where that is known."""


@dataclass(frozen=True, slots=True)
class Job:
    """One piece of queued work and where it stands."""

    id: int
    order: Order
    state: JobState
    created: int
    waits_for: int = 0
    """How many of the jobs it comes after are not done."""
    failures: int = 0
    """Errors of the other side in a row."""
    runs: int = 0
    done_bytes: int = 0
    uplink: str = ""
    """Over which it last went."""
    says: Message | None = None
    """Why it waits, what became of it."""
    due: int | None = None
    """Not before this, after an error of the other side."""
    exit_code: int | None = None
    started: int | None = None
    finished: int | None = None
    token: str = ""
    """What a transfer needs to go on where it stopped."""
    lease: str = ""
    """Who works on it; empty for nobody."""
    seen: int | None = None
    """Last sign of life of whoever works on it."""


@dataclass(frozen=True, slots=True)
class Run:
    """One attempt at a job."""

    job: int
    started: int
    ended: int
    uplink: str
    outcome: str
    """``done``, ``line``, ``server``, ``failed``, ``stopped`` or ``lost``."""
    says: Message | None
    moved_bytes: int


@dataclass(frozen=True, slots=True)
class Forecast:
    """What is expected of one uplink; None where too little is known to say."""

    uplink: str
    probability: float | None
    """That the job is done by its deadline."""
    median_seconds: float | None
    """Until it is done at the usual rate, without an outage."""
    cases: int
    """How many moments of the past it rests on."""
