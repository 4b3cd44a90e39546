"""Round numbers for axes, and what stands beside them."""

import math
from datetime import UTC, datetime, timedelta, tzinfo

from rabta.clock import DAY, HOUR, MINUTE, SECOND


_TIME_STEPS = (
    *(SECOND * n for n in (1, 5, 15, 30)),
    *(MINUTE * n for n in (1, 5, 15, 30)),
    *(HOUR * n for n in (1, 3, 6, 12)),
    *(DAY * n for n in (1, 2, 7, 14, 28, 91, 182, 364)),
)


def time_ticks(
    start: int, stop: int, zone: tzinfo, most: int = 9
) -> list[tuple[int, str]]:
    """Return at most *most* round local times with their labels, left to right."""
    step = next(
        (one for one in _TIME_STEPS if (stop - start) / one <= most),
        (stop - start) // most,
    )
    ticks: list[tuple[int, str]] = []
    clock = _round_down(_local(start, zone), step)
    day = None
    while len(ticks) < 4 * most:
        instant = int(clock.replace(tzinfo=zone).timestamp()) * SECOND
        if instant > stop:
            break
        if instant >= start:
            ticks.append((instant, _label(clock, step, new=clock.date() != day)))
            day = clock.date()
        clock += timedelta(microseconds=step)
    return ticks


def _local(instant: int, zone: tzinfo) -> datetime:
    return datetime.fromtimestamp(instant / SECOND, UTC).astimezone(zone)


def _round_down(moment: datetime, step: int) -> datetime:
    """Return the wall clock before *moment* that is a multiple of *step*."""
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    if step >= DAY:
        return midnight
    passed = moment.replace(tzinfo=None) - midnight
    whole = timedelta(microseconds=step)
    return midnight + passed // whole * whole


def _label(clock: datetime, step: int, *, new: bool) -> str:
    if step >= DAY:
        return clock.strftime("%Y-%m-%d")
    form = "%H:%M:%S" if step < MINUTE else "%H:%M"
    return clock.strftime(f"%m-%d {form}" if new else form)


def value_ticks(low: float, high: float, most: int = 4) -> list[float]:
    """Return round numbers that lie between *low* and *high* (Heckbert 1990)."""
    if not high > low:
        return [low]
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * n for n in (1, 2, 5, 10) if power * n >= rough)
    first = math.ceil(low / step)
    return [step * n for n in range(first, math.floor(high / step + 1e-9) + 1)]


def short(number: float) -> str:
    """Return *number* in few signs: 1.2 k, 35 M."""
    for size, sign in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(number) >= size:
            return f"{number / size:.4g} {sign}"
    return f"{number:.4g}"
