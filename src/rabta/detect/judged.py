"""One signal against the baseline that its length allows."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rabta.clock import DAY
from rabta.detect.compile import engine
from rabta.detect.found import Basis, Shift
from rabta.detect.run import run, trait_of
from rabta.detect.settings import LARGEST_CORRELATION
from rabta.detect.signal import Regular
from rabta.detect.state import State
from rabta.detect.track import Track
from rabta.detect.twosided import twosided


SHORT: Final = 28 * DAY
"""Recordings shorter than this are judged from both sides..."""
YOUNG: Final = 14 * DAY
"""...and so is the beginning of longer ones."""
_USUAL: Final = 4.0
BASES: Final = (Basis.ROLLING, Basis.DAILY, Basis.WEEKLY, Basis.TWO_SIDED, Basis.NONE)


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


def judge(series: Regular) -> Judged:
    """Judge one series against the baseline its length allows."""
    size = len(series.values)
    if size * series.step < SHORT:
        return _from_both_sides(series)
    state = State.create(trait_of(series), series.step, series.timezone)
    later = run(state, series, engine=engine(size))
    cut = int(YOUNG // series.step)
    begin = _from_both_sides(series.part(0, int(SHORT // series.step)))
    kept = slice(0, cut)
    return Judged(
        series,
        np.concatenate((begin.residual[kept], later.residual[cut:])),
        np.concatenate((begin.z[kept], later.z[cut:])),
        np.concatenate((begin.inflation[kept], later.inflation[cut:])),
        np.concatenate((begin.fired[kept], later.fired[cut:])),
        np.concatenate((begin.baseline[kept], later.baseline[cut:])),
        np.concatenate((begin.basis[kept], later.maturity[cut:])),
        _shifts(series, later, cut),
    )


def _from_both_sides(series: Regular) -> Judged:
    size = len(series.values)
    normal = twosided(series)
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
    )
    track = run(state, series, baseline=normal.baseline, engine=engine(size))
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
    phi = min(max(shared / int(both.sum()) / mean, 0.0), LARGEST_CORRELATION)
    return float(np.sqrt((1.0 + phi) / (1.0 - phi)))


def _shifts(series: Regular, track: Track, cut: int) -> tuple[Shift, ...]:
    return tuple(
        Shift(
            series.name,
            series.start + shift.onset * series.step,
            series.start + shift.accepted * series.step,
            shift.magnitude,
        )
        for shift in track.shifts
        if shift.accepted >= cut
    )
