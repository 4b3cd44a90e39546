"""Disruptions: what happened to one entity, from onset to end."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise

from rabta.model.pattern import Pattern
from rabta.model.verdict import Verdict


class Kind(StrEnum):
    """The kinds of disruption."""

    OUTAGE = "outage"
    DEGRADATION = "degradation"
    BLOCKING = "blocking"
    THROTTLING = "throttling"


@dataclass(frozen=True, slots=True)
class Disruption:
    """One disruption of one entity; *verdicts* is its history, oldest first."""

    id: int
    entity: str
    kind: Kind
    onset: int
    end: int | None
    """None while it lasts."""
    onset_uncertainty_seconds: float
    depth: float
    """Share of what is normally there that was lost, 0 to 1; delay is no loss."""
    verdicts: tuple[Verdict, ...]
    shown: int = field(init=False, default=0)
    """Which of *verdicts* stands for the whole: see ``telling``."""
    unobserved: tuple[tuple[int, int], ...] = ()
    """Spans [start, stop) between onset and end, sorted and disjoint, in which Rabta
    did not measure: it slept, was off, or the clock was set past them. What was then is
    not known: they count neither as disrupted nor as well."""

    extra_seconds: float = field(init=False, default=0.0)
    """The greatest delay above the usual; 0 where nothing was slower."""
    pattern: Pattern | None = None
    """What it is one of, where such disruptions come again at the same hours."""

    def __post_init__(self) -> None:
        """Choose the version that is shown; sum up the others."""
        object.__setattr__(
            self, "shown", telling(self.verdicts, self.end, self.unobserved)
        )
        extra = max((one.extra_seconds for one in self.verdicts), default=0.0)
        object.__setattr__(self, "extra_seconds", extra)

    @property
    def verdict(self) -> Verdict:
        """Return the version that stands for the whole."""
        return self.verdicts[self.shown]

    def measured(self, now: int) -> tuple[tuple[int, int], ...]:
        """Return the spans in which it was seen; up to *now* if it lasts still."""
        end = max(self.onset, now if self.end is None else self.end)
        return _without(self.onset, end, self.unobserved)

    def lasted(self, now: int) -> float:
        """Seconds for which it was seen; up to *now* if it lasts still."""
        return _length(self.measured(now)) / 1e6

    @property
    def unobserved_seconds(self) -> float:
        """Seconds within it in which nothing was measured."""
        return _length(self.unobserved) / 1e6


def _without(
    start: int, stop: int, gaps: Sequence[tuple[int, int]]
) -> tuple[tuple[int, int], ...]:
    """Return what of [*start*, *stop*) is in none of *gaps*, sorted and disjoint."""
    edges = [start]
    for gap in gaps:
        edges += [max(start, min(stop, edge)) for edge in gap]
    edges.append(stop)
    pairs = zip(edges[::2], edges[1::2], strict=True)
    return tuple((begin, end) for begin, end in pairs if begin < end)


def _length(spans: Sequence[tuple[int, int]]) -> int:
    return sum(stop - start for start, stop in spans)


def telling(
    verdicts: Sequence[Verdict],
    end: int | None,
    unobserved: Sequence[tuple[int, int]] = (),
) -> int:
    """Return the index of the version of *verdicts* that tells best what happened.

    While it lasts (*end* is None) that is the newest: nobody knows more now. So it is
    where the cause model speaks (``calibrated``): its later versions look at the whole
    again, with what was announced and measured since. Else, once it is over, it is the
    one with most confidence times the time it stood: what was said in the last second,
    while things were coming back, is not what happened. Versions with the same code
    count together; of them the one that stood longest is taken. No version stands
    while nothing is measured (*unobserved*).
    """
    if end is None or not verdicts or verdicts[-1].calibrated:
        return max(0, len(verdicts) - 1)
    ends = [later.time for _, later in pairwise(verdicts)] + [end]
    weights = [
        verdict.confidence * max(1, _length(_without(verdict.time, until, unobserved)))
        for verdict, until in zip(verdicts, ends, strict=True)
    ]
    codes: dict[str, float] = {}
    for verdict, weight in zip(verdicts, weights, strict=True):
        codes[verdict.code] = codes.get(verdict.code, 0.0) + weight
    return max(
        range(len(verdicts)),
        key=lambda n: (codes[verdicts[n].code], weights[n], n),
    )
