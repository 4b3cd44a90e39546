"""Status pages of services: Statuspage JSON, RSS or Atom.

A page is fetched by its address: of one file (``.json``, ``.rss``, ``.atom``,
``.ics``, ``.xml``), or of a page made with Statuspage, whose incidents and
maintenances are at ``/api/v2`` (``support.atlassian.com/statuspage``).
"""

import re
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from html import unescape
from itertools import chain
from urllib.parse import urlsplit

import msgspec

from rabta.model.report import Report
from rabta.sources.imported import Item, Licence, Tally
from rabta.sources.records import convert, decode
from rabta.sources.stream import Stream
from rabta.sources.times import micros, of


LICENCE = Licence("as the service says", "the service that publishes it", "")
BASE = ""
_FILES = (".json", ".rss", ".atom", ".ics", ".xml")


class PageName(msgspec.Struct):
    """Whose page it is."""

    name: str = ""


class Incident(msgspec.Struct):
    """An incident, or a maintenance if it was scheduled."""

    id: str
    name: str
    created_at: str | None = None
    started_at: str | None = None
    resolved_at: str | None = None
    scheduled_for: str | None = None
    scheduled_until: str | None = None
    impact: str | None = None
    shortlink: str | None = None


class Summary(msgspec.Struct):
    """``/api/v2/incidents.json``, ``scheduled-maintenances.json``, ``summary.json``."""

    page: PageName
    incidents: list[msgspec.Raw] = []
    scheduled_maintenances: list[msgspec.Raw] = []


def read(stream: Stream, tally: Tally, about: str) -> Iterator[Item]:
    """Read the JSON of Statuspage and its likes."""
    summary = decode(stream, Summary)
    entity = about or service(summary.page.name)
    listed = chain(
        tally.each("incidents", summary.incidents),
        tally.each("scheduled_maintenances", summary.scheduled_maintenances),
    )
    for raw in listed:
        one = convert(raw, Incident, tally)
        if one is None:
            continue
        planned = one.scheduled_for is not None
        start = micros(one.scheduled_for or one.started_at or one.created_at)
        end = micros(one.resolved_at or one.scheduled_until)
        # maintenance is announced: it may well lie ahead
        if start is None or not (planned or tally.plausible(start)):
            tally.put_aside("a time that cannot be", -1, bytes(raw))
            continue
        tally.keep()
        yield Report(
            source="status-page",
            id=one.id,
            entity=entity,
            start=start,
            end=end if end is None or end >= start else None,
            kind="maintenance" if planned else "incident",
            says=f"{one.name} ({one.impact})" if one.impact else one.name,
            link=one.shortlink or "",
        )


def service(name: str) -> str:
    """Return the entity of a service by its name."""
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    return f"service/{slug or 'unknown'}"


_ITEM = re.compile(r"<(?:item|entry)[\s>]")
_LONGEST = 20_000  # characters of one entry that are looked at
_TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.DOTALL)


def feed(stream: Stream, tally: Tally, about: str) -> Iterator[Item]:
    """Read RSS or Atom: titles, times and links alone, so without an XML parser."""
    text = stream.document().decode("utf-8", "replace")
    head, *items = _ITEM.split(text)
    title = _TITLE.search(head[:_LONGEST])
    entity = about or service(_clean(title[1]) if title else "")
    for whole in tally.each("item", items):
        item = whole[:_LONGEST]
        start = _when(_tag(item, "pubDate") or _tag(item, "published")) or _when(
            _tag(item, "updated")
        )
        if start is None or not tally.plausible(start):
            tally.put_aside("a time that cannot be", -1, item.strip())
            continue
        link = re.search(r"<link[^>]*href=[\"']([^\"']+)", item)
        tally.keep()
        yield Report(
            source="status-page",
            id=(_tag(item, "guid") or _tag(item, "id") or str(start))[:300],
            entity=entity,
            start=start,
            kind="incident",
            says=_tag(item, "title")[:300],
            link=(_tag(item, "link") or (link[1] if link else ""))[:400],
        )


def _tag(item: str, name: str) -> str:
    found = re.search(rf"<{name}(?:\s[^>]*)?>(.*?)</{name}>", item, re.DOTALL)
    return _clean(found[1]) if found else ""


def _clean(text: str) -> str:
    plain = re.sub(r"<!\[CDATA\[(.*?)\]\]>", r"\1", text, flags=re.DOTALL)
    return unescape(re.sub(r"<[^>]+>", "", plain)).strip()


def _when(text: str) -> int | None:
    if (found := micros(text)) is not None:
        return found
    try:
        return of(parsedate_to_datetime(text))
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def pages(base: str, entity: str, start: int, stop: int) -> list[str]:
    """Return the addresses that tell of the status page at the address *entity*.

    Raises:
        KeyError: it is no address.
    """
    del base, start, stop
    address = urlsplit(entity)
    if address.scheme not in ("http", "https") or not address.hostname:
        raise KeyError(entity)
    if address.path.lower().endswith(_FILES):
        return [entity]
    root = f"{address.scheme}://{address.netloc}{address.path.rstrip('/')}/api/v2"
    return [f"{root}/incidents.json", f"{root}/scheduled-maintenances.json"]
