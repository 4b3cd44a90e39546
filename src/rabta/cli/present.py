"""How the terminal shows states, times and sentences; colour only where it helps."""

import os
import sys
from typing import Any, TextIO

import click

from rabta.locale import figure, say


Document = dict[str, Any]

_MARKS = {"up": "●", "degraded": "◐", "mixed": "◑", "down": "○", "unknown": "·"}
_COLOURS = {
    "up": "green",
    "degraded": "yellow",
    "mixed": "yellow",
    "down": "red",
    "unknown": "bright_black",
}

_TICKS = {
    "ok": ("✓", "green"),
    "reduced": ("–", "yellow"),
    "failed": ("✗", "red"),
    "hint": ("→", "cyan"),
}
_ASCII = {"✓": "+", "–": "-", "✗": "x", "→": ">"}


def language(chosen: str | None = None) -> str:
    """Return the reader's language: the option, else the environment, else English."""
    for value in (chosen, os.environ.get("RABTA_LANGUAGE"), os.environ.get("LANG")):
        if value:
            return "ur" if value.lower().startswith("ur") else "en"
    return "en"


def coloured(stream: TextIO | None = None) -> bool:
    """Whether colour is welcome (no-color.org, dumb terminals, pipes)."""
    stream = stream or sys.stdout
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return stream.isatty()


def mark(state: str) -> str:
    """Return the light for *state*: shape first, colour second."""
    sign = _MARKS.get(state, "·")
    return click.style(sign, fg=_COLOURS.get(state)) if coloured() else sign


def tick(kind: str) -> str:
    """Return a check mark: *kind* is ``ok``, ``reduced``, ``failed`` or ``hint``."""
    sign, colour = _TICKS[kind]
    try:
        sign.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        sign = _ASCII[sign]
    return click.style(sign, fg=colour) if coloured() else sign


def strong(text: str, state: str = "") -> str:
    """Return *text* set off from the rest."""
    if not coloured():
        return text
    return click.style(text, bold=True, fg=_COLOURS.get(state))


def faint(text: str) -> str:
    """Return *text* set back."""
    return click.style(text, dim=True) if coloured() else text


def clock(microseconds: int | None) -> str:
    """Return local wall time; with the date when it is not today's."""
    return _figure(microseconds, "time")


def dated(microseconds: int) -> str:
    """Return local wall time with its date, whatever day it is."""
    return figure(microseconds, "time", dated=True)


def span(seconds: float, lang: str = "en") -> str:
    """Return a duration in its two largest units."""
    return _figure(seconds, "duration", lang)


def ms(seconds: float | None) -> str:
    """Return milliseconds, or a dash for not measured."""
    return _figure(seconds, "ms")


def percent(ratio: float | None) -> str:
    """Return a share in percent, or a dash for not measured."""
    return _figure(ratio, "percent")


def bits(rate: float | None, lang: str) -> str:
    """Return bits per second, scaled, or that it was not measured."""
    return label(lang, "not_measured") if rate is None else figure(rate, "bits", lang)


def _figure(value: float | None, form: str, lang: str = "en") -> str:
    return "–" if value is None else figure(value, form, lang)


def sentence(message: Document | None, lang: str) -> str:
    """Return the text of a spoken message."""
    return str(message[lang]) if message else ""


def label(lang: str, key: str, **args: Any) -> str:
    """Return one of the terminal's own texts."""
    return say(lang, f"cli.{key}", **args)
