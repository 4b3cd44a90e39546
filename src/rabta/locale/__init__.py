"""Sentences in the reader's language.

Each language is a folder of JSON files, one per area, with the same keys in each
language (a test compares them): JSON, for every command reads them all as it starts.
A key's value is a whole sentence, or a table with ``one`` and ``other`` that is chosen
by the argument ``count``. Placeholders take a format: ``{loss:percent}``,
``{rtt:ms}``, ``{span:duration}``, ``{at:time}``, ``{rate:bits}``, ``{size:bytes}``,
``{confidence:sure}``; a plain ``{name}`` is put in as it is.
An argument whose text is itself a key under ``word.`` or ``failure.`` is translated,
so that sentences can name a rung, a cause, a state or a failure.
Several names are joined as the language joins them.
A figure and its unit are joined by a no-break space, and a duration has its two largest
units. A time bears its date when that is not today's.
"""

import json
import string
from collections.abc import Mapping
from datetime import UTC, date, datetime, tzinfo
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rabta.clock import SECOND, Clock, SystemClock


if TYPE_CHECKING:
    from rabta.model.message import Arg, Message


LANGUAGES = ("en", "ur")
DIRECTION = {"en": "ltr", "ur": "rtl"}
_ISOLATE, _POP = "\u2068", "\u2069"  # first-strong isolate: keeps "48 ms" in order
_JOIN = "\u00a0"  # no-break space: keeps it on one line
_UNITS = (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1))
_SURE = ((0.95, "very_high"), (0.8, "high"), (0.65, "fair"), (0.5, "low"))
"""Words for confidences that are not calibrated: none is to be read as a frequency."""
_CLOCK: Clock = SystemClock()


@lru_cache
def texts(language: str) -> Mapping[str, str | dict[str, str]]:
    """All texts of *language*, keys joined by dots."""
    found: dict[str, str | dict[str, str]] = {}
    for file in Path(__file__).with_name(language).glob("*.json"):
        _flatten("", json.loads(file.read_bytes()), found)
    return found


def _flatten(
    prefix: str, table: dict[str, Any], into: dict[str, str | dict[str, str]]
) -> None:
    for key, value in table.items():
        if isinstance(value, dict) and "other" not in value:
            _flatten(f"{prefix}{key}.", value, into)
        else:
            into[prefix + key] = value


def render(
    message: "Message",
    language: str = "en",
    zone: tzinfo | None = None,
    *,
    dated: bool = False,
) -> str:
    """Say *message* in *language*, times in *zone* (None: the machine's own).

    *dated*: every time bears its date, so that the words stay the same tomorrow.
    """
    return _said(language, message.key, zone, dict(message.args), dated=dated)


def say(language: str, key: str, zone: tzinfo | None = None, **args: "Arg") -> str:
    """Say the sentence *key* with *args* put in."""
    return _said(language, key, zone, args, dated=False)


def _said(
    language: str,
    key: str,
    zone: tzinfo | None,
    args: "Mapping[str, Arg]",
    *,
    dated: bool,
) -> str:
    text = texts(language).get(key)
    if text is None:
        raise KeyError(f"no text {key!r} in {language}")
    if isinstance(text, dict):
        text = text["one" if args.get("count") == 1 and "one" in text else "other"]
    return _Formatter(language, zone, dated=dated).vformat(text, (), args)


def figure(
    value: float,
    form: str,
    language: str = "en",
    zone: tzinfo | None = None,
    *,
    dated: bool = False,
) -> str:
    """Return one figure as sentences show it; *form* such as ``duration``."""
    return _Formatter(language, zone, dated=dated).plain(value, form)


class _Formatter(string.Formatter):
    def __init__(
        self, language: str, zone: tzinfo | None, *, dated: bool = False
    ) -> None:
        self.language = language
        self.zone = zone
        self.dated = dated

    def format_field(self, value: Any, format_spec: str) -> str:
        if isinstance(value, tuple):
            return self._listed([self.format_field(one, format_spec) for one in value])
        text = self.plain(value, format_spec)
        if self.language == "ur" and any(c.isascii() and c.isalnum() for c in text):
            return f"{_ISOLATE}{text}{_POP}"
        return text

    def _listed(self, items: list[str]) -> str:
        """Join as the language does, in English "A, B and C"."""
        if len(items) < 2:
            return "".join(items)
        known = texts(self.language)
        said = str(known["list.two"]).format(first=items[-2], last=items[-1])
        for item in reversed(items[:-2]):
            said = str(known["list.more"]).format(first=item, rest=said)
        return said

    def plain(self, value: Any, spec: str) -> str:
        match spec:
            case "percent":
                share = 100 * value
                digits = 0 if share >= 1 or share == 0 else 1
                return f"{share:.{digits}f}{_JOIN}%"
            case "ms":
                return f"{1000 * value:.0f}{_JOIN}ms"
            case "duration":
                return self._duration(float(value))
            case "time":
                return self._time(int(value))
            case "bits":
                return _scaled(value, 1000, ("bit/s", "kbit/s", "Mbit/s", "Gbit/s"))
            case "bytes":
                return _scaled(value, 1000, ("B", "kB", "MB", "GB"))
            case "sure":
                return str(texts(self.language)[f"sure.{_sureness(value)}"])
            case _:
                known = texts(self.language)
                word = known.get(f"word.{value}", known.get(f"failure.{value}"))
                return word if isinstance(word, str) else format(value, spec)

    def _duration(self, seconds: float) -> str:
        rest = max(0, round(seconds))
        units = texts(self.language)
        largest = next((n for n, (_, size) in enumerate(_UNITS) if rest >= size), 3)
        parts: list[str] = []
        for name, size in _UNITS[largest : largest + 2]:
            count, rest = divmod(rest, size)
            if count or not parts:
                parts.append(f"{count}{_JOIN}{units[f'unit.{name}']}")
        return _JOIN.join(parts)

    def _time(self, microseconds: int) -> str:
        moment = _moment(microseconds, self.zone)
        short = not self.dated and moment.date() == _today(self.zone)
        return moment.strftime("%H:%M:%S" if short else "%Y-%m-%d %H:%M:%S")


def _sureness(confidence: float) -> str:
    return next((name for least, name in _SURE if confidence >= least), "very_low")


def _moment(microseconds: int, zone: tzinfo | None) -> datetime:
    return datetime.fromtimestamp(microseconds / SECOND, UTC).astimezone(zone)


def _today(zone: tzinfo | None) -> date:
    return _moment(_CLOCK.now(), zone).date()


def _scaled(value: float, base: int, units: tuple[str, ...]) -> str:
    for unit in units[:-1]:
        if abs(value) < base:
            return f"{value:.3g}{_JOIN}{unit}"
        value /= base
    return f"{value:.3g}{_JOIN}{units[-1]}"


def spoken(document: Any, zone: tzinfo | None = None, *, dated: bool = False) -> Any:
    """Add the rendered text of every language to the messages in a JSON document.

    *document* is what ``msgspec.to_builtins`` made of model objects; each
    ``{"key", "args"}`` gains ``en`` and ``ur``, so that readers need no tables.
    """
    if isinstance(document, list | tuple):
        return [spoken(item, zone, dated=dated) for item in document]
    if not isinstance(document, dict):
        return document
    if document.keys() == {"key", "args"}:
        args = tuple(
            (str(name), tuple(value) if isinstance(value, list) else value)
            for name, value in document["args"]
        )
        today = None if dated else _today(zone)
        rendered = _in_every_language(document["key"], args, zone, today)
        return {"key": document["key"], "args": dict(args), **rendered}
    return {key: spoken(value, zone, dated=dated) for key, value in document.items()}


def unspoken(document: Any) -> Any:
    """Return what ``spoken`` was given, for ``msgspec.convert``; texts are left out."""
    if isinstance(document, list):
        return [unspoken(item) for item in document]
    if not isinstance(document, dict):
        return document
    args = document.get("args")
    if isinstance(args, dict) and document.keys() == {"key", "args", *LANGUAGES}:
        return {"key": document["key"], "args": list(args.items())}
    return {key: unspoken(value) for key, value in document.items()}


@lru_cache(512)
def _in_every_language(
    key: str,
    args: "tuple[tuple[str, Arg], ...]",
    zone: tzinfo | None,
    today: date | None,
) -> dict[str, str]:
    """Say it once a day: a status is told every second, its sentences seldom change.

    Times bear their date from the next day on, and always where *today* is None.
    """
    dated = today is None
    told = dict(args)
    return {lang: _said(lang, key, zone, told, dated=dated) for lang in LANGUAGES}
