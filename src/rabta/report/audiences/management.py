"""For those who decide: money first, line by line, what was saved."""

from rabta.cost.firm.price import FirmCost
from rabta.cost.money import Money, span
from rabta.report.audiences import cases, common, terms
from rabta.report.audiences.common import Content
from rabta.report.blocks import Block, Section, Text, Tile, Tiles
from rabta.report.facts import Costs, Report
from rabta.report.voice import Voice


def content(report: Report, voice: Voice) -> Content:
    """Return what stands on the pages."""
    t, whole = voice.t, report.together
    promised: tuple[Block, ...] = tuple(
        block for one in report.judgements for block in terms.judged(one, voice)
    )
    sections = [
        Section(
            t("section.figures"),
            (_tiles(report, voice), common.strip(report, voice)),
        ),
        Section(t("section.money"), _cost(report.costs, report.start, voice)),
        Section(t("section.lines"), (common.line_table(report, voice),)),
    ]
    if promised:
        sections.append(Section(t("section.terms"), promised))
    sections += [
        Section(
            t("section.disruptions"),
            cases.cases(report, report.incidents, voice),
            new_page=True,
        ),
        common.methods(voice, "place", "availability", "unknown", "cause"),
        common.limits(voice, "one_place", "hours"),
    ]
    mood = common.mood_of(whole.share)
    return Content(
        t("title.management"), _verdict(report, voice), mood, tuple(sections)
    )


def _verdict(report: Report, voice: Voice) -> str:
    down = voice.duration(report.together.down_seconds)
    costs = report.costs
    if costs is None:
        return voice.t("verdict.no_cost", down=down)
    money = _money(_view(costs.felt), voice)
    if costs.unmeasured is None:
        return voice.t("verdict.cost", down=down, money=money)
    more = _money(_view(costs.unmeasured), voice)
    return voice.t("verdict.cost_more", down=down, money=money, more=more)


def _tiles(report: Report, voice: Voice) -> Tiles:
    t, costs = voice.t, report.costs
    found = [
        Tile(
            t("figure.together"),
            voice.share(report.together.share),
            t("figure.together_note"),
            common.mood_of(report.together.share),
        ),
        *(common.availability_tile(line, voice) for line in report.lines),
    ]
    if costs is not None:
        found.insert(0, Tile(t("figure.cost"), _money(_view(costs.felt), voice)))
        if costs.saved is not None:
            saved = _money(_view(costs.saved), voice)
            found.append(Tile(t("figure.saved"), saved, mood="good"))
        if costs.carried is not None:
            jobs = voice.value(str(costs.carried.jobs))
            found.append(Tile(t("figure.outbox"), jobs))
    return Tiles(tuple(found))


def _cost(costs: Costs | None, start: int, voice: Voice) -> tuple[Block, ...]:
    t = voice.t
    if costs is None:
        return (Text(t("management.no_firm")),)
    texts = [t("management.cost_of", money=_money(_view(costs.felt), voice))]
    if costs.saved is not None:
        money = _money(_view(costs.saved), voice)
        texts.append(t("management.saved", money=money))
    if costs.unmeasured is not None:
        money = _money(_view(costs.unmeasured), voice)
        texts.append(t("management.unmeasured", money=money))
    if costs.carried is not None:
        texts.append(t("management.outbox", count=costs.carried.jobs))
        if costs.carried.since > start:
            texts.append(t("management.outbox_since", at=costs.carried.since))
    if costs.carried_money is not None:
        money = _money(costs.carried_money, voice)
        texts.append(t("management.outbox_money", money=money))
    return tuple(Text(one) for one in texts)


def _view(cost: FirmCost) -> Money:
    """Return the revenue view; the cost view where nothing is billed."""
    return cost.revenue_view if cost.revenue_view.high else cost.cost_view


def _money(money: Money, voice: Voice) -> str:
    return voice.value(span(money))
