"""What a generator gives: series with the truth beside them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from benchmarks.detection.metrics import Label
from numpy.typing import NDArray


MONDAY = 1_704_067_200
"""2024-01-01 00:00 UTC, in seconds."""
WARM_UP_WEEKS = 6
"""No disruption, and no alarm counts, before a detector could know the week."""
WEEK = 7 * 86_400


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """One series; ``values`` (n,) with NaN where missing, bins of ``step`` seconds.

    Compared by identity, so that methods can remember what they worked out for it.
    """

    name: str
    what: str
    """Its row in the tables, such as ``telescope``."""
    kind: str
    """Name of a ``rabta.detect`` signal kind."""
    step: int
    values: NDArray[np.float64]
    labels: tuple[Label, ...]
    weights: NDArray[np.float64] | None = None
    timezone: str = "UTC"
    start: int = MONDAY

    @property
    def end(self) -> int:
        return self.start + self.step * len(self.values)

    @property
    def scored_from(self) -> int:
        return self.start + WARM_UP_WEEKS * WEEK

    @property
    def observed_seconds(self) -> float:
        return self.end - self.scored_from

    def falling(self) -> NDArray[np.float64]:
        """Return the values with worse = lower, for methods that know only drops."""
        return 1_000 / self.values if self.kind == "rtt" else self.values

    def truth(self) -> NDArray[np.bool_]:
        """Return which bins lie in a disruption that could be seen."""
        mask = np.zeros(len(self.values), dtype=np.bool_)
        for label in self.labels:
            if label.scoreable:
                first = int((label.onset - self.start) // self.step)
                mask[first : int((label.end - self.start) // self.step)] = True
        return mask


@dataclass(frozen=True, slots=True)
class Entity:
    """Several series of one place and what really happened there."""

    name: str
    recordings: tuple[Recording, ...]
    labels: tuple[Label, ...]

    @property
    def observed_seconds(self) -> float:
        return self.recordings[0].observed_seconds


def log_uniform(rng: np.random.Generator, low: float, high: float) -> float:
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def marked(
    labels: Sequence[Label], values: NDArray[np.float64], step: int, start: int
) -> tuple[Label, ...]:
    """Return the labels, those with fewer than two readings as not scoreable."""
    result = []
    for label in labels:
        first = int((label.onset - start) // step)
        until = int(np.ceil((label.end - start) / step))
        seen = int(np.count_nonzero(np.isfinite(values[first:until])))
        result.append(
            Label(
                label.onset,
                label.end,
                label.depth,
                label.onset_by,
                label.end_from,
                label.felt,
                scoreable=seen >= 2,
            )
        )
    return tuple(result)


def gaps(rng: np.random.Generator, values: NDArray[np.float64], number: int) -> None:
    """Lose ``number`` stretches of 1 to 48 bins."""
    for _ in range(number):
        size = round(log_uniform(rng, 1, 48))
        first = int(rng.integers(0, len(values) - size))
        values[first : first + size] = np.nan


def places(
    rng: np.random.Generator, sizes: Sequence[int], first: int, last: int, apart: int
) -> list[int]:
    """Return a start for each size, in order, at random but ``apart`` bins apart."""
    room = last - first - sum(sizes) - apart * (len(sizes) + 1)
    if room < 0:
        raise ValueError("the recording is too short for its disruptions")
    cuts = np.sort(rng.integers(0, room + 1, len(sizes)))
    starts, used = [], first + apart
    for cut, size in zip(cuts, sizes, strict=True):
        starts.append(int(used + cut))
        used += size + apart
    return starts
