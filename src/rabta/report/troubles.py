"""From disruptions to incidents as people read them, and to what counts."""

from collections.abc import Iterable, Sequence

from rabta.clock import SECOND
from rabta.cost.service.availability import Trouble
from rabta.model import Cause, Disruption, Kind, Notice
from rabta.report.facts import Incident


HOST = "host"
UNDETERMINED = "undetermined"


def incident(one: Disruption, start: int, stop: int) -> Incident:
    """Return *one* by the version of its verdict that stands for the whole."""
    verdict = one.verdict
    within = sum(
        max(0, min(stop, until) - max(start, since))
        for since, until in one.measured(stop)
    )
    return Incident(
        one.id,
        one.entity,
        one.kind,
        one.onset,
        one.end,
        one.onset_uncertainty_seconds,
        one.depth,
        verdict.code,
        verdict.sentence,
        verdict.confidence,
        verdict.calibrated,
        verdict.causes,
        verdict.evidence,
        verdict.alternatives,
        len(one.verdicts),
        within / SECOND,
    )


def troubles(
    incidents: Iterable[Incident], entity: str, stop: int, notices: Sequence[Notice]
) -> tuple[Trouble, ...]:
    """Return those of *entity* as service levels count them; what lasts ends *stop*.

    An outage of the host is one of every line; of services it says nothing.
    Maintenance that was announced for the provider is the cause of what lies in it.
    """
    return tuple(
        Trouble(
            one.onset,
            one.until(stop),
            (one.depth or 1.0) if one.kind is Kind.OUTAGE else one.depth,
            one.kind in {Kind.OUTAGE, Kind.BLOCKING},
            one.onset_uncertainty_seconds,
            Cause.MAINTENANCE.value if _announced(one, notices) else one.cause,
            one.code == UNDETERMINED,
        )
        for one in incidents
        if one.entity == entity or (entity.startswith("uplink/") and of_all(one))
    )


def of_all(one: Incident) -> bool:
    """Tell whether *one* took every line."""
    return one.entity == HOST and one.kind is Kind.OUTAGE


def _announced(one: Incident, notices: Sequence[Notice]) -> bool:
    return one.end is not None and any(
        notice.start <= one.onset and notice.end is not None and one.end <= notice.end
        for notice in notices
        if notice.kind == "maintenance"
    )
