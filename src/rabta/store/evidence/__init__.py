"""The evidence log on the disk: a database of its own beside the measurements'.

It has its own writer, so that closing an hour never waits for a measurement, and a
damaged store of measurements leaves it whole.
"""

from rabta.store.evidence.leaves import FILE, Leaf, Leaves, Stamped
from rabta.store.evidence.rows import Measured, closed_rows, counts, hourly


__all__ = [
    "FILE",
    "Leaf",
    "Leaves",
    "Measured",
    "Stamped",
    "closed_rows",
    "counts",
    "hourly",
]
