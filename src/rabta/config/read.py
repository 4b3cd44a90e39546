"""Typed reading of one TOML table: every complaint says where and what is accepted."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn

from rabta.config.lines import lines_of
from rabta.errors import ConfigError


Key = tuple[str | int, ...]

_AT_LINE = re.compile(r" \(at line (\d+), column \d+\)$")
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(s|min|h|d)")
_SECONDS = {"s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}


def dotted(key: Key) -> str:
    """Write a key as people do: ``uplink[2].asn``, tables counted from 1."""
    text = ""
    for part in key:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")


class Document:
    """A parsed file with the lines of its keys, and values that override it."""

    def __init__(
        self,
        text: str,
        file: str,
        overrides: Mapping[Key, tuple[str | int, str]] | None = None,
    ) -> None:
        """Parse *text*; *overrides* maps keys to (value, origin).

        Raises:
            ConfigError: the text is not TOML.
        """
        self.file = file
        self.overrides = dict(overrides or {})
        self.origins: dict[str, str] = {}
        try:
            self._table = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            found = _AT_LINE.search(str(error))
            raise ConfigError(
                "not valid TOML: " + _AT_LINE.sub("", str(error)),
                file=file,
                line=int(found[1]) if found else text.count("\n") + 1,
            ) from None
        self._lines = lines_of(text)

    @property
    def root(self) -> "Section":
        """The outermost table."""
        return Section(self, (), self._table)

    def fail(self, key: Key, message: str, hint: str = "") -> NoReturn:
        """Raise the ``ConfigError`` for *key*."""
        if key in self.overrides:
            raise ConfigError(message, file=self.overrides[key][1], hint=hint)
        line = 0
        for length in range(len(key), 0, -1):
            if line := self._lines.get(key[:length], 0):
                break
        raise ConfigError(
            message, file=self.file, line=line, key=dotted(key), hint=hint
        )

    def note(self, key: Key, given: bool, default: str) -> None:  # noqa: FBT001
        """Remember where the value of *key* came from."""
        if key in self.overrides:
            origin = self.overrides[key][1]
        elif given:
            origin = f"{self.file}:{self._lines.get(key, 0)}"
        else:
            origin = default
        self.origins[dotted(key)] = origin


class Section:
    """One table; asking for a key checks its type and range."""

    def __init__(self, document: Document, path: Key, table: dict[str, Any]) -> None:
        """Use *table*, found at *path*."""
        self._document = document
        self._path = path
        self._table = table

    def __contains__(self, key: str) -> bool:
        return key in self._table or (*self._path, key) in self._document.overrides

    def only(self, *known: str) -> "Section":
        """Refuse keys that are not in *known*; suggest the nearest."""
        for key in self._table:
            if key not in known:
                from difflib import get_close_matches

                near = get_close_matches(key, known, n=1)
                self.fail(
                    key,
                    "there is no such key",
                    f"did you mean {near[0]!r}?"
                    if near
                    else "known here: " + ", ".join(known),
                )
        return self

    def fail(self, key: str | int, message: str, hint: str = "") -> NoReturn:
        """Raise the ``ConfigError`` for *key* of this table."""
        self._document.fail((*self._path, key), message, hint)

    def text(
        self,
        key: str,
        default: str = "",
        *,
        pattern: str = "",
        form: str = "text",
        origin: str = "default",
    ) -> str:
        """Return a string that matches *pattern*, described by *form*."""
        value = self._get(key, default, origin)
        if not isinstance(value, str) or "\0" in value:
            self._expected(key, form, value)
        if pattern and key in self and not re.fullmatch(pattern, value):
            self._expected(key, form, value)
        return value

    def raw(self, key: str) -> object:
        """Return what stands there, unchecked; None when absent."""
        return self._get(key, None)

    def choice(self, key: str, choices: tuple[str, ...], default: str) -> str:
        """Return one of *choices*."""
        value = self._get(key, default)
        if value not in choices:
            self._expected(key, "one of " + ", ".join(map(repr, choices)), value)
        return str(value)

    def integer(self, key: str, default: int, low: int, high: int) -> int:
        """Return a whole number from *low* to *high*."""
        value = self._get(key, default)
        if isinstance(value, str) and (*self._path, key) in self._document.overrides:
            value = int(value) if value.isdecimal() else value
        if isinstance(value, bool) or not isinstance(value, int):
            self._expected(key, f"a whole number from {low} to {high}", value)
        if not low <= value <= high:
            self._expected(key, f"a whole number from {low} to {high}", value)
        return value

    def number(self, key: str, default: float, low: float, high: float) -> float:
        """Return a number from *low* to *high*."""
        value = self._get(key, default)
        good = isinstance(value, int | float) and not isinstance(value, bool)
        if not good or not low <= value <= high:
            self._expected(key, f"a number from {low:g} to {high:g}", value)
        return float(value)

    def flag(self, key: str) -> bool | None:
        """Return true or false; None when absent."""
        if key not in self:
            return None
        value = self._get(key, default=False)
        if not isinstance(value, bool):
            self._expected(key, "true or false", value)
        return value

    def seconds(self, key: str, default: float, low: float, high: float) -> float:
        """Return a duration: a number of seconds, or text such as ``"5 min"``."""
        value = self._get(key, default)
        form = (
            f'seconds from {low:g} to {high:g}, or text such as "30 s", "5 min", "6 h"'
        )
        if isinstance(value, str) and (match := _DURATION.fullmatch(value)):
            value = float(match[1]) * _SECONDS[match[2]]
        good = isinstance(value, int | float) and not isinstance(value, bool)
        if not good or not low <= value <= high:
            self._expected(key, form, self._table.get(key, value))
        return float(value)

    def path(self, key: str, folder: Path, default: Path | None = None) -> Path | None:
        """Return a path; ``~`` is the home, a relative one starts at *folder*."""
        value = self._get(key, default or "")
        if isinstance(value, Path):
            return value
        if not isinstance(value, str) or "\0" in value:
            self._expected(key, "a path", value)
        if not value:
            if key in self:
                self._expected(key, "a path", value)
            return None
        return folder / Path(value).expanduser()

    def strings(
        self, key: str, default: tuple[str, ...] = (), origin: str = "default"
    ) -> tuple[str, ...]:
        """Return a list of strings."""
        value = self._get(key, list(default), origin)
        if not isinstance(value, list):
            self._expected(key, 'a list such as ["one", "two"]', value)
        for index, item in enumerate(value):
            if not isinstance(item, str) or not item:
                self._document.fail(
                    (*self._path, key, index), f"expected text, got {_show(item)}"
                )
        return tuple(value)

    def integers(
        self, key: str, default: tuple[int, ...], choices: tuple[int, ...]
    ) -> tuple[int, ...]:
        """Return a list of one or more of *choices*, each at most once."""
        value = self._get(key, list(default))
        if (
            not isinstance(value, list)
            or not value
            or any(isinstance(item, bool) or item not in choices for item in value)
            or len(set(value)) < len(value)
        ):
            self._expected(key, f"a list out of {list(choices)}", value)
        return tuple(value)

    def origin(self, key: str) -> str:
        """Return where the value of a key that was asked for came from."""
        return self._document.origins[dotted((*self._path, key))]

    def fail_item(self, key: str, index: int, message: str, hint: str = "") -> NoReturn:
        """Raise the ``ConfigError`` for one item of a list."""
        self._document.fail((*self._path, key, index), message, hint)

    def table(self, key: str, *known: str) -> "Section":
        """Return the table ``[key]``, empty when absent."""
        value = self._table.get(key, {})
        if not isinstance(value, dict):
            self._expected(key, f"a table [{key}]", value)
        return Section(self._document, (*self._path, key), value).only(*known)

    def tables(self, key: str, *known: str) -> "Iterator[Section]":
        """Yield the tables ``[[key]]``."""
        value = self._table.get(key, [])
        if not isinstance(value, list):
            self._expected(key, f"tables [[{key}]]", value)
        for index, item in enumerate(value):
            path = (*self._path, key, index)
            if not isinstance(item, dict):
                self._document.fail(
                    path, f"expected a table [[{key}]], got {_show(item)}"
                )
            yield Section(self._document, path, item).only(*known)

    def _get(self, key: str, default: Any, origin: str = "default") -> Any:
        path = (*self._path, key)
        self._document.note(path, key in self._table, origin)
        if path in self._document.overrides:
            return self._document.overrides[path][0]
        return self._table.get(key, default)

    def _expected(self, key: str, form: str, got: object) -> NoReturn:
        self.fail(key, f"expected {form}, got {_show(got)}")


def _show(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
