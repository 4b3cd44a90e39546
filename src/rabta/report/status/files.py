"""The status page as files: pages in every language, JSON, and an Atom feed."""

from collections.abc import Iterator
from datetime import UTC, datetime
from xml.sax.saxutils import escape

import msgspec
from markupsafe import Markup

from rabta.clock import SECOND
from rabta.cost.service.bounds import Bounds
from rabta.locale import DIRECTION, LANGUAGES
from rabta.report import charts
from rabta.report.fonts import faces
from rabta.report.html import environment
from rabta.report.status.facts import Happened, Shown, StatusPage
from rabta.report.voice import Voice
from rabta.report.zone import zone_of


FEED, DATA = "feed.xml", "status.json"
_MOODS = {"up": "good", "worse": "unsure", "down": "bad", "unknown": "plain"}


def files(page: StatusPage, language: str) -> Iterator[tuple[str, bytes]]:
    """Yield (name, content); *language* is that of ``index.html`` and of the feed."""
    yield DATA, msgspec.json.encode(page)
    yield FEED, _feed(page, Voice(language, zone_of(page.timezone)))
    for other in LANGUAGES:
        yield name_of(other, language), _html(page, other, language)


def name_of(language: str, first: str) -> str:
    """Return the name of a page."""
    return "index.html" if language == first else f"index.{language}.html"


def _html(page: StatusPage, language: str, first: str) -> bytes:
    voice = Voice(language, zone_of(page.timezone))
    template = environment().get_template("status.html")
    others = [(name_of(one, first), one) for one in LANGUAGES if one != language]
    return template.render(
        page=page,
        language=language,
        direction=DIRECTION[language],
        voice=voice,
        others=others,
        faces=Markup(faces() if language == "ur" else ""),  # noqa: S704  (our own)
        bars=_bars,
        moods=_MOODS,
        overall=_overall(page),
        says=lambda one: incident_text(one, voice),
        exact=lambda seconds: Bounds(seconds, seconds),
    ).encode()


def _overall(page: StatusPage) -> str:
    states = [one.now.value for one in page.shown]
    return next((one for one in ("unknown", "down", "worse") if one in states), "up")


def _bars(shown: Shown) -> Markup:
    shares = [day.availability.high if day.known else None for day in shown.days]
    return Markup(charts.days(shares))  # noqa: S704  (our own)


def incident_text(one: Happened, voice: Voice) -> str:
    """Say an incident without a name but its title."""
    told = voice.t(f"status.{one.kind.value}", what=voice.value(one.title))
    if not one.cause:
        return f"{told} {voice.t('status.no_cause')}"
    return f"{told} {voice.t('status.cause', cause=voice.word(one.cause))}"


def _feed(page: StatusPage, voice: Voice) -> bytes:
    """Return an Atom feed (RFC 4287)."""
    home = page.url or "tag:rabta.invalid,2026:status"
    entries = "".join(
        f"<entry><id>{escape(home)}#{one.id}</id>"
        f"<title>{escape(voice.t(f'status.{one.kind.value}', what=one.title))}</title>"
        f"<published>{_rfc3339(one.onset)}</published>"
        f"<updated>{_rfc3339(one.onset if one.end is None else one.end)}</updated>"
        f"<content>{escape(incident_text(one, voice))} "
        f"{escape(voice.when(one.onset, one.end))}</content></entry>"
        for one in page.incidents
    )
    link = f'<link href="{escape(page.url)}"/>' if page.url else ""
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{voice.language}">'
        f"<id>{escape(home)}</id><title>{escape(page.title)}</title>{link}"
        f"<author><name>{escape(page.title)}</name></author>"
        f"<updated>{_rfc3339(page.as_of)}</updated>{entries}</feed>\n"
    ).encode()


def _rfc3339(instant: int) -> str:
    return f"{datetime.fromtimestamp(instant // SECOND, UTC):%Y-%m-%dT%H:%M:%SZ}"
