"""From files to the signals of entities."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING

from rabta.cli.detect_kinds import KINDS, Meaning, is_percent, meaning
from rabta.cli.progress import Progress
from rabta.clock import SECOND
from rabta.errors import DataError, UsageError


if TYPE_CHECKING:
    from rabta.detect.signal import Signal
    from rabta.sources.tables import Choice, Recorded, Table, Wanted


@dataclass(frozen=True, slots=True)
class Ask:
    """What the command line says of the files."""

    files: tuple[Path, ...]
    entity: str
    time: str
    signals: "tuple[Wanted, ...]"
    by: str
    zone: tzinfo | None
    """None where none was named."""
    parts: bool = False
    """Files, groups or else columns are parts of the entity."""


@dataclass(frozen=True, slots=True)
class Told:
    """What was understood of one file, for the line that says so."""

    table: "Table"
    choice: "Choice"
    meanings: tuple[Meaning, ...]
    rows: int = 0
    bin_seconds: int = 0
    empty: tuple[str, ...] = ()
    """Signals without a single number: unavailable, which is no vote."""
    share_times: float = 1.0
    """Rows for each distinct time; well above 1 when several things are mixed."""


def parse_signal(text: str) -> "Wanted":
    """Read ``NAME=COLUMN``, ``NAME:KIND=COLUMN`` or ``COLUMN``."""
    from rabta.sources.tables import Wanted

    name, sign, column = text.partition("=")
    if not sign:
        return Wanted(text, text)
    bare, colon, kind = name.rpartition(":")
    if colon and kind not in KINDS:
        raise UsageError(
            f"--signal {text}: there is no kind {kind!r}",
            hint=f"one of {', '.join(KINDS)}",
        )
    if not name or not column or (colon and not bare):
        raise UsageError(
            f"--signal {text}: a name or a column is missing",
            hint="write NAME=COLUMN, such as --signal bgp=visible_prefixes",
        )
    return Wanted(bare if colon else name, column, kind if colon else "")


def parse_signals(texts: Sequence[str]) -> "tuple[Wanted, ...]":
    """Read them all; two of one name would be taken for one."""
    wanted = tuple(parse_signal(text) for text in texts)
    names = [one.name for one in wanted]
    for one in wanted:
        if names.count(one.name) > 1:
            raise UsageError(
                f"--signal: two are called {one.name!r}",
                hint=f"give each a name of its own: {one.name}2={wanted[-1].column}",
            )
    return wanted


def understand(ask: Ask, progress: Progress) -> list[Told]:
    """Look at the head of every file; everything that can be refused is, here."""
    from rabta.sources.tables import choose, look

    told = []
    for file in ask.files:
        with progress.stage("looking", file=file.name):
            table = look(file)
            choice = choose(table, time=ask.time, signals=ask.signals, by=ask.by)
        told.append(_with_meanings(table, choice))
    return told


def _with_meanings(table: "Table", choice: "Choice") -> Told:
    meanings = tuple(
        Meaning(one.kind, guessed=False)
        if one.kind
        else meaning(
            one.name, one.column, one.form.unit, _numbers(table.cells(one.column))
        )
        for one in choice.signals
    )
    signals = tuple(
        replace(one, kind=m.kind)
        for one, m in zip(choice.signals, meanings, strict=True)
    )
    return Told(table, replace(choice, signals=signals), meanings)


def _numbers(cells: Sequence[str]) -> list[float]:
    found = []
    for cell in cells:
        try:
            number = float(cell.strip().rstrip("%").split(" ")[0].replace(",", "."))
        except ValueError:
            continue
        if isfinite(number):
            found.append(number)
    return found


class Intake:
    """The signals of every entity, file after file."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self.aside: list[tuple[str, str, float, str, int]] = []
        """Readings beyond 1 among shares: file, column, value, time in UTC, and row;
        0 where that is not known."""
        self._parts: dict[str, dict[str, list[tuple[Recorded, Meaning]]]] = {}
        self._told: dict[tuple[str, str], list[tuple[Told, str]]] = {}

    def read(self, told: Told, progress: Progress) -> Told:
        """Read one file whole; return what is known of it now."""
        from rabta.sources.tables import read

        size = told.table.file.stat().st_size
        with progress.stage("reading", file=told.table.file.name, size=size):
            series = read(
                told.table,
                told.choice,
                self._ask.zone or UTC,
                report=progress.report,
            )
        by_column = {
            one.column: meaning
            for one, meaning in zip(told.choice.signals, told.meanings, strict=True)
        }
        rows = times = 0
        measured: set[str] = set()
        for one in series:
            if one.name == told.choice.signals[0].name:
                rows += len(one.times)
                times += one.moments
            if not one.measured:
                continue
            measured.add(one.name)
            meaning = by_column[one.column]
            _check_share(one, meaning, told.table.file)
            if meaning.kind == "fraction":
                one = self._shares(one, told)  # noqa: PLW2901
            entity, name = self._place(told, one, meaning)
            parts = self._parts.setdefault(entity, {})
            parts.setdefault(name, []).append((one, meaning))
            self._told.setdefault((entity, name), []).append((told, one.column))
        empty = tuple(s.name for s in told.choice.signals if s.name not in measured)
        width = series[0].bin_seconds if series else 0
        return replace(
            told, rows=rows, bin_seconds=width, empty=empty, share_times=rows / times
        )

    def row_of(self, entity: str, signal: str, time: int, value: float) -> str:
        """Return the file and row of one reading; empty where it is not found.

        *time* is microseconds UTC.
        """
        from rabta.sources.tables import lines_with

        for told, column in self._told.get((entity, signal), []):
            (row,) = lines_with(told.table, told.choice, column, [(time, value)])
            if row:
                return f"{told.table.file.name}, row {row}, column {column!r}"
        return ""

    def _shares(self, one: "Recorded", told: Told) -> "Recorded":
        """Bring a column of shares to 0 to 1, file by file; keep what to tell."""
        from rabta.detect.shares import shares
        from rabta.sources.tables import lines_with

        def rows(places: Sequence[int]) -> list[int]:
            readings = [(int(one.times[at]), float(one.values[at])) for at in places]
            return lines_with(told.table, told.choice, one.column, readings)

        percent = is_percent(one.name, one.column, one.unit)
        found = shares(one.values, percent=percent)
        if found.mixed is not None:
            raise DataError(
                "shares of 1 and percent are mixed: the unit changes at"
                f" {_moment(int(one.times[found.mixed]))}",
                file=str(told.table.file),
                row=rows([found.mixed])[0],
                column=one.column,
                hint="write the whole column in one unit",
            )
        aside = found.aside.tolist()
        for at, row in zip(aside, rows(aside), strict=True):
            value, time = float(one.values[at]), _moment(int(one.times[at]))
            self.aside.append((told.table.file.name, one.column, value, time, row))
        return replace(one, values=found.values)

    def _place(self, told: Told, one: "Recorded", meaning: Meaning) -> tuple[str, str]:
        """Name an entity and its signal.

        The entity as the user says, after the column, after the file; a part of it
        after the group, the file, or the column, which then is no name of a signal.
        """
        entity = self._ask.entity
        stem = told.table.file.name.removesuffix(".gz").rpartition(".")[0]
        file = stem or told.table.file.name
        if one.group:
            return f"{entity}/{one.group}" if entity else one.group, one.name
        if self._ask.parts and len(self._ask.files) > 1:
            return f"{entity}/{file}", one.name
        if self._ask.parts:
            return f"{entity}/{one.name}", meaning.kind
        return entity or file, one.name

    def entities(self) -> Iterator[tuple[str, "list[Signal]"]]:
        """Yield every entity with its signals, by name."""
        for entity, parts in sorted(self._parts.items()):
            yield entity, [_joined(name, pieces) for name, pieces in parts.items()]

    def __len__(self) -> int:
        return len(self._parts)


def _joined(name: str, pieces: "list[tuple[Recorded, Meaning]]") -> "Signal":
    """Join the pieces of one signal that several files hold."""
    from rabta.detect.signal import Signal, SignalKind
    from rabta.sources.tables import joined

    meaning = pieces[0][1]
    times, values, weights = joined([one for one, _ in pieces])
    return Signal(
        name,
        SignalKind(meaning.kind),
        times,
        values,
        weights,
        meaning.higher_is_worse,
    )


def _check_share(one: "Recorded", meaning: Meaning, file: Path) -> None:
    if meaning.kind == "fraction" and one.highest > 100:
        raise DataError(
            f"{one.highest:g} is no share; a fraction is 0 to 1, or percent",
            file=str(file),
            column=one.column,
            hint=f"say what it is: --signal {one.name}:count={one.column}",
        )


def _moment(instant: int) -> str:
    return datetime.fromtimestamp(instant / SECOND, UTC).strftime("%Y-%m-%d %H:%M UTC")
