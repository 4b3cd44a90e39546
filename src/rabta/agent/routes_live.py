"""A collector followed live: its archives up to now, then RIS Live.

A connection that breaks leaves a gap: nobody tells what was missed, so that all routes
are forgotten, and the archives are read again before the next connection.
"""

import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from websockets.exceptions import InvalidHandshake, InvalidURI, WebSocketException
from websockets.sync.client import ClientConnection, connect

from rabta.agent.intake import Intake, take
from rabta.clock import Clock
from rabta.errors import DataError, FetchError, UsageError
from rabta.sources.bgp import ris
from rabta.sources.bgp.live import Decoder, subscription
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
    """``seeded``, ``unseeded``, ``connected``, ``values`` or ``broken``."""
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
        yield _seed(collector, routes, fetcher, store, clock)
        try:
            with _connection(collector) as socket:
                socket.send(subscription(ris.collector(collector.archive)).decode())
                yield Said("connected")
                for intake in _listen(socket, routes, store, clock):
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


def _listen(
    socket: ClientConnection, routes: Routes, store: Store | None, clock: Clock
) -> Iterator[Intake]:
    """Yield what became of the messages whenever a moment was passed.

    Raises:
        EOFError: nothing came for minutes.
        WebSocketException: the connection broke.
    """
    decoder = Decoder(routes.places)
    heard = clock.monotonic()
    ended: WebSocketException | None = None
    while ended is None:
        texts: list[str | bytes] = []
        until = clock.monotonic() + _FLUSH
        left = _FLUSH
        while left > 0 and len(texts) < _MOST:
            try:
                texts.append(socket.recv(timeout=left))
            except TimeoutError:
                break
            except WebSocketException as error:
                ended = error  # what came before still counts
                break
            left = until - clock.monotonic()
        if texts:
            heard = clock.monotonic()
        elif clock.monotonic() - heard > _SILENCE:
            raise EOFError(f"nothing came for {_SILENCE:.0f} s")
        tally = Tally("RIS Live", clock.now())
        batch = decoder.batch(texts, tally)
        if batch is not None:
            routes.elements(batch)
        items: list[Item] = list(routes.drain())
        if items or tally.aside:
            yield take(items, tally, store)
    raise ended


def _seed(
    collector: Collector,
    routes: Routes,
    fetcher: Fetcher,
    store: Store | None,
    clock: Clock,
) -> Said:
    """Read the newest table and the updates since."""
    now = clock.now()
    notes: list[str] = []
    intake = None
    missing = ""
    try:
        for url in ris.pages(collector.archive, collector.entity, now, now):
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
                return Said("unseeded", why=why)
            tally = Tally(str(fetched.body), now)
            stream = Stream(fetched.body, tally)
            intake = take(routes.read(stream, tally), tally, store)
            notes = tally.notes
            if tally.partial:
                fetcher.forget(fetched)  # asked for again with the next connection
                return Said("unseeded", why=tally.partial, intake=intake, notes=notes)
    except (FetchError, DataError) as error:
        routes.table.interrupt()  # part of it would be of another time
        return Said("unseeded", why=str(error))
    return Said("seeded", intake=intake, notes=notes)
