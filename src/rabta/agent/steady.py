"""A wall clock that does not step under running measurements."""

from rabta.clock import SECOND, Clock


_TOLERATED = 2 * SECOND  # NTP slews below this; an administrator steps above it


class SteadyClock:
    """Wall time carried on by the monotonic clock between looks at the system's.

    A day of probes must not be torn apart because somebody set the clock: within one
    stretch, times only ever move forward at the true rate.
    """

    def __init__(self, system: Clock) -> None:
        self._system = system
        self._anchor = system.now()
        self._started = system.monotonic()

    def now(self) -> int:
        """Microseconds UTC."""
        elapsed = self._system.monotonic() - self._started
        return self._anchor + int(elapsed * SECOND)

    def monotonic(self) -> float:
        """Seconds that never step."""
        return self._system.monotonic()

    def look(self) -> int:
        """Follow the system's clock; return the step in microseconds, 0 if none.

        A machine that slept looks the same as a clock set forward: either way nothing
        was measured in between.
        """
        step = self._system.now() - self.now()
        if step == 0:
            return 0
        self._anchor += step
        return step if abs(step) > _TOLERATED else 0
