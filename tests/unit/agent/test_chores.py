"""What the daemon does now and then."""

import asyncio
from types import SimpleNamespace

from rabta.agent import chores
from rabta.agent.child import run_beside
from rabta.clock import HOUR, SystemClock
from rabta.config import load
from rabta.store import Store
from rabta.store.evidence import Leaves
from tests.unit.store.helpers import ping


async def test_a_line_whose_first_hop_is_not_known_is_traced_soon(monkeypatch):
    """The others are left alone until ten minutes have passed."""
    monkeypatch.setattr(chores, "_TRACE_SOON", 0.01)
    traced, enough = [], asyncio.Event()
    known = {"wan1": "100.64.0.1", "wan2": ""}

    class Runner:
        rigs = SimpleNamespace(
            all=lambda: [SimpleNamespace(key=key) for key in known],
            first_hop=known.get,
        )

        async def trace(self, key):
            traced.append(key)
            if len(traced) == 5:
                enough.set()

    task = asyncio.create_task(chores.keep_paths(Runner()))
    await asyncio.wait_for(enough.wait(), 5)
    task.cancel()
    assert traced[:2] == ["wan1", "wan2"]
    assert set(traced[2:]) == {"wan2"}


async def test_an_hour_that_ended_is_closed_for_the_evidence_log(monkeypatch, tmp_path):
    monkeypatch.setattr(chores, "_LOOK", 0.01)
    clock = SystemClock()
    began = clock.now() - 3 * HOUR
    codes, done = [], asyncio.Event()

    async def run(*words):
        codes.append(await run_beside(*words))
        done.set()
        return codes[-1]

    monkeypatch.setattr(chores, "run_beside", run)
    with Store.open(tmp_path, clock=clock) as store:
        store.record([ping(began)])
        task = asyncio.create_task(
            chores.keep_closed(load(None, {"HOME": "/"}), store, clock)
        )
        await asyncio.wait_for(done.wait(), 30)
        task.cancel()

    assert codes == [0]
    with Leaves.read(tmp_path) as leaves:
        assert leaves.last_hour() == began // HOUR
