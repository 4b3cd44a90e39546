"""Made-up entities with known troubles, in bins of five minutes unless told."""

from datetime import UTC, datetime

import numpy as np

from rabta.clock import DAY, MINUTE, SECOND
from rabta.detect.signal import Signal, SignalKind


START = int(datetime(2024, 3, 4, tzinfo=UTC).timestamp()) * SECOND  # a Monday
STEP = 5 * MINUTE


def routes(days, drops=(), *, level=3000.0, noise=1.0, seed=0, step=STEP, name="bgp"):
    """Visible prefixes: flat; *drops* are (first bin, end bin, share lost)."""
    size = int(days * DAY // step)
    rng = np.random.default_rng(seed)
    values = level + np.round(rng.normal(0.0, noise, size))
    for first, end, share in drops:
        values[first:end] *= 1.0 - share
    return Signal(name, SignalKind.PREFIXES, times(size, step), values)


def traffic(days, drops=(), *, seed=1, noise=0.04, step=STEP, name="traffic"):
    """Requests with a strong shape of the day."""
    size = int(days * DAY // step)
    rng = np.random.default_rng(seed)
    phase = 2 * np.pi * np.arange(size) * step / DAY
    values = 1000.0 * (1.0 + 0.45 * np.sin(phase)) * (1 + rng.normal(0, noise, size))
    for first, end, share in drops:
        values[first:end] *= 1.0 - share
    return Signal(name, SignalKind.COUNT, times(size, step), values)


def few(days, drops=(), *, seed=2, mean=4.0, step=STEP, name="telescope"):
    """Counts of a few per bin."""
    size = int(days * DAY // step)
    rng = np.random.default_rng(seed)
    expected = np.full(size, mean)
    for first, end, share in drops:
        expected[first:end] *= 1.0 - share
    return Signal(
        name, SignalKind.COUNT, times(size, step), rng.poisson(expected).astype(float)
    )


def times(size, step=STEP):
    return START + step * np.arange(size, dtype=np.int64)


def at(bin_, step=STEP):
    return START + step * bin_
