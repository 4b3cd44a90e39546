"""Whether a service that works still fails now and then, more often than chance.

Every whole check that counts weighs the log of how much likelier its outcome is for a
service that fails 30 % of its checks than for one that fails 2 %: +2.7 when it failed,
-0.34 when not (Wald 1945). The heaviest stretch in a row within two hours tells, as in
Page's test (Basseville and Nikiforov 1993, 2.2).

**False alarms.** Say a peaceful service fails its checks independently of each other,
one in fifty or fewer. The likelihood ratio of a stretch that begins at a given check is
then a supermartingale that starts at 1, so it ever reaches B with probability 1 / B at
most (Ville 1939), and some stretch of a year's N checks does with N / B at most. B is
``N / _FALSE``: of a hundred peaceful services, over one line each, at most one is
called unsteady in a year. A whole check is a connection that sends again what was lost,
so a line that loses a few packets does not make it fail; how long a service is down at
a time, and what a line does to all, is not independent, and is passed over here.

**Power.** At 30 % it takes about 35 checks; below 16 % two hours are too short.
"""

from collections import deque
from dataclasses import dataclass
from math import log
from typing import Final

from rabta.clock import DAY, HOUR, MINUTE, SECOND


MARGIN: Final = 2 * MINUTE
"""Around what explains a failure otherwise: twelve seconds that a check may take, and
what a line takes to be seen out, or lossy."""

_USUAL: Final = 0.02
_UNSTEADY: Final = 0.3
_BAD: Final = log(_UNSTEADY / _USUAL)
_GOOD: Final = log((1 - _UNSTEADY) / (1 - _USUAL))
_FALSE: Final = 0.01
"""Peaceful services that may be called unsteady in a year."""
_ENOUGH: Final = log(365 * DAY / MINUTE / _FALSE)
_WITHIN: Final = 2 * HOUR
_OVER: Final = 30 * MINUTE
"""So long without a failure ends it."""
_APART: Final = 45 * SECOND
"""Questions asked again at once would count one bad moment several times."""


@dataclass(frozen=True, slots=True)
class Unsteady:
    """So many of the latest checks failed that it is no accident."""

    failed: int
    checks: int
    since: int
    """The first of those that failed, microseconds UTC."""

    @property
    def share(self) -> float:
        """Of the checks, 0 to 1."""
        return self.failed / self.checks


class Lately:
    """Whole checks of one service over one line, one a minute at most.

    All times are microseconds UTC.
    """

    __slots__ = ("_checks", "_passed")

    def __init__(self) -> None:
        self._checks: deque[tuple[int, bool]] = deque()
        self._passed = 0
        """Nothing that was asked until then counts."""

    def take(self, time: int, *, good: bool) -> None:
        """Take in one check, asked at *time*."""
        last = self._checks[-1][0] if self._checks else self._passed - _APART
        if time > self._passed and time - last >= _APART:
            self._checks.append((time, good))

    def pass_over(self, begin: int, end: int) -> bool:
        """Count nothing asked from *begin* to *end*, which is now or later.

        Something else explains it. Whether anything had counted.
        """
        self._passed = max(self._passed, end)
        before = len(self._checks)
        while self._checks and self._checks[-1][0] >= begin:
            self._checks.pop()
        return len(self._checks) < before

    def judge(self, now: int) -> Unsteady | None:
        """Tell what is no accident *now*; a check counts once its margin is over."""
        while self._checks and self._checks[0][0] < now - _WITHIN:
            self._checks.popleft()
        ripe = [check for check in self._checks if check[0] <= now - MARGIN]
        failed = max((time for time, good in ripe if not good), default=0)
        if now - failed > _OVER + MARGIN:
            return None
        start = _stretch(ripe)
        if start is None:
            return None
        checks = ripe[start:]
        bad = sum(not good for _, good in checks)
        return Unsteady(bad, len(checks), checks[0][0])


def _stretch(checks: list[tuple[int, bool]]) -> int | None:
    """Find where the heaviest stretch begins, if it is heavy enough."""
    total = heaviest = 0.0
    start = found = 0
    for index, (_, good) in enumerate(checks):
        if total <= 0:
            total, start = 0.0, index
        total += _GOOD if good else _BAD
        if total > heaviest:
            heaviest, found = total, start
    return found if heaviest >= _ENOUGH else None
