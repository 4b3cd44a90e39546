"""One figure that somebody else can recompute, and what Rabta computes for it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """What is put in, what must come out, what does."""

    number: str
    what: str
    expected: float
    got: float
    tolerance: float
    """Relative."""
    unit: str
    mark: str
    """``S`` sourced, ``D`` derived, ``E`` estimate."""
    source: str

    @property
    def good(self) -> bool:
        """Whether it came out."""
        return abs(self.got - self.expected) <= self.tolerance * abs(self.expected)
