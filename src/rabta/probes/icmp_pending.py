"""The book of echo requests under way: whose answer is this, and who waits too long."""

import asyncio
import heapq
import random
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final, NamedTuple

from rabta.probes.binding import Address
from rabta.probes.icmp_packet import Answer


_REMEMBERED: Final = 4096  # lost probes whose late answers are recognised


class Echo(NamedTuple):
    """The outcome of one echo request."""

    rtt: float | None
    """Seconds until an answer came, be it a reply or an error; None if none did."""
    failure: str | None = None
    """None for a reply."""
    responder: str = ""
    """Who answered: the target, or the router that sent the error."""
    ttl: int | None = None
    """What was left of the answer's TTL, where the system tells."""


@dataclass(slots=True)
class Tally:
    """What one engine has seen since it was made."""

    sent: int = 0
    answered: int = 0
    """Replies and errors in time."""
    lost: int = 0
    late: int = 0
    """Replies to probes that had already counted as lost."""
    stray: int = 0
    """Duplicates, forgeries and answers to nobody."""


class Request:
    """One request under way; slotted because there may be thousands."""

    __slots__ = (
        "answer",
        "deadline",
        "packed",
        "payload",
        "sent",
        "sequence",
        "timeout",
        "to",
        "ttl",
    )

    def __init__(
        self, to: Address, packed: bytes, timeout: float, ttl: int | None = None
    ) -> None:
        loop = asyncio.get_running_loop()
        self.to = to
        self.packed = packed
        self.timeout = timeout
        self.ttl = ttl
        self.deadline = loop.time() + timeout
        self.answer: asyncio.Future[Echo] = loop.create_future()
        self.sequence = 0
        self.payload = b""
        self.sent = 0.0

    def finish(self, echo: Echo) -> None:
        """Tell who waits, unless nobody does any more."""
        if not self.answer.done():
            self.answer.set_result(echo)

    def owns(self, answer: Answer) -> bool:
        """Whether the sender of *answer* has seen this very request."""
        if answer.failure is None:
            return answer.payload == self.payload
        quoted = answer.payload[: len(self.payload)]
        known = answer.destination in {b"", self.packed}
        return known and self.payload.startswith(quoted)


class Pending:
    """Requests by sequence number and by deadline.

    One heap instead of one timer each: most requests are answered long before their
    deadline, and finished ones fall off the heap unseen.
    """

    def __init__(self) -> None:
        self.tally = Tally()
        self._by_sequence: dict[int, Request] = {}
        self._by_deadline: list[tuple[float, int, Request]] = []
        self._lost: OrderedDict[int, bytes] = OrderedDict()
        self._last = random.randrange(0x10000)

    def __len__(self) -> int:
        return len(self._by_sequence)

    def next_sequence(self) -> int:
        """Return a number no request under way has.

        Raises:
            BlockingIOError: all 65,536 are taken.
        """
        if len(self._by_sequence) > 0xFFFF:
            raise BlockingIOError
        self._last = (self._last + 1) & 0xFFFF
        while self._last in self._by_sequence:
            self._last = (self._last + 1) & 0xFFFF
        return self._last

    def add(self, request: Request) -> None:
        """Note that *request* has left."""
        self.tally.sent += 1
        self._by_sequence[request.sequence] = request
        self._lost.pop(request.sequence, None)
        heapq.heappush(self._by_deadline, (request.deadline, self.tally.sent, request))

    def match(self, answer: Answer) -> Request | None:
        """Return whose *answer* this is; None for late, forged and double ones."""
        request = self._by_sequence.get(answer.sequence)
        if request is not None and request.owns(answer):
            del self._by_sequence[answer.sequence]
            self.tally.answered += 1
            return request
        if answer.failure is None and answer.payload == self._lost.get(answer.sequence):
            del self._lost[answer.sequence]
            self.tally.late += 1
        else:
            self.tally.stray += 1
        return None

    def next_deadline(self) -> float | None:
        """Return when the first unanswered request is over; None if there is none."""
        heap = self._by_deadline
        while heap and not self._is_open(heap[0][-1]):
            heapq.heappop(heap)
        return heap[0][0] if heap else None

    def expired(self, now: float) -> list[Request]:
        """Take out and return the requests whose deadline has passed."""
        over = []
        while (deadline := self.next_deadline()) is not None and deadline <= now:
            _, _, request = heapq.heappop(self._by_deadline)
            del self._by_sequence[request.sequence]
            self._lose(request)
            over.append(request)
        return over

    def overrun(self) -> None:
        """Count the request just matched as lost: its answer came too late."""
        self.tally.answered -= 1
        self.tally.lost += 1
        self.tally.late += 1

    def clear(self) -> list[Request]:
        """Take out and return everything."""
        requests = list(self._by_sequence.values())
        self._by_sequence.clear()
        self._by_deadline.clear()
        return requests

    def _is_open(self, request: Request) -> bool:
        return self._by_sequence.get(request.sequence) is request

    def _lose(self, request: Request) -> None:
        self.tally.lost += 1
        self._lost[request.sequence] = request.payload
        if len(self._lost) > _REMEMBERED:
            self._lost.popitem(last=False)
