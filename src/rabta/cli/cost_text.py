"""How ``rabta cost`` is laid out for people."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rabta.cli import present
from rabta.cli.present import label
from rabta.cost.money import shown, span
from rabta.locale import render


if TYPE_CHECKING:
    from rabta.agent.costing import CountryCost, OwnCost
    from rabta.cost.check.published import Comparison
    from rabta.cost.check.row import Row
    from rabta.cost.country import Priced
    from rabta.cost.facts import Fact
    from rabta.cost.firm.price import FirmCost
    from rabta.cost.impact import Judged
    from rabta.cost.money import Money


_BARS = 6
_WORTH_TELLING = 0.05  # hours; the newest minute is always on its way to the disk


def country(found: "CountryCost", lang: str) -> Iterator[str]:
    """Lay out what a country lost, class by class, with the sources below."""
    yield present.strong(f"{found.entity}  {_period(found.start, found.end)}")
    if not found.classes:
        yield label(lang, "cost.nothing_stored")
    numbers: dict[Fact, int] = {}
    for one in found.classes:
        yield from _priced(one, numbers, lang)
    if len(found.classes) > 1:
        yield label(lang, "cost.never_added")
    if found.published:
        yield ""
        yield present.strong(label(lang, "cost.others"))
    for claim in found.published:
        more = f" … {shown(claim.usd_high, 'USD')}" if claim.usd_high else ""
        yield (
            f"  {claim.start} – {claim.end}  {shown(claim.usd, 'USD')}{more}"
            f"  {claim.who}: {claim.what} ({claim.source})"
        )
    if numbers:
        yield ""
        yield present.strong(label(lang, "cost.sources"))
    for fact, number in numbers.items():
        yield present.faint(f"  [{number}] {_fact(fact, lang)}")


def _priced(one: "Priced", numbers: "dict[Fact, int]", lang: str) -> Iterator[str]:
    kind = label(lang, f"kind.{one.kind}")
    scope = label(lang, f"cost.scope.{one.scope}")
    if one.service:
        scope = label(lang, "cost.service", name=one.service)
    hours = present.span(one.hours * 3600, lang)
    yield ""
    yield label(
        lang, "cost.class", kind=kind, scope=scope, count=one.events, hours=hours
    )
    notes: dict[str, list[str]] = {}
    for line in one.lines:
        marks = "".join(
            f"[{numbers.setdefault(fact, len(numbers) + 1)}]" for fact in line.inputs
        )
        claimed = f" · {label(lang, 'cost.claimed')}" if line.claimed else ""
        yield (
            f"  {line.method:<18} {span(line.money):<36} {line.money.year:<11}"
            f" {marks}{claimed}"
        )
        if line.note is not None:
            notes.setdefault(render(line.note, lang), []).append(line.method)
    if one.pool is not None:
        money = one.pool.money
        yield present.strong(
            "  "
            + label(
                lang,
                "cost.bracket",
                count=len(one.pool.members),
                low=shown(money.low, money.currency),
                likely=shown(money.likely, money.currency),
                high=shown(money.high, money.currency),
                spread=f"{one.pool.spread:.1f}",
            )
        )
    for note, methods in notes.items():
        yield present.faint(f"  {', '.join(methods)}: {note}")
    for refusal in one.refusals:
        why = render(refusal.why, lang)
        yield present.faint(f"  {label(lang, 'cost.refused')} {refusal.method}: {why}")
    for warning in one.warnings:
        yield present.strong(f"  ! {render(warning, lang)}", "degraded")


def _fact(fact: "Fact", lang: str) -> str:
    low_high = "" if fact.low == fact.high else f" ({fact.low:g} … {fact.high:g})"
    mark = label(lang, f"cost.mark.{fact.mark}")
    licence = f", {fact.licence}" if fact.licence else ""
    return (
        f"{fact.name} {fact.period} = {fact.value:g}{low_high} {fact.unit}"
        f" — {mark}: {fact.source}{licence}"
    )


def own(found: "OwnCost", lang: str) -> Iterator[str]:
    """Lay out what one's own lines cost, and what was saved."""
    yield present.strong(_period(found.start, found.end))
    if found.lines:
        yield label(lang, "cost.lines", home=found.lines[0], lines=found.lines)
    yield label(
        lang,
        "cost.outages",
        count=found.cost.outages,
        down=found.cost.down_hours * 3600,
    )
    yield from _firm(found.cost, lang)
    if not found.hypothetical:
        yield ""
        yield from _saved(found, lang)
    if found.unobserved_hours >= _WORTH_TELLING:
        hours = found.unobserved_hours * 3600
        yield present.strong(
            "! " + label(lang, "cost.unobserved", span=hours), "degraded"
        )


def _firm(cost: "FirmCost", lang: str) -> Iterator[str]:
    for name, money in cost.parts:
        yield _row(label(lang, f"cost.part.{name}"), money)
    hours = cost.lost_hours
    yield label(
        lang,
        "cost.lost_hours",
        low=round(hours.low, 1),
        likely=round(hours.likely, 1),
        high=round(hours.high, 1),
    )
    yield present.strong(_row(label(lang, "cost.revenue_view"), cost.revenue_view))
    yield present.strong(_row(label(lang, "cost.cost_view"), cost.cost_view))
    yield label(lang, "cost.either")
    if cost.tornado:
        yield label(lang, "cost.matters")
        currency = cost.cost_view.currency
        for bar in cost.tornado[:_BARS]:
            low, high = shown(bar.low, currency), shown(bar.high, currency)
            if low != high:
                yield f"  {bar.name:<28} {low} … {high}"


def _saved(found: "OwnCost", lang: str) -> Iterator[str]:
    title = label(lang, "cost.saved")
    if found.saved is None:
        yield f"{title}: {label(lang, 'cost.saved_unknown')}"
    else:
        view = found.saved.revenue_view
        if not view.high:
            view = found.saved.cost_view
        yield _row(title, view)
    if found.unmeasured is not None:
        view = found.unmeasured.revenue_view
        if not view.high:
            view = found.unmeasured.cost_view
        yield label(
            lang,
            "cost.at_most",
            span=found.unmeasured.down_hours * 3600,
            most=shown(view.high, view.currency),
        )
    if found.outbox is None:
        yield label(lang, "cost.no_outbox")
    else:
        yield label(
            lang,
            "cost.outbox",
            count=found.outbox.jobs,
            size=found.outbox.moved_bytes,
        )
        if found.outbox.since > found.start:
            yield label(lang, "cost.no_older", at=found.outbox.since)
        if found.outbox_money is not None:
            yield _row(label(lang, "cost.by_hand"), found.outbox_money)
        elif found.outbox.jobs:
            yield label(lang, "cost.no_minutes")


def _row(title: str, money: "Money") -> str:
    return f"  {title:<28} {span(money):<36} {money.year}"


def check(
    found: "Sequence[Row]", compared: "Sequence[Comparison]", lang: str
) -> Iterator[str]:
    """Lay out recomputed figures, and published totals beside ours."""
    for row in found:
        sign = present.mark("up" if row.good else "down") if row.ours else " "
        got = "–" if row.got is None else f"{row.got:,.6g}"
        yield (
            f"{sign} {row.number:>3}  {row.what:<48} {got:>12}"
            f"  {row.expected:>12,.6g} {row.unit:<10} {row.mark}  {row.source}"
        )
    good = sum(row.good for row in found)
    counted = sum(row.ours for row in found)
    yield label(
        lang, "cost.checked", good=good, all=counted, others=len(found) - counted
    )
    yield ""
    yield present.strong(label(lang, "cost.published_title"))
    for one in compared:
        told = one.published
        ours = "–" if one.ours is None else shown(one.ours, "USD")
        ratio = "–" if one.ratio is None else f"x {one.ratio:.3g}"
        yield (
            f"  {told.year} {told.entity:<11} {told.what:<30}"
            f" {shown(told.usd, 'USD'):>11} {told.hours:>8,.0f} h"
            f" {shown(one.usd_an_hour, 'USD'):>10}/h {ours:>12} {ratio:>8}"
        )
        yield present.faint(f"       {render(one.says, lang)}")


def impact(found: "Sequence[Judged]", currency: str, lang: str) -> Iterator[str]:
    """Lay out the impact analysis, what must be back first at the top."""
    for one in found:
        rto = "–" if one.rto is None else present.span(one.rto * 3600, lang)
        mtpd = "–" if one.mtpd is None else present.span(one.mtpd * 3600, lang)
        yield present.strong(one.need.name) + f"  RTO {rto} · MTPD {mtpd}"
        yield "  " + "  ".join(
            f"{present.span(hour * 3600, lang)}: {shown(money, currency)}"
            for hour, money in one.at
        )
        for problem in one.problems:
            yield f"  ! {render(problem, lang)}"


def _period(start: int, end: int) -> str:
    return f"{present.dated(start)} – {present.dated(end)}"
