"""Losses that came back: which changes of level are one disruption.

The kernel takes what lasts for the new level, small steps on the way included. Whether
a level from before came back is seen by multiplying the changes up to there.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from rabta.detect.found import Shift
from rabta.detect.settings import REMEMBERED
from rabta.detect.signal import SignalKind
from rabta.detect.transform import Trait


ABOUT: Final = 0.25
"""A level within this share of a loss from the one before it is that one again: while
it was away it may have crept."""


def episodes(shifts: Sequence[Shift], trait: Trait) -> Iterator[tuple[Shift, ...]]:
    """Yield the changes from every level that came back to its return, oldest first."""
    at = 0
    while at < len(shifts):
        last = next(
            (
                end
                for end in range(at + 1, len(shifts))
                if _returns(shifts[at : end + 1], trait)
            ),
            None,
        )
        if last is not None:
            yield tuple(shifts[at : last + 1])
        at = at + 1 if last is None else last + 1


def levels(shifts: Sequence[Shift], trait: Trait) -> list[float]:
    """Return the level after each of *shifts*, as a share of that before them all.

    Of delays: as the difference of logarithms.
    """
    level, found = (0.0 if trait.additive else 1.0), []
    for one in shifts:
        change = trait.sign * one.magnitude
        level = level + change if trait.additive else level * (1.0 + change)
        found.append(level)
    return found


def _returns(shifts: Sequence[Shift], trait: Trait) -> bool:
    """Tell whether the last of *shifts* ends what the first began."""
    first, last = shifts[0], shifts[-1]
    if len(shifts) == 2 and last.returned and not first.returned:
        return True
    if first.returned or not lasting(first, trait.kind):
        return False
    if last.onset - first.accepted > REMEMBERED:
        return False
    usual = 0.0 if trait.additive else 1.0
    left = levels(shifts, trait)[-1] - usual
    return abs(left) <= -ABOUT * first.magnitude


def lasting(shift: Shift, kind: SignalKind) -> bool:
    """Tell whether *shift* is a loss that is told; less comes and goes by itself."""
    return shift.magnitude <= -kind.effect.most
