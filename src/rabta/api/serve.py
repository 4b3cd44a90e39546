"""Run the daemon and its dashboard in one event loop, until told to stop."""

import asyncio
import contextlib
import logging
import signal
import socket
from collections.abc import Callable, Iterator

import uvicorn
from fastapi import FastAPI

from rabta.agent.waiting import happens
from rabta.errors import PlatformError


log = logging.getLogger(__name__)


_DATE = 1.0  # seconds between changes of the responses' Date header


class _Server(uvicorn.Server):
    """Looks up once a second; uvicorn's own does ten times, to see whether to end."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._ending = asyncio.Event()

    def stop(self) -> None:
        """End gracefully."""
        self.should_exit = True
        self._ending.set()

    async def main_loop(self) -> None:
        while not await self.on_tick(0):
            await happens(self._ending, _DATE)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield  # the loop below answers signals


def listen(host: str, port: int) -> socket.socket:
    """Bind before anything starts, so that a taken port is one clear line.

    Raises:
        PlatformError: the address or port cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    opened = socket.socket(family, socket.SOCK_STREAM)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        opened.bind((host, port))
        opened.listen()  # an address that is merely bound can be had twice
    except OSError as error:
        opened.close()
        raise PlatformError(
            f"cannot listen on {host} port {port}: {error.strerror}",
            hint="another program has it; choose one with --port",
        ) from error
    return opened


def configured(app: FastAPI) -> uvicorn.Config:
    """Return how *app* is served."""
    return uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="off",
        ws="none",
        proxy_headers=False,  # who is asking is read off the connection itself
        timeout_graceful_shutdown=2,
    )


async def serve(
    app: FastAPI,
    opened: socket.socket,
    work: Callable[[], "asyncio._CoroutineLike[None]"],
) -> None:
    """Serve *app* and do *work* until SIGINT or SIGTERM, then stop both gracefully."""
    server = _Server(configured(app))
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows
            loop.add_signal_handler(number, stop.set)
    working = asyncio.create_task(work())
    serving = asyncio.create_task(server.serve(sockets=[opened]))
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait(
            (working, serving, stopping), return_when=asyncio.FIRST_COMPLETED
        )
    finally:
        server.stop()
        working.cancel()
        stopping.cancel()
        results = await asyncio.gather(working, serving, return_exceptions=True)
    for result in results:
        if isinstance(result, Exception):
            raise _first_of(result)


def _first_of(error: Exception) -> Exception:
    """Take what went wrong out of the groups that task groups make of it."""
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return error
