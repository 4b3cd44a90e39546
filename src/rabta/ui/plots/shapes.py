"""What is drawn."""

from dataclasses import dataclass
from datetime import tzinfo

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Panel:
    """One signal on its own grid."""

    name: str
    note: str
    """What the baseline stands on, in the reader's words."""
    start: int
    """Microseconds UTC of the first bin."""
    step: int
    """Microseconds."""
    values: NDArray[np.float64]
    """(n,) NaN where nothing was measured."""
    baseline: NDArray[np.floating]
    """(n,) NaN where there is none."""

    def times(self) -> NDArray[np.int64]:
        """Return the start of every bin, microseconds UTC."""
        return self.start + self.step * np.arange(len(self.values), dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Mark:
    """One disruption."""

    onset: int
    end: int | None
    """None while it lasts."""
    onset_uncertainty: float
    """Seconds either way."""
    end_uncertainty: float
    severity: str
    """``degradation``, ``outage`` or ``blackout``."""
    fired: frozenset[str]
    """Names of the signals that showed it."""
    says: str
    """One sentence, for those who point at it or cannot see it."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One entity: its panels share the time axis."""

    title: str
    timezone: tzinfo
    panels: tuple[Panel, ...]
    marks: tuple[Mark, ...]

    @property
    def span(self) -> tuple[int, int]:
        """Return the first and last instant drawn, microseconds UTC."""
        starts = [panel.start for panel in self.panels]
        stops = [panel.start + panel.step * len(panel.values) for panel in self.panels]
        return min(starts), max(stops)
