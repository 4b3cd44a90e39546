"""One signal against the baseline that its length allows."""

from dataclasses import dataclass, replace
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from rabta.clock import DAY
from rabta.detect.compile import engine
from rabta.detect.episodes import episodes
from rabta.detect.found import Basis, Shift
from rabta.detect.grain import effect_of
from rabta.detect.run import run, trait_of
from rabta.detect.settings import LARGEST_CORRELATION
from rabta.detect.signal import Regular
from rabta.detect.state import State
from rabta.detect.track import Track
from rabta.detect.twosided import twosided
from rabta.detect.weekend import QuietDays, Resting


SHORT: Final = 28 * DAY
"""Recordings shorter than this are judged from both sides..."""
YOUNG: Final = 21 * DAY
"""...and so is the beginning of longer ones: it takes two weeks to know the week, and a
third where days off were not believed at first."""
KNOWN: Final = 4 * DAY
"""From when on the kernel's own baseline can be relied on where that cannot."""
_USUAL: Final = 4.0
BASES: Final = (Basis.ROLLING, Basis.DAILY, Basis.WEEKLY, Basis.TWO_SIDED, Basis.NONE)


BIN_BY_BIN: Final = ("residual", "z", "inflation", "fired", "baseline", "basis")
"""The arrays of ``Judged``."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One signal against its baseline."""

    series: Regular
    residual: NDArray[np.float32]
    z: NDArray[np.float32]
    inflation: NDArray[np.float32]
    fired: NDArray[np.bool_]
    baseline: NDArray[np.float32]
    """In the unit of the signal; NaN while there is none."""
    basis: NDArray[np.uint8]
    """Position in ``BASES`` for every bin."""
    shifts: tuple[Shift, ...]
    quiet: tuple[QuietDays, ...] = ()
    """Week-ends whose fall is taken for usual."""

    @classmethod
    def of(cls, series: Regular, track: Track, shifts: tuple[Shift, ...]) -> Self:
        """Return what the kernel made of *series* with a baseline of its own."""
        return cls(
            series,
            track.residual,
            track.z,
            track.inflation,
            track.fired,
            track.baseline,
            track.maturity,
            shifts,
        )

    def part(self, first: int, last: int) -> Self:
        """Return bins *first* to *last* (exclusive), with all shifts."""
        arrays = {name: getattr(self, name)[first:last] for name in BIN_BY_BIN}
        last = min(last, len(self.series.values))
        return replace(self, series=self.series.part(first, last), **arrays)

    def joined(self, later: Self) -> Self:
        """Return this and what came right after it."""
        arrays = {
            name: np.concatenate((getattr(self, name), getattr(later, name)))
            for name in BIN_BY_BIN
        }
        old, new = self.series, later.series
        series = replace(
            old,
            start=old.start if len(old.values) else new.start,
            values=np.concatenate((old.values, new.values)),
        )
        return replace(
            self,
            series=series,
            shifts=self.shifts + later.shifts,
            quiet=self.quiet + later.quiet,
            **arrays,
        )


def judge(series: Regular) -> Judged:
    """Judge one series against the baseline its length allows."""
    size = len(series.values)
    if size * series.step < SHORT:
        return _from_both_sides(series)
    least = effect_of(series).least
    state = State.create(trait_of(series), series.step, series.timezone, least=least)
    track = run(state, series, engine=engine(size))
    shifts = shifts_of(series, track)
    cut = _young(shifts, series)
    since = series.start + cut * series.step
    shifts = tuple(
        replace(one, accepted=max(one.accepted, since))  # until then both sides judge
        for one in shifts
    )
    later = Judged.of(series, track, shifts)
    ahead = _ahead(shifts, series, since)
    begin = _from_both_sides(series.part(0, int(ahead // series.step)))
    return replace(begin.part(0, cut).joined(later.part(cut, size)), series=series)


def _ahead(shifts: tuple[Shift, ...], series: Regular, since: int) -> int:
    """Return how much of a long recording is looked at from both sides, microseconds.

    Not what became better for good after *since*: the time before is no loss.
    """
    gone = {id(one) for run in episodes(shifts, trait_of(series)) for one in run}
    better = (
        one.onset - series.start
        for one in shifts
        if one.magnitude > 0.0 and not one.returned and one.onset >= since
        if id(one) not in gone
    )
    return min([SHORT, *better])


def _young(shifts: tuple[Shift, ...], series: Regular) -> int:
    """Return how many bins are judged from both sides.

    Fewer where a level was lost early that came back days later: a baseline that
    follows the readings of three days sinks with it, the kernel's does not.
    """
    until = series.start + YOUNG
    for lost, *_ in episodes(shifts, trait_of(series)):
        known = lost.onset - series.start >= KNOWN
        if lost.magnitude < 0.0 and lost.accepted < until and known:
            until = max(lost.onset - DAY, series.start + KNOWN - DAY)
            break
    return int((until - series.start) // series.step)


def judge_rested(series: Regular, resting: Resting) -> Judged:
    """Judge a short recording whose week-ends are quiet against what they leave."""
    return replace(_from_both_sides(series, resting.usual), quiet=resting.told)


def _from_both_sides(
    series: Regular, usual: NDArray[np.float64] | float = 1.0
) -> Judged:
    """Judge against a baseline of which *usual* is the share that is left."""
    size = len(series.values)
    normal = twosided(replace(series, values=series.values / usual))
    if normal is None:
        nothing = np.full(size, np.nan, dtype=np.float32)
        return Judged(
            series,
            nothing,
            nothing,
            np.ones(size, dtype=np.float32),
            np.zeros(size, dtype=np.bool_),
            nothing,
            np.full(size, BASES.index(Basis.NONE), dtype=np.uint8),
            (),
        )
    state = State.create(
        trait_of(series),
        series.step,
        series.timezone,
        scales=normal.scales,
        level=float(np.median(normal.baseline)),
        least=effect_of(series).least,
        wild=normal.wild,
    )
    track = run(state, series, baseline=normal.baseline * usual, engine=engine(size))
    return Judged(
        series,
        track.residual,
        track.z,
        np.full(size, _inflation(track.z), dtype=np.float32),
        track.fired,
        track.baseline,
        np.full(size, BASES.index(Basis.TWO_SIDED), dtype=np.uint8),
        (),
    )


def _inflation(z: NDArray[np.float32]) -> float:
    """Return the root of (1 + phi) / (1 - phi), phi the correlation of sane bins."""
    sane = np.abs(z) < _USUAL
    both = sane[1:] & sane[:-1]
    power = float(np.square(z[sane], dtype=np.float64).sum())
    if not both.any() or power == 0.0:
        return 1.0
    shared = float(np.multiply(z[1:][both], z[:-1][both], dtype=np.float64).sum())
    mean = power / int(sane.sum())
    pairs = int(both.sum())
    phi = shared / pairs / mean - 1.0 / np.sqrt(pairs)  # so much is chance
    phi = min(max(phi, 0.0), LARGEST_CORRELATION)
    return float(np.sqrt((1.0 + phi) / (1.0 - phi)))


def shifts_of(series: Regular, track: Track, number: int = 0) -> tuple[Shift, ...]:
    """Return the shifts of *track*; bin *number* is the first of *series*."""
    return tuple(
        Shift(
            series.name,
            series.start + (shift.onset - number) * series.step,
            series.start + (shift.accepted - number) * series.step,
            shift.magnitude,
            shift.returned,
        )
        for shift in track.shifts
    )
