"""From a source's service to the store: pages asked for, parsed and put in."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path
from types import ModuleType
from urllib.parse import urlsplit

from rabta.agent import networks
from rabta.agent.intake import Intake, take
from rabta.agent.provenance import provenance
from rabta.agent.together import Together
from rabta.clock import DAY, Clock
from rabta.errors import DataError, FetchError, UsageError
from rabta.sources import SOURCES
from rabta.sources.bgp.series import Routes
from rabta.sources.formats import FORMATS
from rabta.sources.imported import Tally
from rabta.sources.polite import Fetcher
from rabta.sources.recognise import Format, recognise
from rabta.sources.stream import DOCUMENT, Stream
from rabta.store import Store


_KEPT_PAST = 30 * 86400.0  # seconds an answer about days gone by is taken as it is
_KEPT_NOW = 60.0
_MOST = 5_000  # pages of one fetch
_AGAIN = (
    "it gives the same answer for the next page: ask for shorter spans (--from, --to)"
)
_HINTS = {
    "status-page": "write its address, such as https://status.example.com",
    "ioda": "write country/PK, asn/17557, region/4107, or world for all outages",
    "atlas": "write country/PK, asn/17557 or measurement/1001",
    "tor": "write country/PK",
    "delegated": "write country/PK for all registries, or registry/apnic",
}


@dataclass(frozen=True, slots=True)
class Ask:
    """What is wanted."""

    source: str
    entity: str
    start: int
    stop: int
    """Microseconds UTC."""
    base: str = ""
    """Another address than the source's own."""


@dataclass(frozen=True, slots=True)
class Page:
    """One answer and what became of it."""

    url: str
    fresh: bool
    skew: int
    left: int
    """Pages still to ask for, as far as is known."""
    intake: Intake | None
    problem: str = ""
    """Why nothing of it could be used; then it will be asked for again."""
    missing: bool = False
    """Whether the service says that there is no such thing."""
    stopped: str = ""
    """Why what follows it was not asked for, and the cure."""
    empty: bool = False
    """Whether the service answered that there is nothing."""
    waiting: bool = False
    """Whether what it says is counted with the pages that follow it."""

    @property
    def partial(self) -> str:
        """Return why the rest of it is missing; then it will be asked for again."""
        return self.intake.tally.partial if self.intake else ""

    @property
    def whole(self) -> bool:
        """Whether the service gave all that it was asked for."""
        return not (self.problem or self.partial or self.stopped)


def first_pages(ask: Ask) -> list[str]:
    """Return the addresses to begin with.

    Raises:
        UsageError: the source is not fetched, or knows no such entity.
    """
    source = SOURCES.get(ask.source)
    names = ", ".join(name for name, one in SOURCES.items() if one.fetched)
    if source is None or not source.fetched:
        raise UsageError(f"{ask.source!r} cannot be fetched", hint=f"one of {names}")
    module = import_module(source.module)
    try:
        if not _is_address(ask.entity) and ask.entity != "world":
            _check(ask.entity)
        found: list[str] = module.pages(
            ask.base or module.BASE, ask.entity, ask.start, ask.stop
        )
    except (KeyError, ValueError):
        raise UsageError(
            f"{ask.source} knows nothing of {ask.entity!r}",
            hint=_HINTS.get(ask.source, "write country/PK or asn/17557"),
        ) from None
    return found


def _check(entity: str) -> None:
    """Raise ``KeyError`` for what is no name of an entity; it goes into an address."""
    kind, _, code = entity.partition("/")
    sound = code.isascii() and code.isalnum() and len(code) <= 40
    if kind == "country":
        sound = sound and len(code) == 2 and code.isupper()
    elif kind in ("asn", "measurement", "region"):
        sound = sound and code.isdecimal()
    if not sound:
        raise KeyError(kind)


def fetch(
    ask: Ask, fetcher: Fetcher, store: Store | None, clock: Clock
) -> Iterator[Page]:
    """Ask page by page; what was fetched before an interruption is not asked again.

    An address is followed to its last page before the next one is asked, and what is
    counted over its pages, such as the measurements of an hour, is stored with the
    last one: interrupted before, it is counted when they are read again.

    Raises:
        FetchError: the service refuses or keeps failing; pages before it are stored.
        UsageError: the source is not fetched, or knows no such entity.
    """
    return _Fetch(ask, fetcher, store, clock).pages()


@dataclass(slots=True)
class _Chain:
    """A first address and all it leads to."""

    past: bool
    """Whether it is about days gone by."""
    parts: Together = field(default_factory=Together)
    whole: bool = True
    last: str = ""
    """The digest of the answer before."""


class _Fetch:
    """One fetch: the addresses still to be asked, and where what they give goes."""

    def __init__(
        self, ask: Ask, fetcher: Fetcher, store: Store | None, clock: Clock
    ) -> None:
        first = dict.fromkeys(first_pages(ask))
        self._ask, self._fetcher, self._store, self._clock = ask, fetcher, store, clock
        self._path = store.path if store else None
        self._module = import_module(SOURCES[ask.source].module)
        past = _past(ask, clock.now())
        self._queue = deque((url, _Chain(url in past)) for url in first)
        self._known = set(first)
        self._routes = self._building()

    def _building(self) -> Routes | None:
        """Return what reads answers that build on one another, all of the fetch."""
        opened = getattr(self._module, "opened", None)
        if opened is None:
            return None
        base = self._ask.base or self._module.BASE
        made: Routes = opened(base, self._ask.entity, networks.known(self._path))
        return made

    def pages(self) -> Iterator[Page]:
        """Yield what became of each answer."""
        for _ in range(_MOST):
            if not self._queue:
                return
            yield self._next()
        if self._queue:
            url, chain = self._queue[0]
            chain.whole = False
            self._conclude(chain, Intake(Tally(url, self._clock.now())))
            why = (
                f"{_MOST} answers were asked for, and {len(self._queue)} or more are"
                " left: ask for shorter spans, one after the other (--from, --to)"
            )
            yield Page(url, True, 0, len(self._queue), None, stopped=why)

    def _next(self) -> Page:
        url, chain = self._queue.popleft()
        lasting = chain.past or getattr(self._module, "LASTING", False)
        keep = _KEPT_PAST if lasting else _KEPT_NOW
        try:
            fetched = self._fetcher.get(url.partition("#")[0], keep=keep)
        except FetchError as error:
            chain.whole = False
            intake = Intake(Tally(url, self._clock.now()))
            if not error.missing:
                self._conclude(chain, intake)
                raise
            self._conclude_last(chain, intake)
            if self._routes:  # what it told of is not known to what follows
                self._routes.miss()
                self._seed_anew()
            left = len(self._queue)
            return Page(url, True, 0, left, intake, missing=True)
        tally = Tally(str(fetched.body), self._clock.now() - fetched.skew)
        intake = Intake(tally)
        problem, stopped, counted = "", "", False
        more: list[str] = []
        stream = Stream(fetched.body, tally, digest=True)
        try:
            counted = self._read(stream, url, chain, intake)
        except DataError as error:
            problem = str(error).removeprefix(f"{fetched.body}: ")
            if self._routes:
                self._routes.miss()
        if problem or tally.partial:
            self._fetcher.forget(fetched)
        else:
            more, stopped = _after(self._module, url, fetched.body)
            if more and stream.sha256 and stream.sha256 == chain.last:
                more, stopped = [], _AGAIN
        chain.last = stream.sha256
        self._queue.extendleft((one, chain) for one in self._new(more))
        if self._routes and not self._routes.table.seeded:
            self._seed_anew()
        chain.whole = chain.whole and not (problem or tally.partial or stopped)
        last = self._conclude_last(chain, intake)
        found = _found(intake)
        waiting = bool(tally.kept) and not (last or found)
        return Page(
            url,
            fetched.fresh,
            fetched.skew,
            len(self._queue),
            None if problem and not found else intake,
            problem,
            stopped=stopped,
            empty=not (found or counted or more or waiting or problem),
            waiting=waiting,
        )

    def _seed_anew(self) -> None:
        """Ask for the next table, once, before the updates of its time."""
        anew = getattr(self._module, "table_anew", None)
        found = anew([url for url, _ in self._queue]) if anew else None
        if found is not None and found[1] not in self._known:
            place, url = found
            self._known.add(url)
            self._queue.insert(place, (url, _Chain(past=True)))

    def _new(self, more: list[str]) -> list[str]:
        """Return those never heard of, the last one first."""
        new = [one for one in dict.fromkeys(more) if one not in self._known]
        self._known.update(new)
        return new[::-1]

    def _read(self, stream: Stream, url: str, chain: _Chain, intake: Intake) -> bool:
        """Take in one answer; return whether there need be no value in it.

        Raises:
            DataError: nothing in it can be used.
        """
        tally = stream.tally
        if not stream.path.stat().st_size:
            return False
        form = _form(self._ask.source, stream)
        if form.learns:
            networks.take(stream, tally, self._path)
        else:
            items = (
                self._routes.read(stream, tally)
                if self._routes
                else chain.parts.read(form, stream, tally, _about(self._ask))
            )
            take(items, tally, self._store, intake)
        if self._store is not None:
            terms = SOURCES[self._ask.source].licence
            what, now = url.partition("#")[0], self._clock.now()
            told = provenance(stream, what, self._ask.source, terms, now)
            self._store.add_provenance([told])
        return form.learns or self._routes is not None

    def _conclude_last(self, chain: _Chain, intake: Intake) -> bool:
        """Conclude *chain* if none of its addresses is left; return whether so."""
        last = not self._queue or self._queue[0][1] is not chain
        if last:
            self._conclude(chain, intake)
        return last

    def _conclude(self, chain: _Chain, intake: Intake) -> None:
        """Store what the pages of *chain* say together, as far as it is whole."""
        tally = intake.tally
        items = chain.parts.rest(tally, _about(self._ask), whole=chain.whole)
        take(items, tally, self._store, intake)


def _found(intake: Intake) -> bool:
    """Whether there was anything in an answer, be it of no use."""
    tally = intake.tally
    told = intake.values + intake.reports + intake.future + tally.duplicates
    return bool(told or tally.put_aside_count or tally.partial)


def _past(ask: Ask, now: int) -> set[str]:
    """Return the first addresses that are wholly about days gone by.

    They are asked for whether the span ends now or a day ago, and not for that day.
    """
    first = first_pages(ask)
    if ask.stop < now - DAY:
        return set(first)
    until = ask.stop - DAY
    if until <= ask.start:
        return set()
    before = first_pages(replace(ask, stop=until))
    lately = first_pages(replace(ask, start=until))
    return set(first) & set(before) - set(lately)


def _after(module: ModuleType, url: str, body: Path) -> tuple[list[str], str]:
    """Return the addresses an answer leads to, or why they cannot be asked."""
    following = getattr(module, "following", None)
    if following is None or getattr(module, "PAGED", "") not in urlsplit(url).path:
        return [], ""
    if body.stat().st_size > DOCUMENT:
        return [], (
            f"it is larger than {DOCUMENT // 1_000_000} MB, so that the address of the"
            " next page is not read: ask for shorter spans (--from, --to)"
        )
    found: list[str] = following(url, body.read_bytes())
    more = [one for one in found if _same_service(one, url)]
    other = {urlsplit(one).netloc for one in found} - {urlsplit(url).netloc}
    if len(more) == len(found):
        return more, ""
    where = ", ".join(sorted(other)) or "an address without encryption"
    return more, (
        f"it goes on at {where}, which is not asked: if that is the service's new"
        " address, write it as url under [[source]] in the configuration"
    )


def _form(source: str, stream: Stream) -> Format:
    """Return the form of an answer: a source's only one, or the one recognised."""
    forms = [one for one in FORMATS if one.source == source]
    return forms[0] if len(forms) == 1 else recognise(stream.path)


def _about(ask: Ask) -> str:
    """Return what series are about that do not say it; nothing where they do."""
    itself = ask.entity.startswith("measurement/") or ask.entity == "world"
    return "" if itself or _is_address(ask.entity) else ask.entity


def _is_address(entity: str) -> bool:
    return entity.startswith(("http://", "https://"))


def _same_service(address: str, like: str) -> bool:
    """Whether a service names an address of its own, and no other machine's."""
    ours, theirs = urlsplit(like), urlsplit(address)
    return (ours.scheme, ours.netloc) == (theirs.scheme, theirs.netloc)
