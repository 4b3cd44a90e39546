"""Wall clocks to instants, with the hours that a zone repeats or leaves out."""

from datetime import datetime, timedelta, tzinfo

import numpy as np
from numpy.typing import NDArray

from rabta.clock import MINUTE, SECOND


_QUARTER = 15 * MINUTE
_PART = 200_000  # times at once, as that takes copies
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - a wall clock without a zone


class NoSuchTimeError(Exception):
    """A wall clock that its zone never showed; *place* is its index."""

    def __init__(self, place: int) -> None:
        super().__init__(place)
        self.place = place


def instants(wall: NDArray[np.int64], zone: tzinfo) -> NDArray[np.int64]:
    """Turn wall clocks in *zone* into UTC, both in microseconds (n,).

    In the hour that is told twice when clocks are set back, times count as the first
    pass until they run backwards within it, then as the second; where a table is not
    in order nothing tells the passes apart, and all count as the first.

    Raises:
        NoSuchTimeError: a time falls into the hour left out when clocks are set
            forward, so that *zone* cannot be right.
    """
    parts = [slice(at, at + _PART) for at in range(0, len(wall), _PART)]
    told = [np.unique(wall[part] // _QUARTER) for part in parts]
    quarters = np.unique(np.concatenate([*told, np.zeros(0, np.int64)]))
    first = np.empty(len(quarters), dtype=np.int64)
    second = np.empty(len(quarters), dtype=np.int64)
    for place, quarter in enumerate(quarters.tolist()):
        clock = _EPOCH + timedelta(microseconds=quarter * _QUARTER)
        first[place] = _offset(clock, zone, 0)
        second[place] = _offset(clock, zone, 1)
    found = np.empty(len(wall), dtype=np.int64)
    repeated = np.zeros(len(wall), dtype=np.bool_)
    for part in parts:
        where = np.searchsorted(quarters, wall[part] // _QUARTER)
        left_out = (second > first)[where]
        if left_out.any():
            raise NoSuchTimeError(part.start + int(np.argmax(left_out)))
        repeated[part] = (second < first)[where]
        found[part] = wall[part] - first[where]
    if repeated.any():
        again = np.flatnonzero(_second_pass(wall, repeated))
        where = np.searchsorted(quarters, wall[again] // _QUARTER)
        found[again] = wall[again] - second[where]
    return found


def _offset(clock: datetime, zone: tzinfo, fold: int) -> int:
    offset = clock.replace(tzinfo=zone, fold=fold).utcoffset()
    return 0 if offset is None else offset // timedelta(microseconds=1)


def _second_pass(
    wall: NDArray[np.int64], repeated: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Tell the times after the clock was set back, in a table that is in order."""
    back = np.concatenate(([False], np.diff(wall) < 0))
    again = np.zeros(len(wall), dtype=np.bool_)
    if (back & ~repeated).any():  # not in order
        return again
    second = False
    inside = np.flatnonzero(repeated)
    last = -2
    for place in inside.tolist():
        if place != last + 1 and wall[place] - wall[last] > 12 * 3600 * SECOND:
            second = False
        second = second or bool(back[place])
        again[place] = second
        last = place
    return again
