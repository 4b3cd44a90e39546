"""Whether a service that works still fails more often than chance: now and then."""

from collections import deque
from math import comb
from typing import Final

from rabta.clock import MINUTE, SECOND


_KEPT: Final = 20
_WITHIN: Final = 30 * MINUTE
_APART: Final = 45 * SECOND
"""Questions asked again at once would count one bad moment several times."""
_USUAL: Final = 0.02
"""Of single checks of a service that is well, over a line that is well."""
_CHANCE: Final = 1e-3
_SHARE: Final = 0.15
"""Less is not felt at work."""


class Lately:
    """Checks of a whole service, one a minute at most, over the last half hour."""

    __slots__ = ("_seen",)

    def __init__(self) -> None:
        self._seen: deque[tuple[int, bool]] = deque(maxlen=_KEPT)

    def take(self, time: int, *, good: bool) -> None:
        """Take in one check, at *time* in microseconds UTC."""
        if not self._seen or time - self._seen[-1][0] >= _APART:
            self._seen.append((time, good))

    def settle(self, since: int) -> None:
        """Count what failed from *since* on once: outages have their own verdict."""
        while len(self._seen) > 1 and self._seen[-2][0] >= since:
            self._seen.pop()

    def failing(self, after: int, now: int) -> tuple[int, int]:
        """Return (failed, checks) where that many are no accident, else zeros.

        What came before *after*, when the line itself was out, tells nothing. The
        bound is the exact binomial tail of *failed* or more of *checks*.
        """
        start = max(after, now - _WITHIN)
        seen = [good for time, good in self._seen if time >= start]
        checks, failed = len(seen), seen.count(False)
        if failed < _SHARE * checks or not failed:
            return 0, 0
        chance = sum(
            comb(checks, k) * _USUAL**k * (1 - _USUAL) ** (checks - k)
            for k in range(failed, checks + 1)
        )
        return (failed, checks) if chance < _CHANCE else (0, 0)
