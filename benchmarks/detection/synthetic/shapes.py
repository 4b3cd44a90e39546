"""How disruptions of the second family begin, go on and end.

A shape is the share of the depth that is felt in each bin, 0 to 1.
"""

from dataclasses import dataclass

import numpy as np
from benchmarks.detection.metrics import Label
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Disruption:
    """From bin ``first`` on, ``depth * shape`` of the signal is gone."""

    first: int
    depth: float
    shape: NDArray[np.float64]
    ramp: int
    """Bins until the full depth."""
    tail: int
    """Bins of recovery at the end."""

    def label(self, start: int, step: int) -> Label:
        """Return where it was true, the ramps as intervals."""
        onset = start + step * self.first
        end = onset + step * len(self.shape)
        felt = int(np.argmax(self.shape >= 0.5))
        return Label(
            onset,
            end,
            self.depth,
            onset_by=onset + step * self.ramp,
            end_from=end - step * self.tail,
            felt=onset + step * felt,
        )

    def seen(self, factor: float, lag: int) -> "Disruption":
        """Return it as another signal shows it."""
        depth = min(1.0, self.depth * factor)
        return Disruption(self.first + lag, depth, self.shape, self.ramp, self.tail)


def shape(rng: np.random.Generator, size: int) -> tuple[NDArray[np.float64], int, int]:
    """Return (shape, ramp, tail) of a disruption of ``size`` bins."""
    felt = np.ones(size)
    ramp = tail = 0
    if size >= 6 and rng.random() < 0.4:
        ramp = int(rng.integers(2, min(12, size // 3) + 1))
        felt[:ramp] = (np.arange(ramp) + 1) / (ramp + 1)
    way = rng.choice(["at once", "in stages", "slowly"], p=[0.4, 0.3, 0.3])
    if size >= 8 and way == "in stages":
        steps = int(rng.integers(1, 3))
        tail = int(size * rng.uniform(0.2, 0.5))
        bounds = np.sort(rng.uniform(0.2, 0.85, steps))[::-1]
        edges = np.linspace(size - tail, size, steps + 1).astype(np.int64)
        for level, a, b in zip(bounds, edges, edges[1:], strict=False):
            felt[a:b] = level
    elif size >= 8 and way == "slowly":
        tail = int(size * rng.uniform(0.15, 0.5))
        felt[size - tail :] = np.exp(-2.3 * (np.arange(tail) + 1) / tail)
    if size >= 24 and rng.random() < 0.12:
        for at in rng.integers(ramp + 3, size - tail, 2):
            felt[at : min(at + int(rng.integers(1, 3)), size - tail)] *= 0.1
    return felt, ramp, tail
