"""Small seeded series for the tests of detection."""

from zoneinfo import ZoneInfo

import numpy as np

from rabta.clock import HOUR, MINUTE
from rabta.detect.compile import plain
from rabta.detect.run import run, trait_of
from rabta.detect.signal import Regular, SignalKind
from rabta.detect.state import State


UTC = ZoneInfo("UTC")
MONDAY = 1_704_067_200_000_000


def series(values, kind=SignalKind.COUNT, step=HOUR, zone=UTC, **more):
    worse = more.pop("higher_is_worse", kind.higher_is_worse)
    start = more.pop("start", MONDAY)
    values = np.asarray(values, dtype=np.float64)
    return Regular("x", kind, worse, zone, start, step, values, **more)


def noisy(size, seed=1, level=1000.0, noise=0.02, daily=0.3, per_day=24):
    """A day shape times noise."""
    rng = np.random.default_rng(seed)
    turn = 2 * np.pi * np.arange(size) / per_day
    shape = 1 + daily * np.sin(turn)
    return level * shape * (1 + noise * rng.standard_normal(size))


def track(values, kind=SignalKind.COUNT, engine=plain, baseline=None, **more):
    regular = series(values, kind, **more)
    state = State.create(trait_of(regular), regular.step, regular.timezone)
    return run(state, regular, engine=engine, baseline=baseline)


def five_minutes(days, **more):
    return noisy(days * 288, per_day=288, **more)


STEP = 5 * MINUTE
