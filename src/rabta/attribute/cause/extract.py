"""The evidence extractors: each looks for one kind of fact, and says None without it.

A new one is a function, a line here, a table in ``likelihoods.toml`` and its sentences.
"""

from collections.abc import Callable, Mapping

from rabta.attribute.cause import (
    announced,
    path,
    recurrence,
    scope,
    signals,
    tested,
    timing,
)
from rabta.attribute.cause.event import Event, Seen, Surroundings


Extractor = Callable[[Event, Surroundings], Seen | None]

EXTRACTORS: Mapping[str, Extractor] = {
    "start-minute": timing.start_minute,
    "start-hour": timing.start_hour,
    "weekday": timing.weekday,
    "length": timing.length,
    "whole-hours": timing.whole_hours,
    "repeats": recurrence.repeats,
    "same-hour-before": recurrence.same_hour_before,
    "lately": recurrence.lately,
    "same-length": recurrence.same_length,
    "fell": signals.fell,
    "depth": signals.depth,
    "fading": signals.fading,
    "networks": scope.networks,
    "elsewhere": scope.elsewhere,
    "same-cable": scope.same_cable,
    "only-here": scope.only_here,
    "direction": path.direction,
    "border": path.border,
    "peak-hours": path.peak_hours,
    "target-specific": tested.target_specific,
    "fingerprint": tested.fingerprint,
    "paired-slow": tested.paired_slow,
    "control-fails": tested.control_fails,
    "mains": tested.mains,
    "calendar": announced.calendar,
}


_OF_THE_PLAN = frozenset({"length", "whole-hours"})


def extract(event: Event, around: Surroundings) -> tuple[Seen, ...]:
    """Return all that was seen; what was not measured is not there."""
    told = tuple(announced.notices(event, around))
    # how long announced work lasts is what was announced: no evidence of its own
    planned = any(one.outcomes == ("inside",) for one in told)
    found = [
        one(event, around)
        for name, one in EXTRACTORS.items()
        if not (planned and name in _OF_THE_PLAN)
    ]
    return (*(one for one in found if one), *told)
