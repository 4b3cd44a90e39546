"""What the daemon does now and then."""

import asyncio
from types import SimpleNamespace

from rabta.agent import chores


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
