"""The inputs of a profile by name, and draws of them."""

from collections.abc import Iterator, Mapping
from dataclasses import fields

import numpy as np

from rabta.cost.firm.kernel import Value
from rabta.cost.firm.profile import Client, Firm, Group, Shop
from rabta.cost.firm.ranges import Floats, Range


SHIFT = "shift"
"""How far the uncertain begins of outages lie from what was measured, -1 to 1."""


def inputs(firm: Firm) -> dict[str, Range]:
    """Return every figure of *firm*, such as ``developers.dependence``."""
    return dict(_walked(firm))


def _walked(firm: Firm) -> Iterator[tuple[str, Range]]:
    yield "variable_cost", firm.variable_cost
    yield "restore_hours", firm.restore_hours
    if firm.redo_minutes is not None:
        yield "redo_minutes", firm.redo_minutes
    for group in firm.groups:
        yield from _ranges(group.name, group)
    for client in firm.clients:
        yield from _ranges(client.name, client)
    if firm.shop is not None:
        yield from _ranges("shop", firm.shop)


def _ranges(name: str, owner: Group | Client | Shop) -> Iterator[tuple[str, Range]]:
    for field in fields(owner):
        value = getattr(owner, field.name)
        if isinstance(value, Range):
            yield f"{name}.{field.name}", value


def open_inputs(known: Mapping[str, Range], *, uncertain: bool) -> list[str]:
    """Return the names of what is not known exactly, in order."""
    names = [name for name, one in known.items() if not one.known]
    return [*names, SHIFT] if uncertain else names


def values(known: Mapping[str, Range], names: list[str], u: Floats) -> Value:
    """Return the draws of each input: (draws, names) points *u* for the open ones."""
    columns = {name: u[:, index] for index, name in enumerate(names)}
    rows = len(u)
    middle = np.full(rows, 0.5)
    kept: dict[str, Floats] = {}

    def value(name: str) -> Floats:
        if name not in kept:
            place = columns.get(name, middle)
            drawn = 2 * place - 1 if name == SHIFT else known[name].at(place)
            kept[name] = drawn
        return kept[name]

    return value
