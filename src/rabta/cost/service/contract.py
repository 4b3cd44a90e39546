"""A contract of one's own out of a ``[[contract]]`` table."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rabta.cost.firm.table import shifts_of, steps_of
from rabta.cost.service.availability import Counting
from rabta.cost.service.profiles import Stated
from rabta.cost.service.terms import ACCESS, Measure, Profile, Term
from rabta.model import Cause


if TYPE_CHECKING:
    from collections.abc import Iterable

    from rabta.config.read import Section


CAUSES = ("lan", "power", "maintenance", "nature", "shutdown")
"""What a contract may leave out; the first two are nobody's fault but one's own."""
_MEGABIT = 1e6


@dataclass(frozen=True, slots=True)
class Contract:
    """What a provider promised for one uplink."""

    uplink: str
    profile: Profile
    stated: Stated
    access: str = ""
    """Of ``terms.ACCESS``; empty: not said."""


def contracts_of(tables: "Iterable[Section]") -> tuple[Contract, ...]:
    """Read all tables.

    Raises:
        ConfigError: with file, line, key and the accepted form.
    """
    return tuple(_contract(table) for table in tables)


def _contract(table: "Section") -> Contract:
    if "name" not in table:
        table.fail("name", "missing; what it is called")
    if "uplink" not in table:
        table.fail("uplink", "missing; its name, as 'rabta status' shows it")
    for index, cause in enumerate(excludes := table.strings("excludes", CAUSES[:3])):
        if cause not in CAUSES:
            table.fail_item("excludes", index, f"expected one of {CAUSES}")
    shifts = shifts_of(table, "hours") if "hours" in table else ()
    name = table.text("name")

    def term(measure: Measure, limit: float | None, quantile: float = 0.5) -> Term:
        return Term(measure.value, measure, limit, quantile, shifts, clause=name)

    stated = Stated(
        _rate(table, "download_mbps"),
        _rate(table, "upload_mbps"),
        _rate(table, "download_normal_mbps"),
        _rate(table, "download_minimum_mbps"),
    )
    terms = []
    if "availability" in table:
        share = table.number("availability", 1, 0, 1)
        terms.append(term(Measure.AVAILABILITY, share))
    if "longest_outage" in table:
        seconds = table.seconds("longest_outage", 0, 1, 31 * 86400)
        terms.append(term(Measure.LONGEST_OUTAGE, seconds))
    if "loss" in table:
        terms.append(term(Measure.LOSS, table.number("loss", 0, 0, 1)))
    if "delay_ms" in table:
        limit = table.number("delay_ms", 0, 0, 60_000) / 1000
        terms.append(term(Measure.DELAY, limit, 0.95))
    if "variation_ms" in table:
        limit = table.number("variation_ms", 0, 0, 60_000) / 1000
        terms.append(term(Measure.VARIATION, limit, 0.95))
    if stated.download_minimum is not None:
        terms.append(term(Measure.DOWNLOAD, stated.download_minimum, 0))
    access = table.choice("access", ("", *ACCESS), "")
    if not terms and stated == Stated() and not access:
        table.fail("name", f"{name!r} promises nothing", "such as availability = 0.995")
    profile = Profile(
        name,
        name,
        table.text("source"),
        "",
        "",
        Counting(
            excludes=frozenset(Cause(one).value for one in excludes), shifts=shifts
        ),
        tuple(terms),
        steps_of(table) if "credits" in table else (),
        table.number("fee", 0, 0, 1e12),
        table.text("currency", pattern="[A-Z]{3}", form='three letters such as "PKR"'),
    )
    return Contract(table.text("uplink"), profile, stated, access)


def _rate(table: "Section", key: str) -> float | None:
    return table.number(key, 0, 0, 1e6) * _MEGABIT if key in table else None
