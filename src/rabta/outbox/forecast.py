"""How likely a job is done by its deadline, on each uplink. Pure.

The past is played again: from every quarter of an hour of what is known of an uplink,
how much would have got through in as long as is left now, at each of the rates that
were seen? The share of these in which the job is done is the answer. An uplink that
is down now is compared with the moments at which it was down.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rabta.clock import HOUR, MINUTE, SECOND
from rabta.model import Forecast


_STEP = 15 * MINUTE
_LEAST = 6 * HOUR  # of history; with less nothing is said
_LEAST_DOWN = 3  # moments of the past that resemble one that is down now
_QUANTILES = np.linspace(0.05, 0.95, 10)


@dataclass(frozen=True, slots=True)
class History:
    """What is known of one uplink, times in microseconds UTC."""

    uplink: str
    start: int
    """Since when it is measured."""
    outages: tuple[tuple[int, int], ...]
    """(start, end) of what cut it off, as far as that was measured, oldest first; one
    that lasts ends now."""
    gaps: tuple[tuple[int, int], ...]
    """Spans in which nothing was measured: neither up nor down."""
    rates: tuple[float, ...]
    """Bits per second that were reached."""
    down: bool
    """Whether it is down now."""


def forecast(
    left_bytes: int, now: int, deadline: int | None, history: History
) -> Forecast:
    """Say how likely *left_bytes* are through by *deadline* over one uplink."""
    if not history.rates:
        return Forecast(history.uplink, None, None, 0)
    rates = np.asarray(history.rates, dtype=np.float64)
    seconds = float(left_bytes * 8 / np.median(rates))
    if deadline is None:
        return Forecast(history.uplink, None, seconds, 0)
    window = deadline - now
    if window <= 0:
        return Forecast(history.uplink, 0.0, seconds, 0)
    starts = _moments(history, now, window)
    if len(starts) == 0:
        return Forecast(history.uplink, None, seconds, 0)
    up = _up_seconds(history.outages, starts, window)
    needed = left_bytes * 8 / np.quantile(rates, _QUANTILES)
    share = float(np.mean(up[:, None] >= needed[None, :]))
    return Forecast(history.uplink, share, seconds, len(starts))


def _moments(history: History, now: int, window: int) -> np.ndarray:
    """Return the moments of the past that are like now and were measured throughout."""
    last = now - window
    if now - history.start < max(_LEAST, window):
        return np.empty(0, dtype=np.int64)
    starts = np.arange(history.start, last + 1, _STEP, dtype=np.int64)
    keep = np.ones(len(starts), dtype=bool)
    for start, stop in history.gaps:
        keep &= (starts + window <= start) | (starts >= stop)
    inside = np.zeros(len(starts), dtype=bool)
    for start, stop in history.outages:
        inside |= (starts >= start) & (starts < stop)
    like = starts[keep & inside] if history.down else starts[keep & ~inside]
    if history.down and len(like) < _LEAST_DOWN:
        return _onsets(history, last, window)
    return like


def _onsets(history: History, last: int, window: int) -> np.ndarray:
    """Return when outages began, where they were too short for the grid.

    Only those after which all of *window* was measured: what nobody saw may have been
    up or down.
    """
    onsets = [
        start
        for start, _ in history.outages
        if start <= last
        and all(start + window <= begin or start >= end for begin, end in history.gaps)
    ]
    short = len(onsets) < _LEAST_DOWN
    return np.asarray([] if short else onsets, dtype=np.int64)


def _up_seconds(
    outages: Sequence[tuple[int, int]], starts: np.ndarray, window: int
) -> np.ndarray:
    """Return for each start how many seconds of the window the uplink was up."""
    down = np.zeros(len(starts), dtype=np.int64)
    for start, stop in outages:
        overlap = np.minimum(starts + window, stop) - np.maximum(starts, start)
        down += np.maximum(overlap, 0)
    return (window - np.minimum(down, window)) / SECOND
