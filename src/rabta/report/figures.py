"""Loss and delay of one group of targets, as bounds."""

from rabta.cost.service.bounds import Bounds
from rabta.cost.service.samples import Window, delay, loss, missing_hours, variation
from rabta.cost.service.terms import Seen
from rabta.report.facts import Figures


def figures(seen: Seen) -> Figures:
    """Return the figures of *seen*'s hours, around the clock."""
    hours, window = seen.hours, Window(seen.zone)
    missing = missing_hours(seen.unknown, window, seen.start, seen.stop, ())

    def at(share: float) -> Bounds:
        return delay(hours, share, missing)

    return Figures(
        len(hours),
        loss(hours, missing),
        at(0.5),
        at(0.95),
        at(0.99),
        at(1.0),
        variation(hours, 0.5, missing),
    )
