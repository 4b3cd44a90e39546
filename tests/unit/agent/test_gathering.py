"""Values gathered on the disk on their way into the store."""

import subprocess
import sys

import numpy as np
import pytest

from rabta.agent import gathering as room
from rabta.agent.gathering import gathering
from rabta.clock import DAY, MINUTE, ManualClock
from rabta.errors import StoreError
from rabta.store import Batch, SeriesKey, Store
from tests.unit.sources.helpers import NOW


@pytest.fixture
def store(tmp_path):
    with Store.open(tmp_path / "store", clock=ManualClock(NOW)) as opened:
        yield opened


def batch(entity, times, values, metric="bgp"):
    return Batch(SeriesKey("ioda", metric, entity), "/24", "lower", times, values)


def at_once(write):
    write()


def told(store, entity):
    return {
        info.metric: dict(zip(times.tolist(), values.tolist(), strict=True))
        for info, times, values in store.signals(entity, start=0, stop=NOW)
    }


def test_what_is_gathered_is_what_was_appended(store, monkeypatch):
    """However often it is full, and in whatever order values come."""
    monkeypatch.setattr(room, "ROOM", 500)
    monkeypatch.setattr(room, "_AT_ONCE", 70)
    monkeypatch.setattr(
        room.shutil, "disk_usage", lambda _: type("D", (), {"free": 40_000})()
    )
    random = np.random.default_rng(1)
    true = {}
    with gathering(store, at_once) as sink:
        for _ in range(60):
            entity = f"asn/{random.integers(40)}"
            metric = ["bgp", "it's"][random.integers(2)]
            times = NOW - random.integers(0, 90 * 288, 30) * 5 * MINUTE
            values = random.normal(size=30)
            sink.append([batch(entity, times, values, metric)])
            true.setdefault(entity, {}).setdefault(metric, {}).update(
                zip(times.tolist(), values.tolist(), strict=True)
            )
    assert true.keys() > {"asn/1"}
    for entity, metrics in true.items():
        kept = {one: dict(sorted(cells.items())) for one, cells in metrics.items()}
        assert told(store, entity) == {
            one: {t: v for t, v in cells.items() if t < NOW}
            for one, cells in kept.items()
        }


def test_what_is_left_of_a_killed_import_is_tidied_away(store):
    done = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"],
        capture_output=True,
        check=True,
        text=True,
    )
    root = store.path / "series"
    root.mkdir(exist_ok=True)
    dead = root / f".gathering-{done.stdout.strip()}"
    dead.mkdir()
    with gathering(store, at_once) as sink:
        sink.append([batch("country/PK", [NOW - DAY], [1.0])])
    assert not list(root.glob(".gathering-*"))
    assert told(store, "country/PK") == {"bgp": {NOW - DAY: 1.0}}


def test_a_disk_that_is_full_is_told_and_leaves_nothing_behind(store, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(room.Gathering, "_put", full)
    with (
        pytest.raises(StoreError, match="free space"),
        gathering(store, at_once) as sink,
    ):
        sink.append([batch("country/PK", [NOW], [1.0])])
    assert not list((store.path / "series").glob(".gathering-*"))
