"""A real store, filled by the simulated office while its fibre is cut."""

import os
import shutil
import sqlite3
import subprocess
import sys
import time

import pytest

from rabta.agent.live import LiveHub
from rabta.agent.publisher import Publisher
from rabta.agent.recorder import Recorder
from rabta.clock import MINUTE, SECOND, ManualClock
from rabta.store import Store
from tests.unit.agent import conftest as office
from tests.unit.agent.test_pipeline import cut


@pytest.fixture(scope="session")
def filled(tmp_path_factory):
    """A folder: 3 calm minutes, then half a minute of an outage that lasts."""
    folder = tmp_path_factory.mktemp("filled") / "a store? 100 %#1"
    clock = ManualClock(office.START)
    with Store.open(folder, clock=clock) as store:
        built = office.Office(store, [cut(length=10 * MINUTE)])
        built.run(office.WARM + 30 * SECOND)
        recorder = Recorder(store)
        for one in built.seen:
            recorder.add(one)
        recorder.drain()
        clock.advance(built.now - office.START)
        publisher = Publisher(built.pipeline, store, LiveHub(None))
        publisher.publish(built.now, {}, (), changed=True)
    return folder


@pytest.fixture
def fresh(filled, tmp_path):
    """A copy of it that was written just now."""
    return refreshed(filled, tmp_path / "fresh")


def refreshed(folder, copy):
    shutil.copytree(folder, copy)
    database = sqlite3.connect(copy / "rabta.sqlite")
    with database:
        database.execute("UPDATE status SET written_at = ?", (time.time_ns() // 1000,))
    database.close()
    return copy


@pytest.fixture
def rabta():
    """Run the command line; in English unless *language* says otherwise."""

    def run(*words, **environment):
        return subprocess.run(
            [sys.executable, "-W", "error", "-m", "rabta", *map(str, words)],
            env={**os.environ, "LANG": "en_US.UTF-8", "TZ": "UTC", **environment},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run
