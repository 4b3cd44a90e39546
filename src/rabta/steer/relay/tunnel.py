"""One client and what it is connected to, until both have said all they had to say."""

import asyncio
import contextlib
import socket
from collections.abc import Awaitable

from rabta.steer.relay.dial import Dialled
from rabta.steer.relay.pump import Copying, Flow, Pipes, keep_alive, reset


class Tunnel:
    """Closes both sockets when it is over; resets both when either was reset."""

    def __init__(self, client: socket.socket, dialled: Dialled, pipes: Pipes) -> None:
        loop = asyncio.get_running_loop()
        watches = isinstance(loop, asyncio.SelectorEventLoop)
        kind: type[Flow | Copying] = Flow if watches else Copying
        self.dialled = dialled
        self._client = client
        self._upstream = dialled.socket
        self._over: asyncio.Future[OSError | None] = loop.create_future()
        self._left = 2
        self._up = kind(client, self._upstream, pipes, self._ended)
        self._down = kind(self._upstream, client, pipes, self._ended)

    @property
    def moved_bytes(self) -> int:
        """What went through, both ways."""
        return self._up.moved + self._down.moved

    async def run(self, body: Awaitable[None] | None = None) -> None:
        """Move bytes both ways; with *body*, which sends, only what comes back."""
        keep_alive(self._client)
        keep_alive(self._upstream)
        sending: list[asyncio.Future[None]] = []
        clean = False
        try:
            self._down.start()
            if body is None:
                self._up.start()
            else:
                self._left = 1
                sending.append(asyncio.ensure_future(body))
                sending[0].add_done_callback(self._sent)
            clean = await self._over is None
        finally:
            for task in sending:
                task.cancel()
            await asyncio.gather(
                self._up.stop(), self._down.stop(), *sending, return_exceptions=True
            )
            for one in (self._client, self._upstream):
                if clean:
                    one.close()
                else:
                    reset(one)

    def abort(self) -> None:
        """End both sides at once."""
        self._finish(ConnectionAbortedError())

    def _sent(self, sending: asyncio.Future[None]) -> None:
        # a server may answer and hang up before it has all; a client may not babble
        if not sending.cancelled() and not isinstance(
            sending.exception(), OSError | None
        ):
            self.abort()

    def _ended(self, error: OSError | None) -> None:
        self._left -= 1
        if error is not None or not self._left:
            self._finish(error)

    def _finish(self, error: OSError | None) -> None:
        with contextlib.suppress(asyncio.InvalidStateError):  # over already
            self._over.set_result(error)
