"""Which disruptions are alike: begun at the same local time, as long and as deep."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from math import exp, log
from typing import Final

from rabta.clock import DAY, HOUR, MINUTE


START_WITHIN: Final = 30 * MINUTE
LENGTH_WITHIN: Final = HOUR
LENGTH_SHARE: Final = 0.3
LENGTH_TIMES: Final = 3
"""What is longer by more is something else, however short both are."""
DEPTH_WITHIN: Final = 0.3
CHANCE: Final = 0.05
"""So seldom may chance alone make as much anywhere in what is grouped."""


class Alike:
    """Windows by their local time of day; those that are still *free* are grouped.

    *walls* are what clocks there show when they begin, as microseconds.
    """

    def __init__(
        self,
        spans: dict[int, tuple[int, int]],
        walls: dict[int, int],
        depths: Sequence[float] | None,
        blur: int,
    ) -> None:
        self.spans = spans
        self.free = set(spans)
        self.near = max(START_WITHIN, blur)
        onsets = [onset for onset, _ in spans.values()]
        self.first, self.last = min(onsets, default=0), max(onsets, default=0)
        self._walls = walls
        self._depths = depths
        self._blur = blur
        self._onsets: dict[int, list[int]] = {}
        self._of_day = sorted((wall % DAY, i) for i, wall in walls.items())

    def group(self, like: int) -> list[int]:
        """Return those that start, last and fall like *like*, one a day, in order."""
        group: list[int] = []
        for i in self._around(like):
            if not (i in self.free and self._as_long(i, like)):
                continue
            if group and self._walls[i] - self._walls[group[-1]] < DAY - 2 * self.near:
                continue
            group.append(i)
        return group

    def as_long(self, like: int, start: int, stop: int) -> int:
        """Count those of [*start*, *stop*] that last and fall like *like*, any hour."""
        onsets = self._onsets.get(like)
        if onsets is None:
            onsets = self._onsets[like] = sorted(
                onset for i, (onset, _) in self.spans.items() if self._as_long(i, like)
            )
        return bisect_right(onsets, stop) - bisect_left(onsets, start)

    def _around(self, like: int) -> list[int]:
        start = self._walls[like] % DAY
        found = []
        for turn in (-DAY, 0, DAY):
            first = bisect_left(self._of_day, (start - self.near + turn, -1))
            for other, i in self._of_day[first:]:
                if other > start + self.near + turn:
                    break
                found.append(i)
        return sorted(set(found))

    def _as_long(self, i: int, like: int) -> bool:
        length = _length(self.spans[like])
        room = max(LENGTH_WITHIN, 2 * self._blur, int(LENGTH_SHARE * length))
        short, long = sorted((_length(self.spans[i]), length))
        if long - short > room or long > LENGTH_TIMES * (short + self._blur):
            return False
        depths = self._depths
        return depths is None or abs(depths[i] - depths[like]) <= DEPTH_WITHIN


def by_chance(alike: Alike, group: list[int]) -> bool:
    """Tell whether as many as *group* may fall into one hour by chance.

    Where such disruptions come at any hour, many days have one at this hour. How often
    they come is that of all, or of the others between its first and last where that is
    more. The bound is Chernoff's, for every hour and day it could have begun with.
    """
    first, last = alike.spans[group[0]][0], alike.spans[group[-1]][0]
    whole, days = _days(alike.first, alike.last), _days(first, last)
    like = group[len(group) // 2]
    a_day = max(
        alike.as_long(like, alike.first, alike.last) / whole,
        (alike.as_long(like, first, last) - len(group)) / days,
    )
    chance = 1 - exp(-a_day * min(1.0, 2 * alike.near / DAY))
    came = min(len(group) / days, 1.0)
    if came <= chance:
        return True
    nats = came * log(came / chance)
    if came < 1:
        nats += (1 - came) * log((1 - came) / (1 - chance))
    return 24 * whole * exp(-days * nats) > CHANCE


def _days(first: int, last: int) -> int:
    return round((last - first) / DAY) + 1


def longest_pause(spans: dict[int, tuple[int, int]], group: list[int]) -> int:
    """Return the place in *group* before which it paused for longest."""
    return max(
        range(1, len(group)),
        key=lambda n: spans[group[n]][0] - spans[group[n - 1]][0],
    )


def _length(span: tuple[int, int]) -> int:
    return span[1] - span[0]
