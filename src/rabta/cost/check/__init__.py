"""Figures that can be recomputed from their sources, recomputed."""

from rabta.cost.check.firm import firm_rows
from rabta.cost.check.macro import macro_rows
from rabta.cost.check.row import Row


def rows() -> list[Row]:
    """Return all of them, in the order of their numbers."""
    return sorted([*macro_rows(), *firm_rows()], key=lambda row: int(row.number))
