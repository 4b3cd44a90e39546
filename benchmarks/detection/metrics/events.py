"""Event-level figures: what a person on call would count.

An alarm meets a label if they overlap, if the alarm's onset is at most two hours early
and if it was raised before the label's end plus one hour. Each label takes one alarm
and each alarm one label, greedily by overlap. Another alarm that meets a label already
taken is a fragment, not a false alarm. Labels that nobody could see (their bins are
missing) are left out, and so are the alarms that meet only those.

All times are seconds since the epoch.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import quantiles
from typing import Self

import numpy as np


EARLY_SECONDS, LATE_SECONDS = 7_200.0, 3_600.0
YEAR_SECONDS = 365.25 * 86_400


@dataclass(frozen=True, slots=True)
class Label:
    """One true disruption; ``onset`` to ``onset_by`` is its ramp down.

    ``end_from`` to ``end`` is its recovery. ``felt`` is when half of the depth was
    reached, which is where the delay is counted from.
    """

    onset: float
    end: float
    depth: float
    onset_by: float = np.nan
    end_from: float = np.nan
    felt: float = np.nan
    scoreable: bool = True

    def onset_error(self, time: float) -> float:
        """Seconds outside the ramp; 0 anywhere inside it."""
        return _outside(time, self.onset, self.onset_by)

    def end_error(self, time: float) -> float:
        """Seconds outside the recovery; 0 anywhere inside it."""
        return _outside(time, self.end_from, self.end)

    def delay(self, time: float) -> float:
        """Seconds from where it was felt to ``time``, not below 0."""
        felt = self.onset if np.isnan(self.felt) else self.felt
        return max(0.0, time - felt)


@dataclass(frozen=True, slots=True)
class Alarm:
    """What a detector says: from when to when, and when it said so."""

    onset: float
    end: float
    detected: float


@dataclass(slots=True)
class Tally:
    """The counts of many recordings; add with ``+=``."""

    hits: int = 0
    missed: int = 0
    false: int = 0
    fragments: int = 0
    left_out: int = 0
    years: float = 0.0
    delays: list[float] = field(default_factory=list)
    onset_errors: list[float] = field(default_factory=list)
    end_errors: list[float] = field(default_factory=list)
    missed_labels: list[Label] = field(default_factory=list)
    found_labels: list[Label] = field(default_factory=list)

    def __iadd__(self, other: "Tally") -> Self:
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        return self

    @property
    def precision(self) -> float:
        said = self.hits + self.false
        return self.hits / said if said else 0.0

    @property
    def recall(self) -> float:
        true = self.hits + self.missed
        return self.hits / true if true else 0.0

    @property
    def f1(self) -> float:
        counted = 2 * self.hits + self.false + self.missed
        return 2 * self.hits / counted if counted else 0.0

    @property
    def false_per_year(self) -> float:
        return self.false / self.years if self.years else 0.0

    @property
    def fragments_per_hit(self) -> float:
        return self.fragments / self.hits if self.hits else 0.0


def match(
    labels: Sequence[Label], alarms: Sequence[Alarm], *, observed_seconds: float
) -> Tally:
    """Count one recording of ``observed_seconds``."""
    candidates = sorted(
        (
            (-_overlap(label, alarm), i, j)
            for i, label in enumerate(labels)
            for j, alarm in enumerate(alarms)
            if _meets(label, alarm)
        ),
    )
    partner: dict[int, int] = {}
    met: dict[int, list[int]] = {}
    for _, i, j in candidates:
        met.setdefault(j, []).append(i)
        if i not in partner and j not in partner.values():
            partner[i] = j
    tally = Tally(years=observed_seconds / YEAR_SECONDS)
    for i, label in enumerate(labels):
        if not label.scoreable:
            tally.left_out += 1
        elif i in partner:
            alarm = alarms[partner[i]]
            tally.hits += 1
            tally.delays.append(label.delay(alarm.detected))
            tally.onset_errors.append(label.onset_error(alarm.onset))
            tally.end_errors.append(label.end_error(alarm.end))
            tally.found_labels.append(label)
        else:
            tally.missed += 1
            tally.missed_labels.append(label)
    taken = set(partner.values())
    for j in range(len(alarms)):
        if j in taken:
            continue
        if j not in met:
            tally.false += 1
        elif any(labels[i].scoreable for i in met[j]):
            tally.fragments += 1
    return tally


def percentile(values: Sequence[float], percent: int) -> float:
    """Interpolated percentile; NaN of nothing."""
    if len(values) < 2:
        return values[0] if values else np.nan
    return quantiles(values, n=100, method="inclusive")[percent - 1]


def _outside(time: float, first: float, last: float) -> float:
    if np.isnan(first):
        first = last
    if np.isnan(last):
        last = first
    return max(0.0, first - time, time - last)


def _overlap(label: Label, alarm: Alarm) -> float:
    return min(label.end, alarm.end) - max(label.onset, alarm.onset)


def _meets(label: Label, alarm: Alarm) -> bool:
    return (
        _overlap(label, alarm) > 0
        and alarm.onset >= label.onset - EARLY_SECONDS
        and alarm.detected <= label.end + LATE_SECONDS
    )
