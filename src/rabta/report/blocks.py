"""What stands on the pages, in one language: one model for HTML and PDF.

All texts are finished; a renderer adds layout and nothing else.
"""

from dataclasses import dataclass
from typing import Literal


Mood = Literal["good", "bad", "unsure", "plain"]


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure of the first page."""

    label: str
    value: str
    note: str = ""
    mood: Mood = "plain"


@dataclass(frozen=True, slots=True)
class Tiles:
    """A row of figures."""

    tiles: tuple[Tile, ...]


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph."""

    text: str


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells; *moods* colours the last cell of each row."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    moods: tuple[Mood, ...] = ()
    wide: tuple[int, ...] = ()
    """Columns of running text."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A chart; time runs from left to right in every language."""

    svg: str
    says: str
    """What it shows, also for those who cannot see it."""


@dataclass(frozen=True, slots=True)
class Case:
    """One disruption."""

    title: str
    says: str
    facts: tuple[tuple[str, str], ...]
    evidence: tuple[str, ...] = ()
    alternatives: tuple[str, ...] = ()
    drawing: Drawing | None = None


@dataclass(frozen=True, slots=True)
class Letter:
    """Text to send as it stands."""

    lines: tuple[str, ...]


Block = Tiles | Text | Items | Table | Drawing | Case | Letter


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands under it."""

    title: str
    blocks: tuple[Block, ...]
    new_page: bool = False


@dataclass(frozen=True, slots=True)
class Labels:
    """Words the layout needs."""

    evidence: str
    alternatives: str
    page: str
    """With ``{page}`` and ``{pages}``."""
    data: str
    """That the facts are in the file, for machines."""


@dataclass(frozen=True, slots=True)
class Paper:
    """The whole document."""

    language: str
    direction: str
    title: str
    subtitle: str
    mark: str
    """Stands on every page; empty, or that all of it is simulated."""
    verdict: str
    mood: Mood
    sections: tuple[Section, ...]
    footer: str
    labels: Labels
