"""Why a disruption came about: evidence, a calibrated model, gates, open questions."""

from rabta.attribute.cause.event import (
    Event,
    Family,
    Nearby,
    PathSeen,
    SignalSeen,
    Surroundings,
    Window,
)
from rabta.attribute.cause.explain import (
    MODEL,
    UNDETERMINED,
    Explanation,
    explain,
)


__all__ = [
    "MODEL",
    "UNDETERMINED",
    "Event",
    "Explanation",
    "Family",
    "Nearby",
    "PathSeen",
    "SignalSeen",
    "Surroundings",
    "Window",
    "explain",
]
