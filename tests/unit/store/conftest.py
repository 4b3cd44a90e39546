"""A store of its own for every test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from rabta.clock import ManualClock
from rabta.store import Store

from .helpers import T0


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(T0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def store(folder: Path, clock: ManualClock) -> Iterator[Store]:
    with Store.open(folder, clock=clock) as opened:
        yield opened
