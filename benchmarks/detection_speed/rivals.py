"""The rivals on the same series, by whatever of them this interpreter can import.

Prints one JSON object a method: ``{"method", "points", "seconds"}`` in processor
seconds. Each gets as much of the year as it can take in reasonable time, and the
parameters its documentation would suggest for weekly seasons.

    python rivals.py VALUES.npy [--short]
"""

import argparse
import json
import logging
import time
import warnings
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray


WEEK, DAY = 2_016, 288
Method = tuple[str, int, Callable[[NDArray[np.float64]], object]]


def river() -> Iterator[Method]:
    from river import anomaly, drift, time_series

    def learn(model):
        def go(values):
            for i, value in enumerate(values):
                if i > 2 * WEEK:
                    model.forecast(1)
                model.learn_one(value)

        return go

    def each(detector):
        def go(values):
            for value in values:
                detector.update(value)

        return go

    def scored(scorer):
        def go(values):
            for value in values:
                scorer.score_one({"x": value})
                scorer.learn_one({"x": value})

        return go

    holt = time_series.HoltWinters(
        alpha=0.1, beta=0.01, gamma=0.1, seasonality=WEEK, multiplicative=True
    )
    yield "river HoltWinters(2016)", 20_000, learn(holt)
    yield "river ADWIN", 105_120, each(drift.ADWIN())
    yield "river PageHinkley", 105_120, each(drift.PageHinkley())
    yield "river HalfSpaceTrees(25)", 2_000, scored(anomaly.HalfSpaceTrees(seed=1))


def ruptures() -> Iterator[Method]:
    import ruptures as rpt

    yield "ruptures PELT l2", 2_000, lambda x: rpt.Pelt("l2").fit(x).predict(1e6)
    yield (
        "ruptures Window(288)",
        20_000,
        lambda x: rpt.Window(DAY, "l2").fit(x).predict(pen=1e6),
    )
    yield (
        "ruptures KernelCPD linear",
        105_120,
        lambda x: rpt.KernelCPD("linear").fit(x).predict(pen=1e6),
    )


def adtk() -> Iterator[Method]:
    import pandas as pd
    from adtk.detector import LevelShiftAD, PersistAD, SeasonalAD

    def series(values):
        index = pd.date_range("2024-01-01", periods=len(values), freq="5min")
        return pd.Series(values, index=index)

    for name, detector in (
        ("SeasonalAD(2016)", SeasonalAD(freq=WEEK)),
        ("LevelShiftAD(12)", LevelShiftAD(window=12)),
        ("PersistAD", PersistAD()),
    ):
        yield (
            f"adtk {name}",
            105_120,
            lambda x, detector=detector: detector.fit_detect(series(x)),
        )


def statsforecast() -> Iterator[Method]:
    from statsforecast.models import MSTL, SeasonalNaive

    yield (
        "statsforecast SeasonalNaive(2016)",
        105_120,
        lambda x: SeasonalNaive(WEEK).fit(x),
    )
    yield (
        "statsforecast MSTL(24, 168), hourly",
        8_760,
        lambda x: MSTL(season_length=[24, 168]).fit(x),
    )


def statsmodels() -> Iterator[Method]:
    from statsmodels.tsa.seasonal import STL
    from statsmodels.tsa.statespace.sarimax import SARIMAX

    def quick(values):
        jumps = {"seasonal_jump": 302, "trend_jump": 302, "low_pass_jump": 302}
        return STL(values, period=WEEK, robust=True, **jumps).fit()

    yield "statsmodels STL(2016), jumps of 302", 105_120, quick
    yield (
        "statsmodels STL(168), hourly",
        8_760,
        lambda x: STL(x, period=168, robust=True).fit(),
    )
    yield (
        "statsmodels SARIMAX(2,0,1), weekly difference",
        20_160,
        lambda x: SARIMAX(x[WEEK:] - x[:-WEEK], order=(2, 0, 1)).fit(disp=False),
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("values")
    parser.add_argument("--small", action="store_true", help="a tenth of the points")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    year = np.load(arguments.values)
    for library in (river, ruptures, adtk, statsforecast, statsmodels):
        try:
            for method, points, go in library():
                size = max(3 * WEEK, points // 10) if arguments.small else points
                size = min(size, points)
                values = year[:: len(year) // size] if "hourly" in method else year
                values = np.ascontiguousarray(values[:size])
                began = time.process_time()
                go(values)
                spent = time.process_time() - began
                told = {"method": method, "points": size, "seconds": spent}
                print(json.dumps(told), flush=True)
        except ImportError as missing:
            absent = {"method": library.__name__, "missing": str(missing)}
            print(json.dumps(absent), flush=True)


if __name__ == "__main__":
    main()
