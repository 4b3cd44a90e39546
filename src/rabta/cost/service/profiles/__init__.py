"""Terms of regulators and recommendations, as data with their source.

One TOML file a profile. ``basis`` says of each term whether its text was read, ``read``
on which day. A term limits a figure (``limit``) or a share of what the
contract states (``share`` of ``of``); ``media`` names the kinds of access it is
written for. What a source does not say is not in it.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

from rabta.cost.service.availability import Counting
from rabta.cost.service.terms import Basis, Measure, Profile, Term


@dataclass(frozen=True, slots=True)
class Stated:
    """What a contract promises of the line; None where nothing was said."""

    download: float | None = None
    """Advertised, bits per second."""
    upload: float | None = None
    download_normal: float | None = None
    """Normally available."""
    download_minimum: float | None = None


def names() -> tuple[str, ...]:
    """Return the names of the shipped profiles."""
    return tuple(
        sorted(
            file.name.removesuffix(".toml")
            for file in resources.files(__package__).iterdir()
            if file.name.endswith(".toml")
        )
    )


def of_country(code: str) -> tuple[str, ...]:
    """Return the profiles whose authority is that of a country."""
    return tuple(name for name in names() if code in _table(name).get("countries", ()))


def shipped(name: str, stated: Stated) -> Profile:
    """Return one of ``names``, its shares taken of what is *stated*."""
    table = _table(name)
    counting = table["counting"]
    return Profile(
        name,
        table["title"],
        table["source"],
        table["url"],
        table["read"].isoformat() if "read" in table else "",
        Counting(
            counting.get("loss_over"),
            float(counting.get("at_least_seconds", 0)),
            frozenset(counting.get("excludes", ())),
        ),
        tuple(_term(one, stated) for one in table["term"]),
        media=tuple(table.get("media", ())),
    )


@lru_cache
def _table(name: str) -> Mapping[str, Any]:
    file = resources.files(__package__).joinpath(f"{name}.toml")
    return tomllib.loads(file.read_text("utf-8"))


def _term(table: Mapping[str, Any], stated: Stated) -> Term:
    limit = table.get("limit")
    if "of" in table:
        whole: float | None = getattr(stated, table["of"])
        limit = None if whole is None else table["share"] * whole
    return Term(
        table["id"],
        Measure(table["measure"]),
        limit,
        quantile=float(table.get("quantile", 0.5)),
        shifts=tuple((begin, end) for begin, end in table.get("hours", ())),
        weekdays=frozenset(table.get("weekdays", range(7))),
        clause=table["clause"],
        basis=Basis(table["basis"]),
    )
