"""The timed transfers of one service over one line, two by two.

In peace the service is timed once an hour, and asks for the other half of the pair. A
slow pair asks for the rest of a round at once, and a slow round for another as soon as
the pause the test demands is over: an accusation should neither rest on luck nor wait
for an hour. A page that comes much slower than it used to asks for a pair without
waiting for the next hour.
"""

from collections import defaultdict, deque
from typing import Final

from rabta.attribute.change import RateChange
from rabta.attribute.throttling import (
    MAX_P,
    MAX_RATIO,
    MIN_PAIRS,
    ROUND_GAP,
    Pair,
    Throttling,
    split,
    throttling,
)
from rabta.clock import MINUTE
from rabta.failure import GENERIC_TIMEOUT
from rabta.model import HttpDetail, Observation


OWN: Final = ""
CONTROL: Final = "innocuous-sni"
"""Roles of the two that are compared."""
RECHECK = 3 * MINUTE
"""How often a service that is held back is tried, to see whether it still is; and how
long after a pair a slow page may ask for another."""
_SLOW_PAGE: Final = 5
"""Of these pauses between the pairs that a page asks for as long as it stays slow."""
_MOST_PAIRS: Final = 8
_WITHIN: Final = 2 * MINUTE
_TELLING: Final = 16 * 1024
"""Bytes of a page that outlast the window a connection begins with (RFC 6928)."""


class Pairing:
    """What was transferred lately, and what is still wanted of it."""

    def __init__(self) -> None:
        self._change = RateChange()
        self._pages: defaultdict[str, RateChange] = defaultdict(RateChange)
        self._hinted = False
        """The page became slow, or quick again, since the last transfer."""
        self._halves: dict[str, tuple[int, float]] = {}
        """Time and rate of the transfers that wait for their other half, by role."""
        self._pairs: deque[Pair] = deque(maxlen=64)
        """Those of the rounds; a pair in peace, or between two rounds, is in none."""
        self._free: list[Pair] = []
        """Fast ones in a row of a service that was held back."""
        self._last = self._tried = 0
        """Time of the last pair, and of the last transfer by the service's own name."""
        self.stands_back = False
        """Another line of the uplink is being tested: two would share its capacity."""
        self.pace: Throttling | None = None
        """What the test says; None before the first round."""

    def take(self, seen: Observation, role: str) -> None:
        """Take in one timed transfer by the service's own name or the control's.

        One that failed has no rate: blocked is not slow.
        """
        rate = seen.value if seen.ok and seen.value is not None else 0.0
        if role == OWN:
            self._tried = max(self._tried, seen.time)
            self._hinted = False
            if rate:
                self._change.sample(seen.time, rate)
        self._halves[role] = (seen.time, rate)
        (mine, target), (its, control) = map(self._half, (OWN, CONTROL))
        if mine and its and abs(mine - its) <= _WITHIN:
            self._halves.clear()  # a half that failed is asked for again in a round
            if target and control:
                self._compare(Pair(max(mine, its), target, control))

    def page(self, seen: Observation) -> None:
        """Take in a visit: a page that is long enough is a small timed transfer.

        So is one that was still coming when time was up.
        """
        page = seen.detail
        if not isinstance(page, HttpDetail):
            return
        took = page.phases.transfer
        cut = seen.failure == GENERIC_TIMEOUT and page.failed_in == "transfer"
        telling = page.body_bytes >= _TELLING if seen.ok else cut and page.body_bytes
        if not took or not telling:
            return
        change = self._pages[page.url]
        before = change.open
        change.sample(seen.time, 8 * page.body_bytes / took)
        self._hinted = self._hinted or change.open is not before

    def _half(self, role: str) -> tuple[int, float]:
        return self._halves.get(role, (0, 0.0))

    def _compare(self, pair: Pair) -> None:
        rested = not self._pairs or pair.time - self._pairs[-1].time >= ROUND_GAP
        self._last = pair.time
        if self.throttled:
            self._confirm(pair)
            return
        if not rested and self._complete:
            return
        begins = rested or not self._pairs
        if begins and not _slow(pair):
            self._pairs.clear()  # what was slow before it has nothing to do with now
        else:
            self._pairs.append(pair)
            if not _hopeful(split(self._pairs)[-1]):
                self._pairs.clear()
        self.pace = throttling(self._pairs)

    def _confirm(self, pair: Pair) -> None:
        """See whether it is held back no longer: a round of fast pairs says so."""
        if _slow(pair):
            self._free.clear()
            return
        self._free.append(pair)
        if len(self._free) >= MIN_PAIRS:
            self._free.clear()
            self._pairs.clear()
            self.pace = None

    @property
    def _complete(self) -> bool:
        """Whether the last round has all its pairs, and more where one was odd."""
        count = len(split(self._pairs)[-1]) if self._pairs else 0
        return count >= (_MOST_PAIRS if self._unclear else MIN_PAIRS)

    @property
    def _unclear(self) -> bool:
        """Whether it is slow in the middle and luck is not ruled out yet."""
        pace = self.pace
        return pace is not None and pace.ratio <= MAX_RATIO and pace.p >= MAX_P

    @property
    def throttled(self) -> bool:
        """Whether the test says so."""
        return self.pace is not None and self.pace.throttled

    @property
    def slow(self) -> bool:
        """Whether the service is slower than it was, or than the line allows."""
        return self._change.open or self.throttled

    @property
    def begun(self) -> int:
        """When the first of its rounds began, microseconds UTC; 0 for none."""
        return self._pairs[0].time if self._pairs else 0

    def testing(self, now: int) -> bool:
        """Whether a round is under way or due; other lines should stand back then."""
        if not self._pairs or self.throttled:
            return False
        slow = self.pace is None or self.pace.ratio <= MAX_RATIO
        return slow and now - self._pairs[-1].time < ROUND_GAP + _WITHIN

    def wanted(self, now: int) -> tuple[str, ...]:
        """Name the roles to be fetched now, none in peace.

        While nothing is decided a slow pair wants the rest of its round, and a slow
        round another one after the pause. Once it is, the service itself is tried now
        and then, and only what is no longer slow wants its control and more.
        """
        if self.throttled:
            return self._again(now)
        if self.stands_back or not self._unsure(now):
            return ()
        return self._lacking(now)

    def _again(self, now: int) -> tuple[str, ...]:
        if self._free or self._surprising:
            return self._lacking(now)
        due = now - self._tried >= RECHECK or self._hinted
        return (OWN,) if due else ()

    def _lacking(self, now: int) -> tuple[str, ...]:
        return tuple(
            role
            for role in (OWN, CONTROL)
            if role not in self._halves or now - self._half(role)[0] > _WITHIN
        )

    def _unsure(self, now: int) -> bool:
        rested = not self._pairs or now - self._pairs[-1].time >= ROUND_GAP
        if self._complete:
            return rested and self.pace is not None and self.pace.ratio <= MAX_RATIO
        if self._pairs and not rested:
            return True
        hinted = self._hinted and now - self._last >= RECHECK
        dragging = self._dragging and now - self._tried >= _SLOW_PAGE * RECHECK
        return hinted or dragging or self._surprising or self._halved(now)

    @property
    def _dragging(self) -> bool:
        """Whether a page is slower than it used to be."""
        return any(change.open for change in self._pages.values())

    def _halved(self, now: int) -> bool:
        """Whether the service was just timed and nothing to compare it with was."""
        time, rate = self._half(OWN)
        return rate > 0 and 0 <= now - time <= _WITHIN

    @property
    def _surprising(self) -> bool:
        """Whether the service's own transfer, still alone, is not what was expected."""
        rate = self._half(OWN)[1]
        if self.pace is not None and self.pace.throttled:
            return rate * MAX_RATIO >= self.pace.rate
        return 0 < rate <= MAX_RATIO * self._change.base


def _slow(pair: Pair) -> bool:
    return pair.target <= MAX_RATIO * pair.control


def _hopeful(pairs: list[Pair]) -> bool:
    """Whether a round may still turn out slow: its median, if not every pair."""
    return 2 * sum(map(_slow, pairs)) >= len(pairs)
