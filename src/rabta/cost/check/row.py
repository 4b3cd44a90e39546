"""One figure that somebody else can recompute, and what Rabta computes for it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """What is put in, what must come out, what does."""

    number: str
    what: str
    expected: float
    got: float | None
    """None: a figure of others that no method of Rabta yields, listed beside them."""
    tolerance: float
    """Relative."""
    unit: str
    mark: str
    """``S`` sourced, ``D`` derived, ``E`` estimate."""
    source: str

    @property
    def ours(self) -> bool:
        """Whether it is computed at all."""
        return self.got is not None

    @property
    def good(self) -> bool:
        """Whether it came out; what is not computed never does."""
        if self.got is None:
            return False
        return abs(self.got - self.expected) <= self.tolerance * abs(self.expected)
