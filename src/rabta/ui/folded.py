"""Disruptions as a list shows them: what comes again at the same hours is one row."""

from collections.abc import Sequence
from dataclasses import dataclass

from rabta.model import Disruption


@dataclass(frozen=True, slots=True)
class Row:
    """One row: a disruption, or the newest of a pattern with those like it."""

    disruption: Disruption
    windows: tuple[Disruption, ...] = ()
    """All that are listed of its pattern, newest first; none where it stands alone."""


def folded(disruptions: Sequence[Disruption]) -> list[Row]:
    """Put the windows of each pattern into the row of the first one; order is kept.

    A pattern of which one window is listed is a row with that one.
    """
    rows: dict[tuple[str, int | str], list[Disruption]] = {}
    for one in disruptions:
        key = ("alone", one.id) if one.pattern is None else ("pattern", one.pattern.id)
        rows.setdefault(key, []).append(one)
    return [
        Row(members[0], tuple(members) if kind == "pattern" else ())
        for (kind, _), members in rows.items()
    ]
