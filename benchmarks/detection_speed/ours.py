"""What detection costs, measured in processor time unless said otherwise."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from samples import DAY, MONDAY, NATURES, STEP, ZONE, regular_of, year, year_of_few

from rabta.clock import HOUR
from rabta.detect.batch import detect as find
from rabta.detect.compile import Engine, plain
from rabta.detect.run import run, ticks, trait_of
from rabta.detect.signal import Regular, Signal, SignalKind
from rabta.detect.state import State
from rabta.detect.transform import Trait


COUNT = Trait(SignalKind.COUNT, higher_is_worse=False)


def detect(series: Regular, engine: Engine) -> int:
    state = State.create(trait_of(series), series.step, series.timezone)
    return len(run(state, series, engine=engine).anomalies)


def batch(engine: Engine, rounds: int, samples: Sequence[Regular]) -> float:
    """Points a second over *samples*; the best of *rounds*."""
    points = sum(len(series.values) for series in samples)
    best = 0.0
    for _ in range(rounds):
        began = time.process_time()
        for series in samples:
            detect(series, engine)
        best = max(best, points / (time.process_time() - began))
    return best


def whole(natures: Sequence[int], size: int, rounds: int) -> tuple[float, int]:
    """Points a second of all that ``rabta detect`` does with one entity; disruptions.

    Its signals, one of each of *natures*, are gathered, judged, fused, refined and
    told apart; the best of *rounds*. The compiled kernel is loaded before.
    """
    signals = []
    for place, nature in enumerate(natures):
        sample = year(nature + place * len(NATURES), size)
        name = f"{place}"
        signals.append(Signal(name, sample.kind, sample.times(), sample.values))
    best, found = 0.0, 0
    for _ in range(rounds):
        began = time.process_time()
        told = find(signals, entity="region/1", timezone=ZONE)
        best = max(best, len(signals) * size / (time.process_time() - began))
        found = len(told.disruptions)
    return best, found


def same_bits(engine: Engine) -> bool:
    """Tell whether the source as it stands agrees with the compiled code."""
    samples = [year(number, 20 * DAY) for number in range(len(NATURES))]
    for series in (*samples, year_of_few(2, 20 * DAY)):
        saved = []
        for way in (plain, engine):
            state = State.create(trait_of(series), series.step, series.timezone)
            track = run(state, series, engine=way)
            saved.append((state.dump(), track.z.tobytes(), track.anomalies))
        if saved[0] != saved[1]:
            return False
    return True


def tick_mode(engine: Engine, series: int, bins: int, slot: int) -> float:
    """Points a second, one call for each bin of all series that know their week.

    The best of blocks of ten bins. *slot* in microseconds.
    """
    size = 28 * DAY
    one = year(3, size)
    grown = State.create(COUNT, STEP, ZONE, slot=slot)
    run(grown, one, engine=engine)
    state = State.create((COUNT,) * series, STEP, ZONE, slot=slot)
    state.next = grown.next
    for name in ("rows", "ring", "medians", "filled"):
        many, single = getattr(state, name), getattr(grown, name)
        many.reshape(series, -1)[:] = single
    rng = np.random.default_rng(1)
    # outages in one series of a hundred, so that anomalies are open too
    rows = rng.choice(np.nan_to_num(one.values[:size], nan=1000.0), (bins, series))
    rows[:, ::100] *= 0.1
    best = 0.0
    for block in range(0, bins, 10):
        began = time.process_time()
        for i in range(block, min(block + 10, bins)):
            ticks(state, MONDAY + (size + i) * STEP, rows[i], engine=engine)
        spent = time.process_time() - began
        best = max(best, (min(block + 10, bins) - block) * series / spent)
    return best


def many(engine: Engine, series: int, weeks: int = 4) -> float:
    """Points a second over so many series of *weeks*, each with a state of its own."""
    size = weeks * 7 * DAY
    samples = [year(number, size) for number in range(16)]
    # a handful of series is over too soon to be timed once
    rounds = max(1, 64 // series)
    began = time.process_time()
    for number in range(rounds * series):
        detect(samples[number % 16], engine)
    return rounds * series * size / (time.process_time() - began)


def fleet(engine: Engine, entities: int, threads: int) -> tuple[float, int, int]:
    """Wall seconds, points and anomalies of a year of ten signals an entity.

    Every series has values of its own: noise and outages of one of five natures,
    begun elsewhere and told in another unit.
    """
    samples = [year(number) for number in range(2 * len(NATURES))]

    def entity(number: int) -> int:
        found = 0
        for signal, sample in enumerate(samples):
            values = np.roll(sample.values, 7919 * number + signal)
            values *= 1 + number
            found += detect(regular_of(values, sample.kind), engine)
        return found

    began = time.monotonic()
    with ThreadPoolExecutor(threads) as pool:
        found = sum(pool.map(entity, range(entities)))
    points = entities * sum(len(sample.values) for sample in samples)
    return time.monotonic() - began, points, found


def first_start() -> tuple[float, float]:
    """Wall seconds until the first result: nothing compiled yet, then kept on disk."""
    code = (
        "import numpy as np\n"
        "from rabta.detect.compile import fast\n"
        "from ours import detect\n"
        "from samples import year\n"
        "detect(year(1, 2880), fast())\n"
    )
    here = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120
    with tempfile.TemporaryDirectory() as folder:
        told = os.environ | {"NUMBA_CACHE_DIR": folder, "PYTHONPATH": here}
        spent = []
        for _ in range(2):
            began = time.monotonic()
            subprocess.run([sys.executable, "-c", code], env=told, check=True)
            spent.append(time.monotonic() - began)
    return spent[0], spent[1]


HOURLY = HOUR
