"""From the words in which sources name a cause to the closed set of causes."""

import re
from typing import Final

from rabta.model import Cause


_ORDERED: Final = (
    r"(internet|network|mobile|nationwide|full).?shut.?down|^(shut.?down|orders?)$"
    r"|kill.?switch|suspen"
    r"|\bgovernment|\bexams?\b|examination|\bcoup\b"
    r"|\b(by|court|official) order\b|\border(ed|s)\b"
)
"""A power plant is shut down too, cables break near a border, and "for example"."""

_POWER: Final = (
    r"\bpower\b|electric|\bgrid\b|load.?shed"
    r"|(?<!internet )(?<!communications )(?<!digital )blackout"
)
"""What is powerful is none, and an Internet blackout names no cause."""
_NATURE: Final = (
    r"weather|storm|flood|\brains?\b|rainfall|monsoon|quake|hurricane|cyclone"
    r"|\bnatur(e|al)\b|\b(wild)?fires?\b"
)
"""Training, signatures and firewalls are none."""

# first match wins: "cable maintenance" is maintenance, "power cable" is power
_WORDS: Final[tuple[tuple[str, Cause], ...]] = (
    (r"maint|planned|scheduled work|upgrade|repair window", Cause.MAINTENANCE),
    (r"throttl|slowed|rate.?limit", Cause.THROTTLING),
    (_ORDERED, Cause.SHUTDOWN),
    (r"\bblock(s|ed|ing|age)?\b|censor|filter|\bban(s|ned)?\b", Cause.BLOCKING),
    (_POWER, Cause.POWER),
    (_NATURE, Cause.NATURE),
    (r"cable|submarine|subsea|undersea", Cause.CABLE),
    (r"status|cloud|hosting|incident|service", Cause.SERVICE),
    (
        r"\bisps?\b|operator|fib(er|re)|rout|technical|equipment|config|backbone|ddos",
        Cause.ISP,
    ),
    (r"\blan\b|local network", Cause.LAN),
)


def causes_of(words: str) -> frozenset[Cause]:
    """Return all causes that *words* name."""
    text = words.lower()
    return frozenset(cause for form, cause in _WORDS if re.search(form, text))


def cause_of(words: str) -> Cause:
    """Return the cause that *words* name; ``unknown`` when they name none."""
    text = words.strip().lower()
    if text in set(Cause):
        return Cause(text)
    return next(
        (cause for form, cause in _WORDS if re.search(form, text)), Cause.UNKNOWN
    )
