"""A timer that tells a late answer from a late reader.

On a busy machine this process may sleep past the moment an answer is due, with the
answer waiting in the socket. What was missed then says nothing of the line.
"""

import asyncio
from collections.abc import Callable
from typing import Final


_HELD_UP: Final = 0.05
"""Seconds a timer may be late before the delay is ours."""
_MOST: Final = 0.25
"""Seconds given for that, once: a dead line is told on a busy machine too."""


class Overdue:
    """Calls *tell* after *seconds*, and the time this process was held up for."""

    __slots__ = ("_at", "_forgiven", "_loop", "_tell", "_timer")

    def __init__(self, seconds: float, tell: Callable[[], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._tell = tell
        self._at = self._loop.time() + seconds
        self._forgiven = False
        self._timer = self._loop.call_at(self._at, self._due)

    def cancel(self) -> None:
        """The answer has come, or nobody waits for it any more."""
        self._timer.cancel()

    def _due(self) -> None:
        now = self._loop.time()
        held_up = now - self._at
        if held_up <= _HELD_UP or self._forgiven:
            self._tell()
            return
        self._forgiven = True
        self._timer = self._loop.call_at(now + min(held_up, _MOST), self._due)
