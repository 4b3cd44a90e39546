"""The timed transfers of one service over one line, two by two.

In peace a pair comes every quarter of an hour. One that is slow asks for the rest of
a round at once, and a slow round for another after the pause the test demands: an
accusation should neither rest on luck nor wait for an hour.
"""

from collections import deque
from typing import Final

from rabta.attribute.change import RateChange
from rabta.attribute.throttling import (
    MAX_RATIO,
    MIN_PAIRS,
    ROUND_GAP,
    Pair,
    Throttling,
    split,
    throttling,
)
from rabta.clock import MINUTE
from rabta.model import Observation


OWN: Final = ""
CONTROL: Final = "innocuous-sni"
"""Roles of the two that are compared."""
_WITHIN: Final = 2 * MINUTE


class Pairing:
    """What was transferred lately, and what is still wanted of it."""

    def __init__(self) -> None:
        self._change = RateChange()
        self._halves: dict[str, tuple[int, float]] = {}
        """Time and rate of the transfers that wait for their other half, by role."""
        self._pairs: deque[Pair] = deque(maxlen=64)
        self.pace: Throttling | None = None
        """What the test says; None before the first round."""

    def take(self, seen: Observation, role: str) -> None:
        """Take in one timed transfer by the service's own name or the control's.

        One that failed has no rate: blocked is not slow.
        """
        rate = seen.value if seen.ok and seen.value is not None else 0.0
        if role == OWN and rate:
            self._change.sample(seen.time, rate)
        self._halves[role] = (seen.time, rate)
        (mine, target), (its, control) = map(self._half, (OWN, CONTROL))
        if target and control and abs(mine - its) <= _WITHIN:
            self._halves.clear()
            self._compare(Pair(max(mine, its), target, control))

    def _half(self, role: str) -> tuple[int, float]:
        return self._halves.get(role, (0, 0.0))

    def _compare(self, pair: Pair) -> None:
        last = self._pairs[-1].time if self._pairs else 0
        if pair.time - last >= ROUND_GAP and not _slow(pair) and not self.throttled:
            self._pairs.clear()  # what was slow before it has nothing to do with now
        self._pairs.append(pair)
        self.pace = throttling(self._pairs)

    @property
    def throttled(self) -> bool:
        """Whether the test says so."""
        return self.pace is not None and self.pace.throttled

    @property
    def slow(self) -> bool:
        """Whether the service is slower than it was, or than the line allows."""
        return self._change.open or self.throttled

    def wanted(self, now: int) -> tuple[str, ...]:
        """Name the roles to be fetched now, none in peace.

        While nothing is decided a slow pair wants the rest of its round, and a slow
        round another one after the pause; once it is, only a pair that is no longer
        slow does.
        """
        if not self._unsure(now):
            return ()
        return tuple(role for role in (OWN, CONTROL) if self._lacks(role, now))

    def _unsure(self, now: int) -> bool:
        last = self._pairs[-1] if self._pairs else None
        rested = last is None or now - last.time >= ROUND_GAP
        if rested and self._surprising:
            return True
        if last is None:
            return False
        if len(split(self._pairs)[-1]) < MIN_PAIRS:
            return _slow(last) is not self.throttled
        again = self.pace is not None and self.pace.ratio <= MAX_RATIO
        return again and rested and not self.throttled

    @property
    def _surprising(self) -> bool:
        """Whether the service's own transfer, still alone, is not what was expected."""
        rate = self._half(OWN)[1]
        if self.pace is not None and self.pace.throttled:
            return rate * MAX_RATIO >= self.pace.rate
        return 0 < rate <= MAX_RATIO * self._change.base

    def _lacks(self, role: str, now: int) -> bool:
        return role not in self._halves or now - self._half(role)[0] > _WITHIN


def _slow(pair: Pair) -> bool:
    return pair.target <= MAX_RATIO * pair.control
