"""A collector followed live: RIS Live, and its archives up to where that begins.

Archives are written some minutes late, and RIS Live tells nothing of before: what was
withdrawn in between would look visible until it is announced anew. So one connects
first, keeps what comes, and reads the archives once they reach to the connection. A
connection that breaks is begun again in the same way, and loses nothing.
"""

import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field, fields
from queue import Empty, Full, Queue
from threading import Thread
from types import TracebackType
from typing import Any, Self

from websockets.exceptions import InvalidHandshake, InvalidURI, WebSocketException
from websockets.sync.client import ClientConnection, connect

from rabta.agent.intake import Intake, take
from rabta.clock import MINUTE, SECOND, Clock
from rabta.errors import DataError, FetchError, UsageError
from rabta.sources.bgp import ris
from rabta.sources.bgp.kept import Kept
from rabta.sources.bgp.live import Decoder, subscription
from rabta.sources.bgp.mrt import Batch
from rabta.sources.bgp.networks import Networks
from rabta.sources.bgp.series import Routes
from rabta.sources.imported import Item, Tally
from rabta.sources.polite import AGENT, Fetcher
from rabta.sources.stream import Stream
from rabta.store import Store


_FLUSH = 1.0  # seconds between two looks at what came
_MOST = 20_000  # messages of one look: beyond, the network is made to wait
_LONGEST = 4_000_000  # octets of a message
_WAIT, _LONGEST_WAIT = 1.0, 300.0
_SILENCE = 120.0  # seconds without a message, though pings are answered
_KEPT = 30 * 86400.0
_HELD = 100_000  # messages that wait to be decoded; then the network waits
_ROWS = 2_000_000  # of what they say kept while archives are waited for, 50 octets each
_LOOK = 10.0  # seconds between two looks at what came while archives are waited for
_HOLE = "what changed just before the connection is told at its next change"
_TRIES = 4  # times that archives are asked, a minute apart


@dataclass(frozen=True, slots=True)
class Collector:
    """Which collector, and where it is asked."""

    live: str
    """``wss://`` address of RIS Live."""
    archive: str
    """Address of its archives; its last part is the collector's name."""
    entity: str


@dataclass(frozen=True, slots=True)
class Said:
    """What became of some seconds, or of a connection."""

    event: str
    """``connected``, ``waiting``, ``seeded``, ``unseeded``, ``values`` or ``broken``.
    """
    why: str = ""
    wait: float = 0.0
    intake: Intake | None = None
    notes: list[str] = field(default_factory=list)


def follow(
    collector: Collector,
    known: Networks,
    fetcher: Fetcher,
    store: Store | None,
    clock: Clock,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[Said]:
    """Follow without end; the caller stops it.

    Raises:
        UsageError: the entity or the address is none.
    """
    routes = ris.opened(collector.archive, collector.entity, known)
    wait = _WAIT
    while True:
        try:
            with _connection(collector) as socket, _Ear(socket) as ear:
                socket.send(subscription(ris.collector(collector.archive)).decode())
                since = clock.now()
                heard = _Heard(ear, routes, since)
                yield Said("connected")
                left = (ris.written(since) - since) / SECOND
                yield Said("waiting", wait=left)
                _wait(heard, left, sleep)
                for _ in range(_TRIES):
                    said, told = _seed(collector, routes, fetcher, store, clock, heard)
                    if said.event != "seeded" or told >= since or heard.full:
                        break
                    _wait(heard, MINUTE / SECOND, sleep)
                if said.event == "seeded" and told < since:
                    said.notes.append(_HOLE)
                yield said
                for intake in _listen(heard, routes, store, clock, told):
                    wait = _WAIT
                    yield Said("values", intake=intake)
            why = "it hung up"
        except InvalidURI as error:
            raise UsageError(f"no address of a WebSocket: {error.uri}") from None
        except (InvalidHandshake, WebSocketException, OSError, EOFError) as error:
            why = str(error)[:120] or type(error).__name__
        routes.table.interrupt()
        yield Said("broken", why=why, wait=wait)
        sleep(wait)
        wait = min(_LONGEST_WAIT, 2 * wait)


def _wait(heard: "_Heard", seconds: float, sleep: Callable[[float], None]) -> None:
    """Wait, but no longer than there is room for what comes meanwhile."""
    while seconds > 0 and not heard.full:
        sleep(min(seconds, _LOOK))
        heard.gather()
        seconds -= _LOOK


def _connection(collector: Collector) -> AbstractContextManager[ClientConnection]:
    secure = collector.live.startswith("wss:")
    return connect(
        collector.live,
        ssl=ssl.create_default_context() if secure else None,
        user_agent_header=AGENT,
        max_size=_LONGEST,
        max_queue=64,  # beyond, nothing is read, and TCP makes the service wait
        ping_interval=20,
        ping_timeout=20,
        close_timeout=2,
    )


class _Ear:
    """Hears a connection in the background, so that nothing is missed meanwhile."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._texts: Queue[str | bytes | None] = Queue(_HELD)
        self._ended: WebSocketException | OSError = OSError("it hung up")
        self._closed = False
        self._over = False
        self._thread = Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._closed = True

    def _run(self) -> None:
        try:
            while not self._closed:
                self._keep(self._socket.recv())
        except (WebSocketException, OSError) as error:
            self._ended = error
        self._keep(None)

    def _keep(self, text: str | bytes | None) -> None:
        while not self._closed:
            try:
                return self._texts.put(text, timeout=1)
            except Full:
                continue
        return None

    def recv(self, timeout: float) -> str | bytes:
        """Return the next message.

        Raises:
            TimeoutError: none came.
            WebSocketException: the connection broke, and all before was returned.
            OSError: the same.
        """
        if self._over:
            raise self._ended
        try:
            text = self._texts.get(timeout=timeout)
        except Empty:
            raise TimeoutError from None
        if text is None:
            self._over = True
            raise self._ended
        return text

    def waiting(self) -> list[str | bytes]:
        """Return the messages that are there, without waiting for more."""
        texts: list[str | bytes] = []
        with suppress(TimeoutError, WebSocketException, OSError):
            while len(texts) < _MOST:
                texts.append(self.recv(timeout=0))
        return texts


class _Heard:
    """What an ear heard while archives are waited for, decoded and thinned."""

    def __init__(self, ear: _Ear, routes: Routes, now: int) -> None:
        self.ear = ear
        self.decoder = Decoder(routes.places)
        self.tally = Tally("RIS Live", now)
        self.kept = Kept(routes.table.watched.networks)

    @property
    def full(self) -> bool:
        """Whether no more is kept, so that the network waits."""
        return self.kept.rows >= _ROWS

    def gather(self) -> None:
        """Take in what came since, as far as there is room."""
        while not self.full and (texts := self.ear.waiting()):
            batch = self.decoder.batch(texts, self.tally)
            if batch is not None:
                self.kept.add(batch)


def _since(batch: Batch, time: int) -> Batch | None:
    """Return the elements of *batch* from *time* on; None where there are none."""
    some = batch.times >= time
    if some.all() or not some.any():
        return batch if some.any() else None
    parts: list[Any] = [getattr(batch, one.name)[some] for one in fields(batch)[:-1]]
    parts.append(batch.known)
    return Batch(*parts)


def _listen(
    before: _Heard, routes: Routes, store: Store | None, clock: Clock, told: int
) -> Iterator[Intake]:
    """Yield what became of the messages whenever a moment was passed.

    Those of before *told* are in the archives that were read.

    Raises:
        EOFError: nothing came for minutes.
        WebSocketException: the connection broke.
    """
    ear, decoder = before.ear, before.decoder
    items: list[Item] = []
    for some in before.kept.take():
        batch = _since(some, told)
        if batch is not None:
            routes.elements(batch)
            items += routes.drain()
    if items or before.tally.aside:
        yield take(items, before.tally, store)
    heard = clock.monotonic()
    ended: WebSocketException | OSError | None = None
    while ended is None:
        texts: list[str | bytes] = []
        until = clock.monotonic() + _FLUSH
        left = _FLUSH
        while left > 0 and len(texts) < _MOST:
            try:
                texts.append(ear.recv(timeout=left))
            except TimeoutError:
                break
            except (WebSocketException, OSError) as error:
                ended = error  # what came before still counts
                break
            left = until - clock.monotonic()
        if texts:
            heard = clock.monotonic()
        elif clock.monotonic() - heard > _SILENCE:
            raise EOFError(f"nothing came for {_SILENCE:.0f} s")
        tally = Tally("RIS Live", clock.now())
        batch = decoder.batch(texts, tally)
        batch = batch if batch is None else _since(batch, told)
        if batch is not None:
            routes.elements(batch)
        items = list(routes.drain())
        if items or tally.aside:
            yield take(items, tally, store)
    raise ended


def _seed(
    collector: Collector,
    routes: Routes,
    fetcher: Fetcher,
    store: Store | None,
    clock: Clock,
    heard: _Heard,
) -> tuple[Said, int]:
    """Read the newest table and the updates since; return also until when they tell."""
    now = clock.now()
    until = 0
    routes.miss()
    notes: list[str] = []
    intake = None
    missing = ""
    try:
        for url in ris.pages(collector.archive, collector.entity, now, now):
            heard.gather()
            try:
                fetched = fetcher.get(url, keep=_KEPT)
            except FetchError as error:
                if error.missing and intake is not None:
                    missing = url  # not yet written, if none of those after it is
                    continue
                raise
            if missing:
                routes.miss()
                why = f"{missing} is missing, and there are later ones"
                return Said("unseeded", why=why), 0
            tally = Tally(str(fetched.body), now)
            stream = Stream(fetched.body, tally)
            intake = take(routes.read(stream, tally), tally, store)
            notes = tally.notes
            if tally.partial:
                fetcher.forget(fetched)  # asked for again with the next connection
                said = Said("unseeded", why=tally.partial, intake=intake, notes=notes)
                return said, 0
            until = ris.until(url)
    except (FetchError, DataError) as error:
        routes.table.interrupt()  # part of it would be of another time
        return Said("unseeded", why=str(error)), 0
    return Said("seeded", intake=intake, notes=notes), until
