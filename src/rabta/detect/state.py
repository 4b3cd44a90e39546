"""What detection remembers of one or many series; saved and resumed to the bit."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, timedelta, timezone, tzinfo
from typing import Any, Self
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from rabta.clock import DAY
from rabta.detect import layout, settings
from rabta.detect.signal import SignalKind
from rabta.detect.slots import WEEK, width_for
from rabta.detect.transform import Group, Trait, groups_of


_MAGIC = b"rabta-detect-state\n"
_FORMAT = 3


@dataclass(slots=True)
class State:
    """The memory of series that share a step and a time zone.

    About 57 kB a series with slots of five minutes, 5 kB with slots of an hour.
    """

    traits: tuple[Trait, ...]
    step: int
    """Microseconds."""
    timezone: tzinfo
    width: int
    """Of a slot of the local week, microseconds."""
    next: int | None
    """Start of the next bin, microseconds UTC; None before the first."""
    rows: NDArray[np.float64]
    ring: NDArray[np.float32]
    medians: NDArray[np.float32]
    filled: NDArray[np.uint8]
    grid: NDArray[np.float64]
    characters: NDArray[np.float64]
    """What the kernel wants to know of every series."""
    groups: tuple[Group, ...]
    """Series whose values are transformed first."""

    @classmethod
    def create(
        cls,
        traits: Trait | Sequence[Trait],
        step: int,
        timezone: tzinfo,
        *,
        slot: int = settings.NARROWEST_SLOT,
        scales: Sequence[float] | None = None,
        level: float | None = None,
        least: float | None = None,
        wild: float = 0.0,
    ) -> Self:
        """Begin; *step* and *slot* are microseconds.

        A wider *slot* saves memory where there are very many series. *scales* are the
        medians of the absolute residual in each band of the baseline and *level* the
        usual baseline, for those who know them beforehand; so is *least*, the smallest
        effect worth telling where it is not that of the kind, and *wild*, how often
        a reading is far too low by chance.
        """
        if isinstance(traits, Trait):
            traits = (traits,)
        number = len(traits)
        width = width_for(step, slot)
        slots = WEEK // width
        rows = np.zeros((number, layout.ROW))
        rows[:, layout.POWER] = 1.0
        rows[:, layout.WILD] = wild
        rows[:, layout.TODAY] = 1.0
        rows[:, layout.ROLLING] = np.nan
        rows[:, layout.LAST] = np.nan
        rows[:, layout.FORMER] = np.nan
        rows[:, layout.SLOT] = -1.0
        rows[:, layout.POOLED_AT] = -np.inf
        rows[:, layout.REFUSED_SLOT] = -1.0
        if scales is not None:
            bands = slice(layout.SCALES, layout.COUNTS)
            rows[:, bands] = scales
            rows[:, layout.COUNTS :] = settings.KNOWN_SCALE
        if level is not None:
            rows[:, layout.LEVEL] = level
            rows[:, layout.SEEN] = settings.FIRST_READINGS
        characters = _characters(traits)
        if least is not None:
            characters[layout.LEAST :: layout.TRAITS] = least
        return cls(
            tuple(traits),
            step,
            timezone,
            width,
            None,
            rows.reshape(-1),
            np.zeros(number * slots * settings.WEEKS, dtype=np.float32),
            np.full(number * slots, np.nan, dtype=np.float32),
            np.zeros(number * slots, dtype=np.uint8),
            _grid(step, width),
            characters,
            groups_of(traits),
        )

    @property
    def number(self) -> int:
        """Return the number of the next bin, counted from the first one ever seen."""
        return int(self.rows[layout.NEXT])

    @property
    def smallest(self) -> float:
        """The smallest effect worth telling of the first series; ``dump`` leaves it."""
        return float(self.characters[layout.LEAST])

    @smallest.setter
    def smallest(self, least: float) -> None:
        self.characters[layout.LEAST] = least

    def dump(self) -> bytes:
        """Return everything, for ``load``."""
        header = {
            "format": _FORMAT,
            "traits": [[trait.kind, trait.higher_is_worse] for trait in self.traits],
            "step": self.step,
            "width": self.width,
            "timezone": _name(self.timezone),
            "next": self.next,
        }
        arrays = (self.rows, self.ring, self.medians, self.filled)
        return b"".join(
            (_MAGIC, json.dumps(header).encode(), b"\n", *(_bytes(a) for a in arrays))
        )

    @classmethod
    def load(cls, data: bytes) -> Self:
        """Resume from *data*; raises ValueError when it is something else."""
        if not data.startswith(_MAGIC):
            raise ValueError("not a saved state of detection")
        text, _, body = data[len(_MAGIC) :].partition(b"\n")
        header: dict[str, Any] = json.loads(text)
        if header["format"] != _FORMAT:
            raise ValueError(
                f"a state of detection in format {header['format']}, saved by another "
                f"version; this one reads format {_FORMAT} and has to learn anew"
            )
        traits = [Trait(SignalKind(kind), worse) for kind, worse in header["traits"]]
        state = cls.create(
            traits, header["step"], _zone(header["timezone"]), slot=header["width"]
        )
        state.next = header["next"]
        for array in (state.rows, state.ring, state.medians, state.filled):
            size = array.nbytes
            if len(body) < size:
                raise ValueError("the saved state is cut short")
            array[:] = np.frombuffer(body[:size], array.dtype.newbyteorder("<"))
            body = body[size:]
        if body:
            raise ValueError("the saved state is too long")
        return state


def _grid(step: int, width: int) -> NDArray[np.float64]:
    grid = np.zeros(layout.GRID)
    memory = step / settings.LEVEL_MEMORY
    grid[layout.STEP] = step
    grid[layout.WIDTH] = width
    grid[layout.SLOTS] = WEEK // width
    grid[layout.PER_DAY] = max(1, DAY // width)
    grid[layout.LEVEL_GAIN] = min(memory, settings.FASTEST_LEVEL)
    grid[layout.GAIN] = min(max(memory, settings.SLOWEST_SCALE), settings.FASTEST_SCALE)
    grid[layout.STEADY] = max(settings.STEADY_AFTER / step, settings.STEADY_BINS)
    grid[layout.ANY] = max(settings.ANY_AFTER / step, settings.STEADY_BINS)
    grid[layout.MEMORY] = settings.REMEMBERED / step
    grid[layout.ALIKE] = min(max(1, settings.ALIKE // width), WEEK // width // 2)
    grid[layout.BLEND] = float(width > step)
    return grid


def _characters(traits: Sequence[Trait]) -> NDArray[np.float64]:
    table = np.zeros((len(traits), layout.TRAITS))
    for row, trait in zip(table, traits, strict=True):
        row[layout.ADDITIVE] = trait.additive
        row[layout.SIGN] = trait.sign
        row[layout.LEAST] = trait.kind.effect.least
        row[layout.MOST] = trait.kind.effect.most
        row[layout.SLEEPLESS] = trait.kind is SignalKind.PREFIXES
        row[layout.COUNTED] = trait.kind is SignalKind.COUNT
    return table.reshape(-1)


def _bytes(array: NDArray[Any]) -> bytes:
    return array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes()


def _name(zone: tzinfo) -> str | float:
    if isinstance(zone, ZoneInfo) and zone.key:
        return zone.key
    offset = zone.utcoffset(None)
    if offset is None:
        raise ValueError(f"a time zone that cannot be named: {zone!r}")
    return offset.total_seconds()


def _zone(name: str | float) -> tzinfo:
    if isinstance(name, str):
        return ZoneInfo(name)
    return timezone(timedelta(seconds=name)) if name else UTC
