"""One thread that writes to the store, so that no probe waits for a disk."""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import count

from rabta.agent.recorder import Recorder
from rabta.errors import StoreError, UsageError
from rabta.model import Attachment, Disruption, Kind, LineKey, UsualDelay, Verdict
from rabta.store import Store


log = logging.getLogger(__name__)

_HELD = 10_000  # verdicts and the like kept while the disk refuses: about 20 MB


class Scribe:
    """The writing half of the store, for an event loop.

    Nothing here waits: what is told is written behind, by one thread and in the order
    it was told, measurements after the verdicts they led to and the status last. What
    the disk refuses stays in front and is tried again at the next ``wake``. *closed* is
    called, by that thread, with the number of each disruption that has ended.
    """

    def __init__(
        self,
        store: Store,
        recorder: Recorder,
        closed: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._store = store
        self._closed = closed
        self._recorder = recorder
        self._thread = ThreadPoolExecutor(1, "store")
        self._due = asyncio.Event()
        self._jobs: deque[Callable[[], object]] = deque()
        self._newest: deque[bytes] = deque(maxlen=1)
        self._tickets = count(-1, -1)
        self._numbers: dict[int, int] = {}

    def wake(self) -> None:
        """Have written what there is."""
        self._due.set()

    async def run(self) -> None:
        """Write whenever there is something, until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            await self._due.wait()
            self._due.clear()
            await loop.run_in_executor(self._thread, self._write)

    def close(self) -> None:
        """Write all that is left; waits for the disk."""
        self._thread.shutdown()
        self._write()
        self._recorder.drain()

    def _write(self) -> None:
        while self._jobs:
            try:
                self._jobs[0]()
            except StoreError as error:
                log.warning("a verdict could not be kept: %s", error)
                while len(self._jobs) > _HELD:
                    self._jobs.popleft()
                break
            except UsageError as error:  # what it speaks of was dropped above
                log.warning("a verdict could not be kept: %s", error)
            self._jobs.popleft()
        self._recorder.flush()
        with contextlib.suppress(IndexError, StoreError):  # the next one is soon due
            self._store.put_status(self._newest.pop())

    # what the ledger tells

    def put_verdict(self, verdict: Verdict) -> None:
        """Keep one version of an entity's verdict."""
        self._jobs.append(partial(self._store.put_verdict, verdict))

    def open_disruption(
        self,
        entity: str,
        kind: Kind,
        onset: int,
        uncertainty: float,
        depth: float,
        verdict: Verdict,
    ) -> int:
        """Begin a disruption; a ticket for it, good until the daemon ends."""
        ticket = next(self._tickets)

        def write() -> None:
            self._numbers[ticket] = self._store.open_disruption(
                entity, kind, onset, uncertainty, depth, verdict
            )

        self._jobs.append(write)
        return ticket

    def add_disruption_verdict(
        self, disruption_id: int, verdict: Verdict, kind: Kind, depth: float
    ) -> None:
        """Add a version of its verdict, of a disruption's number or ticket."""
        self._jobs.append(
            lambda: self._store.add_disruption_verdict(
                self._number(disruption_id), verdict, kind, depth
            )
        )

    def close_disruption(self, disruption_id: int, end: int | None) -> None:
        """End it, or with None let it go on."""
        self._jobs.append(
            lambda: self._store.close_disruption(self._number(disruption_id), end)
        )
        if end is not None:
            self._jobs.append(lambda: self._closed(self._number(disruption_id)))

    def disruptions(self, *, open_only: bool = False) -> list[Disruption]:
        """List disruptions, without what is still to be written."""
        return self._store.disruptions(open_only=open_only)

    def _number(self, ticket: int) -> int:
        return self._numbers.get(ticket, ticket)

    # what others tell

    def put_status(self, document: bytes) -> None:
        """Replace the status document; only the newest is written."""
        self._newest.append(document)

    def addresses(self, line: LineKey, host: str) -> Sequence[str]:
        """Return what a name last resolved to over *line*."""
        return self._store.addresses(line, host)

    def remember_addresses(
        self, line: LineKey, host: str, addresses: Sequence[str]
    ) -> None:
        """Keep what a name resolved to over *line*."""
        self._jobs.append(
            partial(self._store.remember_addresses, line, host, addresses)
        )

    def usual(self, place: Attachment, now: int) -> Sequence[UsualDelay]:
        """Return what was usual at *place*; nothing where the disk cannot be read."""
        try:
            return self._store.usual(place, now)
        except StoreError as error:
            log.warning("what was usual is not known: %s", error)
            return ()

    def keep_usual(
        self, place: Attachment, delays: Sequence[UsualDelay], now: int
    ) -> None:
        """Keep what is usual at *place*."""
        self._jobs.append(partial(self._store.keep_usual, place, delays, now))

    def note_gap(self, start: int, stop: int) -> None:
        """Keep that nothing was measured in [start, stop)."""
        self._jobs.append(partial(self._store.note_gap, start, stop))

    def cut_gaps(self, now: int) -> None:
        """End gaps that reach beyond *now*: the clock was set back."""
        self._jobs.append(partial(self._store.cut_gaps, now))
