"""What a parser yields, and the account it keeps of what it could not use."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rabta.clock import DAY, HOUR
from rabta.model.report import Report
from rabta.model.trial import Measured, Outcome


if TYPE_CHECKING:
    from rabta.sources.stream import Stream

T = TypeVar("T")

__all__ = [
    "Aside",
    "Item",
    "Joint",
    "Licence",
    "Measured",
    "Parse",
    "Piece",
    "Report",
    "Tally",
    "Told",
]

EARLIEST = 7305 * DAY  # 1990: no source here is older
_SHOWN = 400  # characters kept of a record that was put aside
_KEPT = 1000  # records kept of those put aside; all are counted


@dataclass(frozen=True, slots=True)
class Licence:
    """Under which terms the data come; shown with everything made of them."""

    name: str
    holder: str
    link: str
    commercial: bool | None = None
    """Whether commercial use is allowed; None where the terms do not say."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Some values of one series, in any order."""

    source: str
    metric: str
    entity: str
    unit: str
    worse: str
    """``higher`` or ``lower``."""
    times: NDArray[np.int64]
    """(n,) microseconds UTC."""
    values: NDArray[np.float64]
    """(n,) NaN where there is no value."""
    vantage: str = ""
    target: str = ""
    relative: bool = False
    """Whether values are shares of the largest of one answer: two answers, two scales.
    """


OWN = Licence("as the file's owner says", "", "")
"""The terms of what nobody else publishes."""

Item = Piece | Report
Told = Item | Measured


@dataclass(frozen=True, slots=True)
class Aside:
    """One record that could not be used."""

    reason: str
    file: str
    offset: int
    """Bytes from the start of the file as decompressed; -1 where not known."""
    text: str = ""
    """Its beginning."""
    where: str = ""
    """Its place where bytes are not counted: a row, or the path in a document."""


@dataclass(slots=True)
class Tally:
    """What became of every record of one file: ``records`` is the sum of the rest."""

    file: str
    now: int
    """Microseconds UTC; what is more than an hour later is from the future."""
    records: int = 0
    kept: int = 0
    duplicates: int = 0
    passed: int = 0
    """Sound records that hold nothing this importer makes a series of."""
    reasons: dict[str, int] = field(default_factory=dict)
    """How many were put aside, by reason."""
    aside: list[Aside] = field(default_factory=list)
    """The first thousand of them."""
    partial: str = ""
    """Why the file was not read to its end; empty when it was."""
    outcomes: dict[str, int] = field(default_factory=dict)
    """What measurements of blocking came to, and by which mechanisms."""
    mechanisms: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    """What a reader should know of the values, in sentences."""
    place: str = ""
    """What of a document is being read: a path such as ``data[3]``, or a row."""

    def each(self, path: str, parts: Iterable[T]) -> Iterator[T]:
        """Yield *parts* of a document; what is put aside meanwhile is of that part."""
        for number, part in enumerate(parts):
            self.place = f"{path}[{number}]"
            yield part
        self.place = ""

    def put_aside(
        self, reason: str, offset: int, text: bytes | str = "", *, where: str = ""
    ) -> None:
        """Count a record that cannot be used and keep its beginning."""
        self.records += 1
        self.reasons[reason] = self.reasons.get(reason, 0) + 1
        if len(self.aside) < _KEPT:
            if isinstance(text, bytes):
                text = text[:_SHOWN].decode("utf-8", "replace")
            where = where or (self.place if offset < 0 else "")
            self.aside.append(Aside(reason, self.file, offset, text[:_SHOWN], where))

    def put_more_aside(self, reason: str, count: int) -> None:
        """Count further records of which nothing is kept."""
        self.records += count
        self.reasons[reason] = self.reasons.get(reason, 0) + count

    def keep(self, count: int = 1) -> None:
        """Count records that became values or reports."""
        self.records += count
        self.kept += count

    def skip(self, count: int = 1) -> None:
        """Count sound records that hold nothing to import."""
        self.records += count
        self.passed += count

    def outcome(self, outcome: Outcome, mechanisms: tuple[str, ...]) -> None:
        """Count what one measurement of blocking came to."""
        self.outcomes[outcome] = self.outcomes.get(outcome, 0) + 1
        for one in mechanisms:
            self.mechanisms[one] = self.mechanisms.get(one, 0) + 1

    def plausible(self, time: int) -> bool:
        """Whether *time*, microseconds, is neither absurd nor from the future."""
        return EARLIEST <= time <= self.now + HOUR

    @property
    def put_aside_count(self) -> int:
        """Return how many records were put aside."""
        return sum(self.reasons.values())


Parse = Callable[["Stream", Tally, str], Iterator[Told]]
"""From a file to its series and reports; the last argument is the entity the user
names, for files that do not say what they are about. Never raises for a record;
raises ``DataError`` for a file of which nothing can be used."""


class Joint(Protocol):
    """Reads several parts of one whole: pages of an answer, files of an export.

    It has a method of the name of each function that reads such a part alone.
    """

    def read(self, stream: "Stream", tally: Tally, about: str) -> Iterator[Told]:
        """Take in a part; yield what it says by itself."""

    def rest(self, tally: Tally, about: str, *, whole: bool) -> Iterator[Told]:
        """Yield what only all together say; *whole* where no part is missing."""


def piece(
    source: str,
    metric: str,
    entity: str,
    times: ArrayLike,
    values: ArrayLike,
    *,
    unit: str,
    worse: str,
    vantage: str = "",
    target: str = "",
    relative: bool = False,
) -> Piece:
    """Make a piece of whatever holds numbers."""
    return Piece(
        source,
        metric,
        entity,
        unit,
        worse,
        np.asarray(times, dtype=np.int64),
        np.asarray(values, dtype=np.float64),
        vantage,
        target,
        relative,
    )
