"""From a source's service to the store: pages asked for, parsed and put in."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from types import ModuleType
from urllib.parse import urlsplit

from rabta.agent import networks
from rabta.agent.intake import Intake, take
from rabta.agent.provenance import provenance
from rabta.clock import DAY, Clock
from rabta.errors import DataError, FetchError, UsageError
from rabta.sources import SOURCES
from rabta.sources.formats import FORMATS
from rabta.sources.imported import Tally
from rabta.sources.polite import Fetcher
from rabta.sources.recognise import Format, recognise
from rabta.sources.stream import DOCUMENT, Stream
from rabta.store import Store


_KEPT_PAST = 30 * 86400.0  # seconds an answer about days gone by is taken as it is
_KEPT_NOW = 60.0
_MOST = 5_000  # pages of one fetch
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

    Raises:
        FetchError: the service refuses or keeps failing; pages before it are stored.
        UsageError: the source is not fetched, or knows no such entity.
    """
    module = (
        import_module(SOURCES[ask.source].module) if ask.source in SOURCES else None
    )
    past = _past(ask, clock.now())
    queue = deque((url, url in past) for url in first_pages(ask))
    seen: set[str] = set()
    lasting = getattr(module, "LASTING", False)
    opened = getattr(module, "opened", None)  # answers that build on one another
    base = ask.base or getattr(module, "BASE", "")
    path = store.path if store else None
    routes = opened(base, ask.entity, networks.known(path)) if opened else None
    while queue and len(seen) < _MOST:
        url, gone = queue.popleft()
        if url in seen:
            continue
        seen.add(url)
        keep = _KEPT_PAST if gone or lasting else _KEPT_NOW
        try:
            fetched = fetcher.get(url.partition("#")[0], keep=keep)
        except FetchError as error:
            if not error.missing:
                raise
            yield Page(url, True, 0, len(queue), None, missing=True)
            continue
        now = clock.now() - fetched.skew
        tally = Tally(str(fetched.body), now)
        intake: Intake | None = None
        problem, counted = "", False
        if fetched.body.stat().st_size:
            try:
                stream = Stream(fetched.body, tally, digest=store is not None)
                form = _form(ask.source, stream)
                if form.learns:
                    networks.take(stream, tally, path)
                    intake = Intake(tally)
                    counted = True
                elif routes is not None:
                    counted = True
                    intake = take(routes.read(stream, tally), tally, store)
                else:
                    items = form.parse(stream, tally, _about(ask))
                    intake = take(items, tally, store)
                if store is not None:
                    terms = SOURCES[ask.source].licence
                    what = url.partition("#")[0]
                    told = provenance(stream, what, ask.source, terms, clock.now())
                    store.add_provenance([told])
            except DataError as error:
                problem = str(error).removeprefix(f"{fetched.body}: ")
                fetcher.forget(fetched)
        if tally.partial and not problem:
            fetcher.forget(fetched)
        more: list[str] = []
        stopped = ""
        if intake is not None and not tally.partial:
            more, stopped = _after(module, url, fetched.body)
        queue.extend((one, gone) for one in more)
        yield Page(
            url,
            fetched.fresh,
            fetched.skew,
            len(queue),
            intake,
            problem,
            stopped=stopped,
            empty=not (counted or problem or more or _found(intake)),
        )
    if queue:
        why = (
            f"{_MOST} answers were asked for, and {len(queue)} or more are left:"
            " ask for shorter spans, one after the other (--from, --to)"
        )
        yield Page(queue[0][0], True, 0, len(queue), None, stopped=why)


def _found(intake: Intake | None) -> bool:
    """Whether there was anything in an answer, be it of no use."""
    if intake is None:
        return False
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


def _after(module: ModuleType | None, url: str, body: Path) -> tuple[list[str], str]:
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
