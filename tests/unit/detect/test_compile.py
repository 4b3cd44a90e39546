import subprocess
import sys

import numpy as np
import pytest

from rabta.detect import compile as engines
from rabta.detect.run import run, trait_of
from rabta.detect.signal import SignalKind
from rabta.detect.state import State
from tests.unit.detect.series import STEP, five_minutes, noisy, series


def test_nothing_imports_numba_before_it_is_asked_for():
    code = (
        "import sys, rabta.detect.run, rabta.detect.compile as c;"
        "c.available(); c.engine(10);"
        "sys.exit('numba' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_little_work_is_done_without_compiling():
    engines.fast.cache_clear()

    assert engines.plain is engines.engine(10_000)


@pytest.mark.slow
def test_what_is_compiled_already_does_little_work_too():
    pytest.importorskip("numba")
    compiled = engines.fast()

    assert compiled is engines.engine(10_000)


@pytest.mark.slow
@pytest.mark.parametrize("kind", list(SignalKind))
def test_compiled_and_plain_agree_to_the_bit(kind):
    """Over outages, shifts, gaps, all maturities and bins narrower than a slot."""
    pytest.importorskip("numba")
    step = STEP
    values = five_minutes(21) if kind is not SignalKind.RTT else noisy(6048)
    if kind is SignalKind.FRACTION:
        values, step = np.minimum(values / 1400, 1), STEP // 5
    values[3000:3100] *= 2.5 if kind.higher_is_worse else 0.3
    values[3500:4200] *= 0.75
    values[5000:5040] = np.nan
    weights = np.full(len(values), 30.0)
    whole = series(values, kind, step=step, weights=weights)
    results = []
    for engine in (engines.plain, engines.fast()):
        state = State.create(trait_of(whole), step, whole.timezone)
        track = run(state, whole, engine=engine)
        arrays = (track.baseline, track.residual, track.z, track.inflation, track.flags)
        results.append(
            (state.dump(), track.anomalies, track.shifts, [a.tobytes() for a in arrays])
        )

    assert results[0] == results[1]
    assert results[0][1]
