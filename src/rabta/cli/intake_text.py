"""What ``rabta import`` says of a file, for people and for programs."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from rabta.cli.intake_files import Brought
from rabta.locale import say


if TYPE_CHECKING:
    from rabta.agent.intake import Intake


_MOST = 100  # entities and records put aside that are named


def formats(*, as_json: bool) -> Iterator[str]:
    """Yield a line per form that is recognised."""
    from rabta.sources.formats import FORMATS

    for one in FORMATS:
        if as_json:
            yield json.dumps(
                {"format": one.name, "source": one.source, "says": one.says}
            )
        else:
            yield f"{one.name:<20} {one.says}"
    if not as_json:
        yield f"{'table':<20} any other CSV or Parquet with a column of times"


def document(brought: Brought, *, stored: bool) -> dict[str, Any]:
    """Return what became of the file, all counts."""
    intake, form = brought.intake, brought.format
    licence = form.licence
    entities = sorted(intake.entities)
    return {
        "file": str(brought.file),
        "format": form.name,
        "source": form.source,
        "licence": licence.name,
        "licence_link": licence.link,
        "holder": licence.holder,
        "stored": stored,
        "waiting": brought.waits,
        **account(intake),
        "networks": brought.learnt.networks if brought.learnt else 0,
        **counted(intake),
        "first": intake.first,
        "last": intake.last,
        "entities": entities[:_MOST],
        "entity_count": len(entities),
    }


def counted(intake: "Intake | None") -> dict[str, int]:
    """Return how many series, values and reports there were, if any."""
    return {
        "series": len(intake.series) if intake else 0,
        "values": intake.values if intake else 0,
        "reports": intake.reports if intake else 0,
    }


def account(intake: "Intake") -> dict[str, Any]:
    """Return what became of every record."""
    tally = intake.tally
    return {
        "records": tally.records,
        "kept": tally.kept,
        "passed": tally.passed,
        "duplicates": tally.duplicates,
        "aside": tally.reasons,
        "aside_records": [
            {
                "reason": one.reason,
                "offset": one.offset,
                "where": one.where,
                "text": one.text,
            }
            for one in tally.aside[:_MOST]
        ],
        "partial": tally.partial,
        "notes": tally.notes,
        "repeated": intake.repeated,
        "future": intake.future,
        "outcomes": tally.outcomes,
        "mechanisms": tally.mechanisms,
    }


def accounted(intake: "Intake", lang: str) -> Iterator[str]:
    """Yield what else became of the records, a line each."""
    tally = intake.tally

    def text(key: str, **args: str | float | tuple[str, ...]) -> str:
        return say(lang, f"import.{key}", None, **args)

    if tally.outcomes:
        counts = tuple(
            text(f"outcome_{name}", measurements=number)
            for name, number in sorted(tally.outcomes.items(), key=lambda x: -x[1])
        )
        yield text("outcomes", counts=counts)
    if tally.mechanisms:
        named = sorted(tally.mechanisms.items(), key=lambda one: -one[1])
        yield text("mechanisms", names=tuple(f"{n} ({k})" for n, k in named[:6]))
    if tally.passed:
        yield text("passed", records=tally.passed)
    if tally.duplicates + intake.repeated:
        yield text("duplicates", records=tally.duplicates + intake.repeated)
    if intake.future:
        yield text("future", values=intake.future)
    for reason, number in sorted(tally.reasons.items(), key=lambda one: -one[1])[:8]:
        first = next((one for one in tally.aside if one.reason == reason), None)
        if first is not None and first.where:
            yield text("aside_at", records=number, reason=reason, where=first.where)
            continue
        where = "?" if first is None or first.offset < 0 else str(first.offset)
        yield text("aside", records=number, reason=reason, offset=where)
    for says in tally.notes:
        yield text("note", says=says)


def lines(brought: Brought, lang: str, *, stored: bool) -> Iterator[str]:
    """Yield what became of the file, in sentences."""
    intake, form = brought.intake, brought.format
    tally = intake.tally

    def text(key: str, **args: str | float | tuple[str, ...]) -> str:
        return say(lang, f"import.{key}", None, **args)

    yield text("is", file=str(brought.file), form=form.says)
    if brought.learnt is not None:
        yield text(
            "learnt",
            networks=brought.learnt.networks,
            blocks=brought.learnt.blocks,
            countries=brought.learnt.countries,
        )
    elif intake.series or intake.reports:
        entities = sorted(intake.entities)
        shown = ", ".join(entities[:4]) + (" …" if len(entities) > 4 else "")
        yield text(
            "found",
            entities=shown,
            **counted(intake),
        )
        yield text("span", first=_day(intake.first), last=_day(intake.last))
    elif brought.waits:
        yield text("waiting", records=tally.kept)
    else:
        yield text("nothing")
    yield from accounted(intake, lang)
    if tally.partial:
        yield text("partial", why=tally.partial)
    if form.licence.holder:
        yield text("licence", name=form.licence.name, holder=form.licence.holder)
    if not stored:
        yield text("dry")


def _day(microseconds: int) -> str:
    from datetime import UTC, datetime

    moment = datetime.fromtimestamp(microseconds / 1e6, UTC)
    return moment.strftime("%Y-%m-%d %H:%M UTC")
