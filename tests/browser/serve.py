"""Serve the sample office, moving, to look at: ``python -m tests.browser.serve``."""

import asyncio
import socket
import sys
import tempfile
from pathlib import Path

import uvicorn

from rabta.api import ApiSettings, create_app
from rabta.clock import SystemClock
from rabta.store import Store
from tests.browser import sample


async def serve(
    app: object, live: sample.FakeLive, store: Store, opened: socket.socket
) -> None:
    """Serve until cancelled; the office goes on a second at a time."""
    config = uvicorn.Config(
        app, log_level="warning", lifespan="off", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    moving = asyncio.create_task(move(live, store))
    try:
        await server.serve(sockets=[opened])
    finally:
        moving.cancel()


async def move(live: sample.FakeLive, store: Store) -> None:
    """Measure on, a little every second."""
    clock = SystemClock()
    before = clock.now()
    fault = before
    while True:
        await asyncio.sleep(1)
        now = clock.now()
        seen = tuple(sample.observations(before, now, fault))
        if seen:
            before = max(one.time for one in seen) + 1
            store.record(seen)
            live.samples(seen)
        live.publish(sample.advance(live.status(), now))


def main() -> None:
    """Serve on the port given, or 4899."""
    sample.teach()
    now = SystemClock().now()
    with tempfile.TemporaryDirectory() as folder, socket.socket() as opened:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 4899))
        with sample.open_store(Path(folder), now) as store:
            live = sample.FakeLive(sample.status(now))
            settings = ApiSettings(targets=sample.TARGETS, simulated=True)
            asyncio.run(serve(create_app(live, store, settings), live, store, opened))


if __name__ == "__main__":
    main()
