"""Disruptions: what happened to one entity, from onset to end."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise

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

    extra_seconds: float = field(init=False, default=0.0)
    """The greatest delay above the usual; 0 where nothing was slower."""

    def __post_init__(self) -> None:
        """Choose the version that is shown; sum up the others."""
        object.__setattr__(self, "shown", telling(self.verdicts, self.end))
        extra = max((one.extra_seconds for one in self.verdicts), default=0.0)
        object.__setattr__(self, "extra_seconds", extra)

    @property
    def verdict(self) -> Verdict:
        """Return the version that stands for the whole."""
        return self.verdicts[self.shown]


def telling(verdicts: Sequence[Verdict], end: int | None) -> int:
    """Return the index of the version of *verdicts* that tells best what happened.

    While it lasts (*end* is None) that is the newest: nobody knows more now. Once it
    is over it is the one with most confidence times the time it stood: what was said
    in the last second, while things were coming back, is not what happened. Versions
    with the same code count together; of them the one that stood longest is taken.
    """
    if end is None or not verdicts:
        return max(0, len(verdicts) - 1)
    ends = [later.time for _, later in pairwise(verdicts)] + [end]
    weights = [
        verdict.confidence * max(1, until - verdict.time)
        for verdict, until in zip(verdicts, ends, strict=True)
    ]
    codes: dict[str, float] = {}
    for verdict, weight in zip(verdicts, weights, strict=True):
        codes[verdict.code] = codes.get(verdict.code, 0.0) + weight
    return max(
        range(len(verdicts)),
        key=lambda n: (codes[verdicts[n].code], weights[n], n),
    )
