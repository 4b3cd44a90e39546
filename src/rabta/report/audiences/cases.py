"""Disruptions with evidence and alternatives."""

from collections.abc import Iterable

from rabta.clock import SECOND
from rabta.locale import figure
from rabta.report import charts
from rabta.report.blocks import Block, Case, Drawing, Text
from rabta.report.closer import gravity
from rabta.report.facts import Incident, Report
from rabta.report.voice import Voice
from rabta.report.zone import zone_of


_MOST = 12


def cases(
    report: Report, incidents: Iterable[Incident], voice: Voice
) -> tuple[Block, ...]:
    """Show disruptions, the gravest first where there are too many for all."""
    found = list(incidents)
    if not found:
        return (Text(voice.t("nothing_happened")),)
    kept = sorted(found, key=gravity, reverse=True)[:_MOST]
    shown = [case(report, one, voice) for one in found if one in kept]
    left = len(found) - len(shown)
    more = (Text(voice.t("case.others", count=left)),) if left else ()
    return (*shown, *more)


def case(report: Report, one: Incident, voice: Voice) -> Case:
    """Show one disruption with evidence and alternatives."""
    t = voice.t
    told = t("case.by_rule", sure=figure(one.confidence, "sure", voice.language))
    if one.calibrated:
        told = t("case.by_model", share=voice.percent(one.confidence))
    facts = [
        (t("case.when"), voice.when(one.onset, one.end)),
        (
            t("case.extra"),
            t("case.either_way", span=voice.span(one.onset_uncertainty_seconds)),
        ),
        (t("case.sure"), told),
        (t("case.causes"), causes(one, voice)),
        (t("case.number"), voice.value(str(one.id))),
    ]
    if one.depth:
        facts.insert(2, (t("case.lost"), voice.percent(one.depth)))
    return Case(
        t(
            f"case.{one.kind.value}",
            what=entity(report, one.entity, voice),
            span=voice.span((one.until(report.stop) - one.onset) / SECOND),
        ),
        voice.say(one.sentence),
        tuple(facts),
        tuple(voice.say(fact.says) for fact in one.evidence),
        tuple(voice.say(other) for other in one.alternatives),
        _around(report, one, voice),
    )


def causes(one: Incident, voice: Voice) -> str:
    """Name what it is consistent with, most likely first."""
    named = [
        voice.t("case.cause", cause=voice.word(cause.value), share=voice.percent(p))
        for cause, p in one.causes
        if cause.value != "unknown" and p >= 0.02
    ]
    return voice.listed(named) or voice.t("undetermined")


def _around(report: Report, one: Incident, voice: Voice) -> Drawing | None:
    if not one.nearby:
        return None
    step = one.nearby_seconds * SECOND
    drawn = charts.course(
        one.nearby,
        step,
        (one.nearby[0].start, one.nearby[-1].start + step),
        zone_of(report.timezone),
        ((one.onset, one.until(report.stop)),),
    )
    return Drawing(drawn, voice.t("case.chart"))


def entity(report: Report, name: str, voice: Voice) -> str:
    """Name an entity as people know it."""
    kind, _, rest = name.partition("/")
    if kind == "uplink":
        titles = {line.uplink: line.title for line in report.lines}
        return voice.value(titles.get(rest, rest))
    if kind == "service":
        return voice.value(rest)
    return voice.t("case.host")
