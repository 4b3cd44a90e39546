"""A file got in pieces, by as many uplinks as are good (RFC 9110, section 14)."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from rabta import failure
from rabta.model import Message
from rabta.outbox.outcome import LineError, ServerError
from rabta.outbox.task import Task
from rabta.outbox.transfer.courier import Courier
from rabta.outbox.transfer.pace import Pace
from rabta.outbox.transfer.spread import Free, spread
from rabta.outbox.transfer.tally import Tally


LENGTH = 4 * 1024 * 1024
"""Bytes of a piece: a cut costs one of each line, and asking costs a round trip."""

Ask = Callable[[Courier, int, int], Awaitable[bool]]
"""Asks for bytes from the first to before the second number; whether they come, and
are of the same state of the file."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be got."""

    part: Path
    size: int
    host: str


def numbers(size: int) -> range:
    """Return the numbers of the pieces of a file."""
    return range(-(-size // LENGTH))


def written(done: Iterable[int]) -> str:
    """Return a set of numbers as text: the bits of a number, hexadecimal."""
    return f"{sum(1 << number for number in done):x}"


def read(text: str) -> set[int]:
    """Return the numbers that *text* stands for."""
    bits = int(text or "0", 16)
    return {number for number in range(bits.bit_length()) if bits >> number & 1}


async def get(
    task: Task,
    wanted: Wanted,
    done: set[int],
    ask: Ask,
    keep: Callable[[str], Awaitable[None]],
    pace: Pace,
) -> None:
    """Get all pieces but those *done*; *keep* is told of each that is on the disk.

    Raises:
        LineError: no line led there.
        ServerError: the file changed on the server.
    """
    tally = Tally(task)

    def span(number: int) -> tuple[int, int]:
        return number * LENGTH, min((number + 1) * LENGTH, wanted.size)

    async def carry(courier: Courier, number: int, free: Free) -> None:
        del free  # the line is in use until the last byte came
        start, end = span(number)
        if not await ask(courier, start, end):
            raise ServerError(Message.of("outbox.no_range", host=wanted.host))
        at = start
        with wanted.part.open("r+b") as stream:
            stream.seek(start)

            async def take(piece: bytes) -> None:
                nonlocal at
                stream.write(piece[: end - at])
                at = min(end, at + len(piece))
                await pace.take(len(piece))
                await tally.move(number, at - start, courier.uplink)

            await courier.receive(take)
            stream.flush()
            await asyncio.to_thread(os.fsync, stream.fileno())
        if at < end:
            raise LineError(failure.EOF)
        tally.arrive(number, end - start)
        done.add(number)
        await keep(written(done))

    for number in done:
        start, end = span(number)
        tally.arrive(number, end - start)
    missing = [number for number in numbers(wanted.size) if number not in done]
    await spread(task, missing, carry)
