"""The sample office behind a real server on a loopback port, for one test or many."""

import asyncio
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn

from rabta.api import ApiSettings, create_app
from rabta.api.serve import configured
from rabta.clock import SystemClock
from rabta.model import Observation, Status
from rabta.store import Store
from tests.browser import sample


@dataclass
class Office:
    """What a test may do with it."""

    now: int
    url: str
    store: Store
    app: Any
    live: sample.FakeLive
    loop: asyncio.AbstractEventLoop
    stop: Callable[[], None]

    def publish(self, status: Status) -> None:
        """Change the newest status."""
        self.loop.call_soon_threadsafe(self.live.publish, status)

    def measure(self, seen: tuple[Observation, ...]) -> None:
        """Record observations and tell the watchers."""
        self.store.record(seen)
        self.loop.call_soon_threadsafe(self.live.samples, seen)


@contextmanager
def office(settings: ApiSettings | None = None) -> Iterator[Office]:
    """Serve the sample until the block ends."""
    sample.teach()
    now = SystemClock().now()
    settings = settings or ApiSettings(targets=sample.TARGETS)
    with tempfile.TemporaryDirectory() as folder, socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        with sample.open_store(Path(folder), now) as store:
            live = sample.FakeLive(sample.status(now), sample.COUNTS)
            app = create_app(live, store, settings)
            server = uvicorn.Server(configured(app))
            loop = asyncio.new_event_loop()
            thread = threading.Thread(
                target=_serve, args=(loop, server, opened), daemon=True
            )

            def stop() -> None:
                server.should_exit = True
                thread.join(10)
                assert not thread.is_alive()

            thread.start()
            _wait(lambda: server.started)
            url = f"http://127.0.0.1:{opened.getsockname()[1]}"
            try:
                yield Office(now, url, store, app, live, loop, stop)
            finally:
                stop()


def _serve(
    loop: asyncio.AbstractEventLoop, server: uvicorn.Server, opened: socket.socket
) -> None:
    asyncio.set_event_loop(loop)
    loop.run_until_complete(server.serve(sockets=[opened]))
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.run_until_complete(loop.shutdown_default_executor())
    loop.close()


def _wait(ready: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < deadline, "the server did not start"
        time.sleep(0.02)
