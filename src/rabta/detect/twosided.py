"""A baseline for recordings of hours or days, seen from both sides of every bin.

What is normal is the best level the recording holds for a good while: what lowers a
signal of reachability rarely lifts it. So a disruption longer than all clean history
around it is still seen whole. Where two days or more are there, the level carries the
shape of the local day, learnt from clean bins only, by the hour or, where its edges are
sharp, by the bin; from two weeks on, days off may have a shape of their own.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rabta.clock import DAY, HOUR
from rabta.detect.comparison import (
    BEGINNING,
    BEGINS,
    CLEAN,
    CLEAN_BELOW,
    Fit,
    excursions,
    explains_more,
    together,
)
from rabta.detect.dayshape import (
    NEAR,
    Clock,
    by_slot,
    centred,
    first_shape,
    local_times,
    off_days,
)
from rabta.detect.learning import BANDS, band_of
from rabta.detect.run import trait_of
from rabta.detect.settings import FEW, NOTHING_LEFT, SPARSE, TWICE
from rabta.detect.signal import Regular, SignalKind
from rabta.detect.standing import hidden
from rabta.detect.transform import restored, transformed


HELD: Final = 0.10
"""Share of the readings that a level must hold to be the normal one..."""
HELD_BINS: Final = 4
"""...and their least number."""
REACH: Final = 1.5 * DAY
"""The level follows the clean readings this far on both sides."""
SHAPED: Final = 2 * DAY
"""A shape of the day needs this much."""
WORTH: Final = 0.85
"""A shape is kept when it brings the rest below this share of what it was."""
FINER: Final = 0.5
"""One value for every bin of the day is kept when it brings it below this share."""
PARTS: Final = 6
"""A signal that falls in each of so many parts of the recording..."""
OFTEN: Final = 2
"""...at least this often..."""
A_DAY: Final = 4
"""...and so often a day on the whole, never rests: that is how it goes."""
_ROUNDS: Final = 3
_MAD: Final = 1.4826
_SURE: Final = 4.0
_TOGETHER: Final = 96.0
_ENOUGH: Final = 8
_WIDEST: Final = 1e3
_WIDER: Final = 1.3
"""Disruptions widen the spread downwards; it is believed up to this."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class TwoSided:
    """What is normal, and how far chance takes it from there."""

    baseline: Floats
    """(n,) in the unit of the signal."""
    scales: tuple[float, ...]
    """Median absolute residual of clean bins, as the kernel understands residuals, in
    each of its bands."""
    shaped: bool
    """Whether it carries the shape of the day."""
    wild: float
    """Share of the readings that are far too low by themselves or in pairs."""


def twosided(series: Regular) -> TwoSided | None:
    """Return the baseline of a short recording; None with fewer than four readings."""
    trait = trait_of(series)
    ready = transformed(series.values, trait)
    # what is gone at this hour of every day must not pass for how the days go
    ready = np.where(hidden(series, trait.sign * ready), np.nan, ready)
    if np.count_nonzero(np.isfinite(ready)) < HELD_BINS:
        return None
    better = trait.sign * ready
    noise = max(_noise(better), _floor(better, trait.kind.effect.least, trait.additive))
    counted = trait.kind is SignalKind.COUNT and trait.sign > 0.0
    width = _width(better, noise, series) if counted else 1
    best = _fit(better, None, series, noise, width)
    shape: Clock | None = None
    if len(ready) * series.step >= SHAPED:
        local = local_times(series)
        clocks = [make(local, series.step) for make in (Clock.hours, Clock.bins)]
        off = off_days(together(better, width), local, series.step)
        if off:
            clocks += [clock.apart(local, off) for clock in clocks]
        for clock in clocks:
            smooth = 1 if clock.fine else width  # its sharp edges stay
            curved = _fit(better, clock, series, noise, smooth)
            finer = clock.fine and not (shape is not None and shape.fine)
            worth = FINER if finer else WORTH
            if explains_more(better, curved, best, worth, width, series.step):
                best, shape = curved, clock
    shaped = shape is not None
    if _never_rests(better, best, series):
        best = _usual(better, best[0])
    level, sigma = best
    if counted:
        sigma = _of_few(better, level, sigma, noise)
    baseline = trait.sign * level
    scale = sigma / _MAD
    if trait.additive:
        scales = [scale] * BANDS
    else:
        baseline = np.maximum(baseline, 1e-9)
        scales = _by_band(ready, baseline, scale)
    with np.errstate(over="ignore"):
        single = baseline.astype(np.float32)
        unit = restored(single, trait).astype(np.float64)
    scales = [min(one, _WIDEST) for one in scales]
    return TwoSided(unit, tuple(scales), shaped, _wild(better, level, sigma))


def _wild(better: Floats, level: Floats, sigma: float) -> float:
    """Return how often one or two readings in a row are far too low."""
    low = better - level <= TWICE * sigma
    edges = np.flatnonzero(np.diff(np.concatenate(([False], low, [False]))))
    lasted = edges[1::2] - edges[::2]
    there = int(np.isfinite(better).sum())
    return float(lasted[lasted <= 2].sum()) / there


def _width(better: Floats, noise: float, series: Regular) -> int:
    """Return how many counts are looked at together for the shape of the day.

    Those of an hour where they are so few that chance hides what a day is like from
    bin to bin, one of any other.
    """
    if noise < FEW * float(np.nanmedian(better)):
        return 1
    return max(1, int(HOUR // series.step))


def _of_few(better: Floats, level: Floats, sigma: float, noise: float) -> float:
    """Return the standard deviation of a count of few; *sigma* of any other.

    Medians of whole numbers jump from one to the next: at a mean of five the middle
    half is one or two away. On the scale on which it is even, all readings that may be
    chance have a say.
    """
    typical, busy = (float(q) for q in np.quantile(level, (0.5, 0.9)))
    if typical <= 0.0 or sigma < SPARSE * busy:
        return sigma
    usual = np.maximum(level, 1e-3 * typical)
    share = sigma / typical * np.sqrt(typical / usual)
    few = 0.375 * share * share
    ratio = np.maximum(better / usual, 0.0)
    even = 2.0 * (np.sqrt(ratio + few) - np.sqrt(1.0 + few)) / share
    clean = (np.abs(even) <= CLEAN) & ~_nothing_left(better, level, noise)
    if np.count_nonzero(clean) < _ENOUGH:
        return sigma
    return sigma * float(even[clean].std())


def _by_band(values: Floats, baseline: Floats, scale: float) -> list[float]:
    """Return the noise as a share of the baseline, where that is high and where low.

    At the trough of a day, noise that does not shrink with the signal is a large
    share of it. It is what the readings of the band show, but neither less than the
    share it is of the usual baseline, nor more than if it did not shrink at all: a
    band that is mostly disruption tells nothing.
    """
    usual = float(np.median(baseline))
    bands = _bands(baseline / usual)
    rest = np.abs(values - baseline) / baseline
    scales = [scale / usual] * BANDS
    for band in range(BANDS):
        inside = rest[(bands == band) & np.isfinite(rest)]
        if len(inside) < _ENOUGH:
            continue
        most = scale / float(np.median(baseline[bands == band]))
        scales[band] = max(scales[band], min(float(np.median(inside)), most))
    return scales


def _bands(shares: Floats) -> NDArray[np.int64]:
    """Return the band of each: at once where they all lie in one, as of routes."""
    lowest, highest = band_of(float(shares.min())), band_of(float(shares.max()))
    if lowest == highest:
        return np.full(len(shares), lowest)
    return np.array([band_of(share) for share in shares.tolist()])


def _never_rests(better: Floats, fit: Fit, series: Regular) -> bool:
    """Tell whether the signal leaves the fit again and again, all the time.

    That is how it goes, and its best level is a crest; disruptions leave it alone
    somewhere in the recording.
    """
    found = excursions(better, fit)
    days = len(better) * series.step / DAY
    parts, _ = np.histogram(found, bins=PARTS, range=(0, len(better)))
    return bool((parts >= OFTEN).all()) and len(found) >= A_DAY * days


def _usual(better: Floats, shape: Floats) -> Fit:
    """Return the fit through the middle of the readings."""
    level = shape + float(np.nanmedian(better - shape))
    rest = np.abs(better - level)
    spread = max(_MAD * float(np.nanmedian(rest)), float(np.nanquantile(rest, 0.9)))
    return level, spread


def _fit(
    better: Floats, clock: Clock | None, series: Regular, noise: float, width: int
) -> Fit:
    """Return level per bin and standard deviation of the clean bins around it.

    The shape of the day is learnt from the means of *width* readings.
    """
    shape = np.zeros(len(better))
    if clock is not None:
        shape = first_shape(together(better, width), clock)
    level = np.full(len(better), _best_level(better - shape, noise))
    rest = better - shape - level
    sigma = max(noise, _grain(better, rest, level))
    most = _WIDER * max(sigma, _above(rest))
    reach = max(_ENOUGH, int(REACH // series.step))
    for _ in range(_ROUNDS):
        rest = better - shape - level
        sigma = min(max(sigma, _spread(rest, sigma)), most)
        clean = (rest >= -CLEAN_BELOW * sigma) & (rest <= CLEAN * sigma)
        # nothing is left there, however wide the day's own swing makes the spread
        clean &= ~_nothing_left(better - shape, level, noise)
        if np.count_nonzero(clean) < HELD_BINS:
            break
        if clock is not None:
            only = np.where(clean, better - level, np.nan)
            (middle,) = by_slot(together(only, width), clock, 0.5)
            shape = centred(middle, clock)
        level = _following(np.where(clean, better - shape, np.nan), reach)
    rest = better - shape - level
    least = max(noise, _grain(better, rest, level))
    return shape + level, min(max(least, _spread(rest, sigma)), max(least, most))


def _nothing_left(values: Floats, level: Floats, noise: float) -> NDArray[np.bool_]:
    """Tell where next to nothing is left of what is usual.

    Of a few that are counted now and then none is there by chance: so many bins are
    looked at together that chance alone leaves a quarter.
    """
    there = np.isfinite(values)
    low = values <= (1.0 + NOTHING_LEFT) * float(level.max())
    if not low.any():
        return np.zeros(len(values), dtype=np.bool_)
    typical = float(np.median(level))
    if typical <= 0.0:
        return np.zeros(len(values), dtype=np.bool_)
    few = (_SURE * noise) ** 2 / typical
    share = np.maximum(level, 1e-9)
    reach = np.clip(few / share, 0.0, _TOGETHER).astype(np.int64) // 2
    total = np.concatenate(([0.0], np.cumsum(np.where(there, values, 0.0))))
    count = np.concatenate(([0], np.cumsum(there)))
    at = np.arange(len(values))
    low, high = np.maximum(at - reach, 0), np.minimum(at + reach + 1, len(values))
    number = np.maximum(count[high] - count[low], 1)
    mean = (total[high] - total[low]) / number
    nothing: NDArray[np.bool_] = (level > 0.0) & (mean <= (1.0 + NOTHING_LEFT) * level)
    return nothing & there


def _best_level(values: Floats, noise: float) -> float:
    """Return the highest level that holds: for long enough, or from the beginning.

    Recordings of a disruption begin before it, or else end after it.
    """
    known = values[np.isfinite(values)]
    size = max(BEGINS, int(BEGINNING * len(known)))
    held = _held_level(np.sort(known), noise)
    best = held
    for edge, least in ((known[:size], 3.0 * noise), (known[-size:], abs(held))):
        ordered = np.sort(edge)
        level, low = (_between(ordered, q * (len(edge) - 1)) for q in (0.5, 0.1))
        steady = _MAD * float(np.median(np.abs(edge - level))) <= 2.0 * noise
        clear = low - held > max(level - low, 3.0 * noise)
        if (steady or clear) and level > held + max(least, 3.0 * noise):
            best = max(best, level)
    return best


def _held_level(known: Floats, noise: float) -> float:
    """Return the highest level around which enough of *known*, sorted, lie."""
    need = max(HELD_BINS, int(HELD * len(known)))
    width = 3.0 * noise
    for _ in range(8):
        mass = np.searchsorted(known, known + width, side="right") - np.arange(
            len(known)
        )
        enough = np.flatnonzero(mass >= need)
        if len(enough):
            top = int(enough[-1])
            around = mass[np.searchsorted(known, known[top] - width) : top + 1]
            start = top - len(around) + 1 + int(around.argmax())
            return float(np.median(known[start : start + mass[start]]))
        width *= 1.5
    return float(np.median(known))


def _following(values: Floats, reach: int) -> Floats:
    """Return the running mean of what is known, *reach* bins both ways."""
    known = np.isfinite(values)
    total = np.concatenate(([0.0], np.cumsum(np.where(known, values, 0.0))))
    count = np.concatenate(([0], np.cumsum(known)))
    at = np.arange(len(values))
    low, high = np.maximum(at - reach, 0), np.minimum(at + reach + 1, len(values))
    number = count[high] - count[low]
    fine = number >= min(_ENOUGH, int(number.max()))  # none reach all, if far apart
    mean: Floats = (total[high] - total[low])[fine] / number[fine]
    return mean if fine.all() else np.interp(at, at[fine], mean)


def _spread(rest: Floats, sigma: float) -> float:
    """Return the standard deviation of what lies near 0, by two robust measures."""
    near = np.abs(rest)
    near = near[near <= CLEAN * sigma]
    if not len(near):
        return sigma
    # the two quantiles by one pass instead of one each
    middle, last = len(near) // 2, len(near) - 1
    low = int(0.9 * last)
    wanted = sorted({max(middle - 1, 0), middle, low, min(low + 1, last)})
    near.partition(wanted)
    median = near[middle] if len(near) % 2 else (near[middle - 1] + near[middle]) / 2.0
    high = _between(near, 0.9 * last)
    return max(_MAD * float(median), high / 1.645)


def _between(ordered: Floats, at: float) -> float:
    """Return what lies at position *at*, as ``numpy.quantile`` does."""
    low = int(at)
    below, above = float(ordered[low]), float(ordered[min(low + 1, len(ordered) - 1)])
    part = at - low
    if part < 0.5:
        return below + (above - below) * part
    return above - (above - below) * (1.0 - part)


def _above(rest: Floats) -> float:
    """Return the standard deviation as the better half of the readings shows it."""
    better = rest[rest >= 0.0]
    return _MAD * float(np.median(better)) if len(better) else 0.0


def _grain(values: Floats, rest: Floats, level: Floats) -> float:
    """Return half of the usual step of a signal that moves in steps."""
    near = np.where(np.abs(rest) <= NEAR * np.abs(level), values, np.nan)
    steps = np.abs(np.diff(near))
    steps = steps[steps > 0.0]
    return float(np.median(steps)) / 2.0 if len(steps) else 0.0


def _noise(values: Floats) -> float:
    """Return the standard deviation from bin to bin, the largest steps left out."""
    steps = np.abs(np.diff(values[np.isfinite(values)]))
    usual = steps[steps <= np.quantile(steps, 0.95)] if len(steps) else steps
    return float(usual.mean()) * 0.886 if len(usual) else 0.0


def _floor(values: Floats, effect: float, additive: bool) -> float:  # noqa: FBT001
    """Return the least standard deviation that is believed."""
    share = effect / 6.0
    return share if additive else share * max(float(np.nanmax(np.abs(values))), 1e-9)
