"""Loss and delay of one group of targets, as bounds."""

from rabta.cost.service.bounds import Bounds
from rabta.cost.service.samples import Window, delay, loss, slots, variation
from rabta.cost.service.terms import Seen
from rabta.report.facts import Figures


def figures(seen: Seen) -> Figures:
    """Return the figures of *seen*'s hours, around the clock."""
    counted = slots(seen.hours, seen.unknown, Window(seen.zone), seen.period, ())

    def at(share: float) -> Bounds:
        return delay(counted, share)

    return Figures(
        len(seen.hours),
        loss(counted),
        at(0.5),
        at(0.95),
        at(0.99),
        at(1.0),
        variation(counted, 0.5),
    )
