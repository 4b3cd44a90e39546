"""A service on loopback, and a fetcher whose waits take no time."""

import pytest

from rabta.clock import ManualClock
from rabta.sources.polite import Fetcher

from .helpers import NOW
from .service import service as serve


@pytest.fixture
def service():
    with serve() as told:
        yield told


@pytest.fixture
def clock():
    return ManualClock(NOW)


@pytest.fixture
def waits():
    return []


@pytest.fixture
def fetcher(tmp_path, clock, waits):
    def sleep(seconds):
        waits.append(seconds)
        clock.advance(round(seconds * 1_000_000))

    made = Fetcher(tmp_path / "fetched", clock=clock, sleep=sleep, size=1_000_000)
    yield made
    made.close()
