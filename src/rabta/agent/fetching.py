"""From a source's service to the store: pages asked for, parsed and put in."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from urllib.parse import urlsplit

from rabta.agent import networks
from rabta.agent.intake import Intake, take
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
    queue = deque(first_pages(ask))
    following = getattr(module, "following", None)
    seen: set[str] = set()
    past = ask.stop < clock.now() - DAY or getattr(module, "LASTING", False)
    opened = getattr(module, "opened", None)  # answers that build on one another
    base = ask.base or getattr(module, "BASE", "")
    path = store.path if store else None
    routes = opened(base, ask.entity, networks.known(path)) if opened else None
    while queue and len(seen) < _MOST:
        url = queue.popleft()
        if url in seen:
            continue
        seen.add(url)
        try:
            fetched = fetcher.get(
                url.partition("#")[0], keep=_KEPT_PAST if past else _KEPT_NOW
            )
        except FetchError as error:
            if not error.missing:
                raise
            yield Page(url, True, 0, len(queue), None, missing=True)
            continue
        now = clock.now() - fetched.skew
        tally = Tally(str(fetched.body), now)
        intake, problem = None, ""
        if fetched.body.stat().st_size:
            try:
                stream = Stream(fetched.body, tally)
                form = _form(ask.source, stream)
                if form.learns:
                    networks.take(stream, tally, path)
                    intake = Intake(tally)
                elif routes is not None:
                    intake = take(routes.read(stream, tally), tally, store)
                else:
                    items = form.parse(stream, tally, _about(ask))
                    intake = take(items, tally, store)
            except DataError as error:
                problem = str(error).removeprefix(f"{fetched.body}: ")
                fetcher.forget(fetched)
        if following and not problem and fetched.body.stat().st_size <= DOCUMENT:
            more = following(url, fetched.body.read_bytes())
            queue.extend(one for one in more if _same_service(one, url))
        yield Page(url, fetched.fresh, fetched.skew, len(queue), intake, problem)


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
