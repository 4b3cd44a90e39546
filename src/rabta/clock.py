"""Time, injected: the only module that asks the system what time it is."""

import time
from pathlib import Path
from typing import Protocol


SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

_BOOT = Path("/proc/sys/kernel/random/boot_id")


class Clock(Protocol):
    """What every part that needs time is handed."""

    def now(self) -> int:
        """Wall clock, integer microseconds since the Unix epoch, UTC."""

    def monotonic(self) -> float:
        """Seconds that never step, for durations and timeouts."""

    def asleep(self) -> float:
        """Seconds for which the machine slept so far, 0 where it does not say."""


class SystemClock:
    """The machine's clocks."""

    def now(self) -> int:
        """Wall clock, integer microseconds since the Unix epoch, UTC."""
        return time.time_ns() // 1000

    def monotonic(self) -> float:
        """Seconds that never step."""
        return time.monotonic()

    def asleep(self) -> float:
        """Seconds for which the machine slept: CLOCK_BOOTTIME less CLOCK_MONOTONIC."""
        boot = getattr(time, "CLOCK_BOOTTIME", None)
        return 0.0 if boot is None else time.clock_gettime(boot) - time.monotonic()


def since_boot() -> tuple[str, int]:
    """Return which start of the machine this is, and microseconds since then.

    The time runs on while the machine sleeps and is never set; the name is empty where
    the system does not say.
    """
    try:
        name = _BOOT.read_text("ascii").strip()
    except OSError:
        name = ""
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    now = time.monotonic_ns() if clock is None else time.clock_gettime_ns(clock)
    return name, now // 1000


class ManualClock:
    """A clock that moves only when told to: replay, demo and tests."""

    def __init__(self, start: int) -> None:
        self._now = start
        self._monotonic = 0.0
        self._asleep = 0.0

    def now(self) -> int:
        """Return the time it was last set to, in microseconds UTC."""
        return self._now

    def monotonic(self) -> float:
        """Seconds it was advanced by in all."""
        return self._monotonic

    def asleep(self) -> float:
        """Seconds it slept in all."""
        return self._asleep

    def sleep(self, microseconds: int) -> None:
        """Have the wall clock go on while the machine sleeps."""
        self._now += microseconds
        self._asleep += microseconds / SECOND

    def advance(self, microseconds: int) -> None:
        """Move both clocks forward."""
        self._now += microseconds
        self._monotonic += microseconds / SECOND

    def step(self, microseconds: int) -> None:
        """Step the wall clock alone, as an administrator or NTP would."""
        self._now += microseconds
