"""``rabta cost``: what a disruption costs, as ranges by named methods."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rabta.cli import present
from rabta.cli.jobs import configuration
from rabta.cli.reading import (
    config_option,
    json_option,
    language_option,
    store_option,
)
from rabta.clock import DAY, SECOND, SystemClock
from rabta.errors import UsageError


if TYPE_CHECKING:
    from collections.abc import Iterable

    from rabta.agent.costing import CountryCost, OwnCost
    from rabta.config import Config
    from rabta.config.read import Section
    from rabta.store import Store


_KINDS = ("outage", "throttling", "blocking", "degradation")
_SCOPES = ("national", "mobile", "platform", "vpn")


@click.command()
@click.argument("entity", default="", metavar="[ENTITY]")
@click.option("--from", "start", default="", help="Default: a week before --to.")
@click.option("--to", "stop", default="", help="Default: now.")
@click.option("--kind", type=click.Choice(_KINDS), help="Ask about such an event.")
@click.option("--scope", type=click.Choice(_SCOPES), help="Whom it reaches.")
@click.option(
    "--service",
    help="Which one is blocked: whatsapp, youtube, facebook, x, freelancing …",
)
@click.option(
    "--depth",
    type=click.FloatRange(0, 1),
    help="Share lost, of the speed where it is slowed; 1.",
)
@click.option(
    "--share", type=click.FloatRange(0, 1), help="Of the economy that is reached; 1."
)
@click.option(
    "--extra-delay", type=click.FloatRange(0, 3600), help="Seconds above the usual."
)
@click.option(
    "--profile",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A file with a [firm] table, where it is not in rabta.toml.",
)
@click.option(
    "--impact",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the impact analysis of [[firm.service]] to this .csv or .xlsx.",
)
@click.option("--check", is_flag=True, help="Recompute figures that others published.")
@json_option
@language_option
@store_option
@config_option
def command(
    *,
    entity: str,
    start: str,
    stop: str,
    kind: str | None,
    scope: str | None,
    service: str | None,
    depth: float | None,
    share: float | None,
    extra_delay: float | None,
    profile: Path | None,
    impact: Path | None,
    check: bool,
    as_json: bool,
    language: str | None,
    store: Path | None,
) -> None:
    """What disruptions cost: of a country, or without ENTITY of your own firm.

    \b
    rabta cost                                       my lines, the last week
    rabta cost --from 2026-10-01 --to 2026-11-01     my lines, that month
    rabta cost --kind outage --from 2026-11-23T09:00 --to 2026-11-23T15:00
    rabta cost country/PK --from 2024-08-01 --to 2024-09-01
    rabta cost country/PK --kind outage --scope mobile --from 2023-05-09 --to 2023-05-13
    rabta cost country/PK --kind throttling --depth 0.35 --from 2024-08-01
    rabta cost country/PK --kind blocking --service whatsapp --from 2024-08-01
    rabta cost --impact services.xlsx
    rabta cost --check

    With --kind the event is made up as asked; else stored disruptions are priced.
    Times without a zone are local. Every figure has its year and source; methods that
    do not hold for an event are named with the reason.
    """  # noqa: D301 - click's mark for "keep these lines"
    from rabta.cli import cost_text

    lang = present.language(language)
    if check:
        _check(lang, as_json=as_json)
        return
    if impact is not None:
        needs = _profile(configuration(store), profile)
        _impact(needs, impact, lang, as_json=as_json)
        return
    shape = {"scope": scope, "depth": depth, "share": share}
    shape |= {"extra_seconds": extra_delay, "service": service}
    given = {key: value for key, value in shape.items() if value is not None}
    if given.keys() - ({"scope"} if entity else set()) and kind is None:
        raise UsageError("a made-up event needs its --kind", hint="such as outage")
    begin, end = _period(start, stop)
    if entity:
        told = _country(entity, begin, end, kind, given, store)
        _show(told, cost_text.country(told, lang), as_json=as_json)
    else:
        config = configuration(store)
        table = _profile(config, profile)
        own = _own(config, table, begin, end, kind, given)
        _show(own, cost_text.own(own, lang), as_json=as_json)


def _show(found: object, lines: "Iterable[str]", *, as_json: bool) -> None:
    if not as_json:
        click.echo("\n".join(lines))
        return
    import msgspec

    from rabta.locale import spoken

    click.echo(json.dumps(spoken(msgspec.to_builtins(found)), ensure_ascii=False))


def _country(
    entity: str,
    begin: int,
    end: int,
    kind: str | None,
    given: dict[str, Any],
    store: Path | None,
) -> "CountryCost":
    from rabta.agent.costing import country_event, country_of, country_stored
    from rabta.cost.event import Event, Scope
    from rabta.model import Kind

    config = configuration(store)
    folder = config.store.path
    country_of(entity, folder)  # a wrong name is told before any store is opened
    shape = kind, given.get("scope", "platform")
    if "service" in given and shape != ("blocking", "platform"):
        hint = "such as --kind blocking --service whatsapp"
        raise UsageError("--service is of the block of one service", hint=hint)
    if "scope" in given:
        given = given | {"scope": Scope(given["scope"])}
    if kind is not None:
        if kind == "blocking":
            given = {"scope": Scope.PLATFORM, **given}
        return country_event(entity, Event(begin, end, Kind(kind), **given), folder)
    with _opened(config) as opened:
        scope = given.get("scope", Scope.NATIONAL)
        return country_stored(opened, entity, begin, end, scope)


def _own(
    config: "Config",
    table: "Section",
    begin: int,
    end: int,
    kind: str | None,
    given: dict[str, Any],
) -> "OwnCost":
    from rabta.agent.costing import own_event, own_stored
    from rabta.cost.firm.outages import outages_of
    from rabta.cost.firm.table import firm_of
    from rabta.model import Disruption, Kind

    for key in ("scope", "share", "service"):
        if key in given:
            hint = "your own share stands in [firm]: dependence, continuity"
            raise UsageError(f"--{key} is of a country", hint=hint)
    firm = firm_of(table)
    if kind is not None:
        usual = 1.0 if kind in {"outage", "blocking"} else 0.0
        depth = given.get("depth", usual)
        event = Disruption(0, "host", Kind(kind), begin, end, 0.0, depth, ())
        (outage,) = outages_of(event, end)
        if extra := given.get("extra_seconds"):
            from dataclasses import replace

            outage = replace(outage, extra_seconds=extra)
        return own_event(firm, outage)
    with _opened(config) as opened:
        return own_stored(opened, firm, begin, end, SystemClock())


def _opened(config: "Config") -> "Store":
    from rabta.store import Store

    return Store.open(config.store.path, clock=SystemClock(), read_only=True)


def _profile(config: "Config", file: Path | None) -> "Section":
    if file is not None:
        from rabta.config.load import profile

        return profile(file)
    if config.firm is None:
        raise UsageError(
            "nothing is known of your firm",
            hint="add [firm] to rabta.toml or give --profile FILE, see"
            " docs/how-to/cost.md; for a country: rabta cost country/PK",
        )
    return config.firm


def _period(start: str, stop: str) -> tuple[int, int]:
    now = SystemClock().now()
    end = _moment(stop, "--to") if stop else now
    begin = _moment(start, "--from") if start else end - 7 * DAY
    if begin >= end:
        raise UsageError("--from must be before --to")
    return begin, end


def _moment(text: str, option: str) -> int:
    try:
        moment = datetime.fromisoformat(text).astimezone(UTC)
        return round(moment.timestamp()) * SECOND
    except (ValueError, OverflowError, OSError):
        raise UsageError(
            f"{option} {text}: no time", hint="write 2025-09-01 or 2025-09-01T12:30"
        ) from None


def _check(lang: str, *, as_json: bool) -> None:
    import sys

    import msgspec

    from rabta.cli import cost_text
    from rabta.cost.check import rows
    from rabta.cost.check.published import comparisons
    from rabta.cost.facts import shipped
    from rabta.locale import spoken

    found, compared = rows(), comparisons(shipped("PK"))
    if as_json:
        document = {
            "rows": [
                {**msgspec.to_builtins(one), "good": one.good if one.ours else None}
                for one in found
            ],
            "published": spoken(msgspec.to_builtins(compared)),
        }
        click.echo(json.dumps(document, ensure_ascii=False))
    else:
        click.echo("\n".join(cost_text.check(found, compared, lang)))
    if not all(one.good for one in found if one.ours):
        sys.exit(1)


def _impact(table: "Section", file: Path, lang: str, *, as_json: bool) -> None:
    from rabta.cli import cost_text
    from rabta.cli.cost_impact import write
    from rabta.cost.firm.needs import needs_of
    from rabta.cost.impact import analysed

    found = analysed(needs_of(table))
    if not found:
        table.fail("service", "missing; see docs/how-to/cost.md")
    currency = table.text("currency", "USD")
    write(file, found, currency, lang)
    _show(found, cost_text.impact(found, currency, lang), as_json=as_json)
