"""A wall clock that does not step under running measurements."""

from typing import NamedTuple

from rabta.clock import SECOND, Clock


_TOLERATED = 2 * SECOND  # NTP slews below this; an administrator steps above it


class Jump(NamedTuple):
    """Time that went by without being measured, in microseconds."""

    slept: int = 0
    """For which the machine slept, which is in order."""
    stepped: int = 0
    """By which somebody set the clock; below 0 back."""


class SteadyClock:
    """Wall time carried on by the monotonic clock between looks at the system's.

    A day of probes must not be torn apart because somebody set the clock: within one
    stretch, times only ever move forward at the true rate.
    """

    def __init__(self, system: Clock) -> None:
        self._system = system
        self._anchor = system.now()
        self._started = system.monotonic()
        self._slept = system.asleep()

    def now(self) -> int:
        """Microseconds UTC."""
        elapsed = self._system.monotonic() - self._started
        return self._anchor + int(elapsed * SECOND)

    def monotonic(self) -> float:
        """Seconds that never step."""
        return self._system.monotonic()

    def asleep(self) -> float:
        """Seconds for which the machine slept so far."""
        return self._system.asleep()

    def look(self) -> Jump:
        """Follow the system's clock; tell by how much it went ahead of this one.

        Where the system does not say that it slept, that looks like a clock set
        forward: either way nothing was measured in between.
        """
        ahead = self._system.now() - self.now()
        slept = int((self._system.asleep() - self._slept) * SECOND)
        self._anchor += ahead
        self._slept += slept / SECOND
        if slept <= _TOLERATED:
            slept = 0
        stepped = ahead - slept
        return Jump(slept, stepped if abs(stepped) > _TOLERATED else 0)
