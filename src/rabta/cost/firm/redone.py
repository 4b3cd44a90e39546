"""What it would have taken to do by hand what the outbox carried through."""

from dataclasses import dataclass

import numpy as np

from rabta.cost.firm.inputs import inputs, open_inputs, values
from rabta.cost.firm.price import DRAWS
from rabta.cost.firm.profile import Firm
from rabta.cost.firm.qmc import points
from rabta.cost.money import Money


@dataclass(frozen=True, slots=True)
class Carry:
    """Jobs that a failing line cut short and that were done all the same."""

    jobs: int
    moved_bytes: int
    """What was moved for them after the line first cut them short."""
    since: int = 0
    """From when on finished jobs are still kept, microseconds UTC; 0: not said."""


def redone(firm: Firm, carry: Carry) -> Money | None:
    """Price *carry* by minutes and the mean wage; None where minutes are not said."""
    if firm.redo_minutes is None or not firm.groups:
        return None
    known = inputs(firm)
    names = open_inputs(known, uncertain=False)
    cube = points(DRAWS, len(names), 7) if names else np.full((1, 0), 0.5)
    value = values(known, names, cube)
    people = sum(value(f"{one.name}.people") for one in firm.groups)
    paid = sum(
        value(f"{one.name}.people") * value(f"{one.name}.wage") for one in firm.groups
    )
    drawn = carry.jobs * value("redo_minutes") / 60 * paid / np.maximum(people, 1e-12)
    low, likely, high = np.quantile(drawn, (0.1, 0.5, 0.9)).tolist()
    return Money(low, likely, high, firm.currency, firm.year)
