"""What all ways of sending a file share: the file, how far it is, how it ended."""

import asyncio
import hashlib
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path
from typing import cast

from rabta.model import Message, Upload
from rabta.outbox.http import Reply
from rabta.outbox.http.connection import PIECE
from rabta.outbox.outcome import FinalError, Outcome
from rabta.outbox.task import Task
from rabta.outbox.transfer.courier import TRANSIENT, Courier, Headers, refused
from rabta.outbox.transfer.files import print_of, sha256_of
from rabta.outbox.transfer.pace import Pace
from rabta.outbox.transfer.state import State, state_of, text_of
from rabta.probes.url import Url


class Sending(ABC):
    """One file on its way; a subclass for each protocol."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.work = cast("Upload", task.job.order.work)
        self.file = Path(self.work.file)
        self.courier = Courier(task)
        self.pace = Pace(self.work.limit, task.clock)
        self.state = state_of(task.token)

    async def run(self) -> Outcome:
        """Do it all; raises what a runner may."""
        await self._look_at_file()
        try:
            return await self.courier.until_through(self.go_on)
        finally:
            self.courier.hang_up()

    @abstractmethod
    async def go_on(self) -> Outcome:
        """Ask how far it is and send the rest; called again when the line failed."""

    async def _look_at_file(self) -> None:
        now = print_of(self.file)
        if (now.size, now.modified) != (self.state.size, self.state.modified):
            digest = await asyncio.to_thread(sha256_of, self.file)
            if digest != self.state.sha256:  # another content: what was sent is void
                await self.task.leave(text_of(self.state))
                await self.remember(
                    State(self.state.how, "", now.size, now.modified, digest)
                )

    async def remember(self, state: State) -> None:
        """Keep *state*: a crash goes on from here."""
        self.state = state
        await self.task.remember(text_of(state))

    async def begun(self, how: str, place: str) -> None:
        """Keep what the far side calls this upload."""
        begun = replace(self.state, how=how, place=place)
        try:
            await self.remember(begun)
        except asyncio.CancelledError:  # the job was cancelled while this was asked
            await self.task.leave(text_of(begun))
            raise

    async def forget(self) -> None:
        """Let it begin anew: the far side knows no more of what was sent."""
        await self.remember(replace(self.state, place=""))

    async def abandon(self) -> None:
        """Let it begin anew, and what the far side holds of it be removed."""
        await self.task.leave(text_of(self.state))
        await self.forget()

    async def pieces(self, start: int, end: int) -> AsyncGenerator[bytes, None]:
        """Yield the file's bytes from *start* to *end*, no faster than is allowed."""
        with self.file.open("rb") as stream:
            stream.seek(start)
            while start < end and (piece := stream.read(min(PIECE, end - start))):
                await self.pace.take(len(piece))
                yield piece
                start += len(piece)
        if start != end:
            raise FinalError(Message.of("outbox.changed", file=str(self.file)))

    async def read_back(self, url: Url, headers: Headers = ()) -> bytes:
        """Get what lies at *url* and return its SHA-256."""
        reply = await self.courier.ask("GET", url, headers)
        self.judge(reply, url)
        digest = hashlib.sha256()

        async def take(piece: bytes) -> None:
            digest.update(piece)

        await self.courier.receive(take)
        return digest.digest()

    def judge(self, reply: Reply, url: Url) -> None:
        """Raise what *reply* stands for, unless the request was done."""
        if reply.ok:
            return
        error = refused(reply, url, self.task.clock.now())
        if reply.status in TRANSIENT:
            raise error
        raise FinalError(error.says)


def sent(key: str, host: str) -> Outcome:
    """Return the outcome of a file that arrived."""
    return Outcome("done", Message.of(key, host=host))
