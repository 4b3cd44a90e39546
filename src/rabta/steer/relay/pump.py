"""Bytes from one socket to another at little cost, both ways, until both have ended.

On Linux they go through a pipe inside the kernel and are never copied here; elsewhere,
and while all pipes hold what slow readers have not taken, through one shared buffer.
An end of stream is passed on as one, so that a half-closed connection stays useful.
"""

import asyncio
import contextlib
import os
import socket
import struct
import sys
from collections.abc import Callable
from functools import lru_cache


CHUNK = 64 * 1024
_PIPE = 1 << 20  # what Linux grants to anybody
_PIPES = 48  # of that size: below the 64 after which Linux makes them smaller
_RESET = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
_DONE = (BlockingIOError, InterruptedError)


class Pipe:
    """A pipe and what is in it."""

    def __init__(self) -> None:
        self.read, self.write = os.pipe()
        os.set_blocking(self.read, False)
        os.set_blocking(self.write, False)
        if sys.platform == "linux":
            import fcntl

            with contextlib.suppress(OSError):  # this user has had enough of them
                fcntl.fcntl(self.write, fcntl.F_SETPIPE_SZ, _PIPE)
        self.held = 0

    def close(self) -> None:
        """Give its descriptors back."""
        os.close(self.read)
        os.close(self.write)


@lru_cache
def splices() -> bool:
    """Try once whether bytes go from a socket to a pipe inside the kernel."""
    if not hasattr(os, "splice"):
        return False
    one, two = socket.socketpair()
    pipe = Pipe()
    try:
        one.send(b"?")
        flags = os.SPLICE_F_MOVE | os.SPLICE_F_NONBLOCK
        return os.splice(two.fileno(), pipe.write, 1, flags=flags) == 1
    except OSError:  # Python has it, and what stands in for a kernel has not
        return False
    finally:
        pipe.close()
        one.close()
        two.close()


class Pipes:
    """Pipes that are lent to whoever has something to move."""

    def __init__(self, most: int = _PIPES) -> None:
        self._left = most if splices() else 0
        self._free: list[Pipe] = []
        # where it is the rule, a larger one is worth what slow readers leave of it
        self.buffer = memoryview(bytearray(CHUNK if self._left else 4 * CHUNK))
        """For all who got none; nothing stays in it."""

    def lend(self) -> Pipe | None:
        """Return an empty pipe; None where there is none."""
        if self._free:
            return self._free.pop()
        if not self._left:
            return None
        try:
            made = Pipe()
        except OSError:  # no more descriptors
            return None
        self._left -= 1
        return made

    def give_back(self, pipe: Pipe) -> None:
        """Take a pipe back; one that is not empty is thrown away."""
        if pipe.held:
            pipe.close()
            self._left += 1
        else:
            self._free.append(pipe)

    def close(self) -> None:
        """Close those that are not lent."""
        while self._free:
            self._free.pop().close()


class Flow:
    """One direction."""

    def __init__(
        self,
        source: socket.socket,
        sink: socket.socket,
        pipes: Pipes,
        ended: Callable[[OSError | None], None],
    ) -> None:
        """Prepare it; *ended* is told once, with what went wrong if anything did."""
        self.moved = 0
        """Bytes."""
        self._source = source
        self._sink = sink
        self._pipes = pipes
        self._pipe: Pipe | None = None
        self._left = b""
        self._ended = ended
        self._loop = asyncio.get_running_loop()

    def start(self) -> None:
        """Move whatever comes."""
        self._loop.add_reader(self._source, self._guarded, self._take)

    async def stop(self) -> None:
        """Move nothing more; what was taken and not passed on is lost."""
        self._quit()

    def _quit(self) -> None:
        if self._source.fileno() >= 0:
            self._loop.remove_reader(self._source)
        if self._sink.fileno() >= 0:
            self._loop.remove_writer(self._sink)
        if self._pipe is not None:
            self._pipes.give_back(self._pipe)
            self._pipe = None

    def _guarded(self, step: Callable[[], None]) -> None:
        try:
            step()
        except _DONE:
            pass
        except OSError as error:
            self._quit()
            self._ended(error)

    def _take(self) -> None:
        self._pipe = self._pipes.lend()
        try:
            if self._pipe is not None:
                flags = os.SPLICE_F_MOVE | os.SPLICE_F_NONBLOCK
                count = os.splice(
                    self._source.fileno(), self._pipe.write, _PIPE, flags=flags
                )
                self._pipe.held = count
            else:
                count = self._source.recv_into(self._pipes.buffer)
        finally:
            if self._pipe is not None and not self._pipe.held:
                self._pipes.give_back(self._pipe)
                self._pipe = None
        if not count:
            self._loop.remove_reader(self._source)
            with contextlib.suppress(OSError):  # it may be gone already
                self._sink.shutdown(socket.SHUT_WR)
            self._ended(None)
            return
        self.moved += count
        if self._pipe is None:
            self._send(self._pipes.buffer[:count])
        else:
            self._drain()
        if self._pipe is not None or self._left:
            self._loop.remove_reader(self._source)
            self._loop.add_writer(self._sink, self._guarded, self._pass_on)

    def _pass_on(self) -> None:
        if self._pipe is not None:
            self._drain()
        else:
            self._send(memoryview(self._left))
        if self._pipe is None and not self._left:
            self._loop.remove_writer(self._sink)
            self.start()

    def _drain(self) -> None:
        pipe = self._pipe
        if pipe is None:
            return
        flags = os.SPLICE_F_MOVE | os.SPLICE_F_NONBLOCK
        with contextlib.suppress(*_DONE):
            sent = os.splice(pipe.read, self._sink.fileno(), pipe.held, flags=flags)
            pipe.held -= sent
        if not pipe.held:
            self._pipe = None
            self._pipes.give_back(pipe)

    def _send(self, data: memoryview) -> None:
        sent = 0
        with contextlib.suppress(*_DONE):
            sent = self._sink.send(data)
        self._left = bytes(data[sent:])


class Copying:
    """The same where the loop cannot watch sockets, as on Windows."""

    def __init__(
        self,
        source: socket.socket,
        sink: socket.socket,
        pipes: Pipes,
        ended: Callable[[OSError | None], None],
    ) -> None:
        """Prepare it; *ended* is told once, with what went wrong if anything did."""
        del pipes
        self.moved = 0
        self._source = source
        self._sink = sink
        self._ended = ended
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Move whatever comes."""
        self._task = asyncio.create_task(self._copy())

    async def stop(self) -> None:
        """Move nothing more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _copy(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while data := await loop.sock_recv(self._source, CHUNK):
                await loop.sock_sendall(self._sink, data)
                self.moved += len(data)
        except OSError as error:
            self._ended(error)
            return
        with contextlib.suppress(OSError):
            self._sink.shutdown(socket.SHUT_WR)
        self._ended(None)


def reset(one: socket.socket) -> None:
    """End a connection at once, so that its other end hears of it at once."""
    with contextlib.suppress(OSError):
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    one.close()


def keep_alive(one: socket.socket) -> None:
    """Have the system ask after a silent peer, so that a dead one is noticed."""
    options = {"TCP_KEEPIDLE": 60, "TCP_KEEPINTVL": 15, "TCP_KEEPCNT": 4}
    with contextlib.suppress(OSError):
        one.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in options.items():
            if number := getattr(socket, name, 0):
                one.setsockopt(socket.IPPROTO_TCP, number, value)
