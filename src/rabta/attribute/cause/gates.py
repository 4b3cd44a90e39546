"""What a cause must show before it may be called more likely than not.

A wrong "shutdown" costs a country's reputation and a wrong "cable" an operator's; so
whatever the sum of small hints, without its own kind of proof a cause stays at one
half or below. What is taken away goes to ``unknown``.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from rabta.attribute.cause.announced import order_known
from rabta.attribute.cause.event import Event, Seen, Surroundings
from rabta.attribute.cause.path import corridor_of
from rabta.attribute.cause.table import Floats, Table
from rabta.model import Cause


HALF: Final = 0.5
HINTS_ONLY: Final = 0.4
"""What hours, days and lengths alone may make of a shutdown."""
UNLIKELY: Final = 0.25
DISPUTED: Final = 0.69
_TIMES = frozenset({"timing", "weekday", "recurrence", "season", "history", "duration"})
_NEAR_TRUST = 0.3
_BELIEVED = 0.3


@dataclass(frozen=True, slots=True)
class Held:
    """A cause that was held back, and why (a key under ``cause.held``)."""

    cause: Cause
    most: float
    why: str


@dataclass(frozen=True, slots=True)
class _Case:
    event: Event
    around: Surroundings
    seen: Mapping[str, Seen]
    support: frozenset[str]
    """Groups in which something speaks for a shutdown."""

    def is_(self, fact: str, outcome: str = "yes") -> bool:
        one = self.seen.get(fact)
        return one is not None and one.outcomes == (outcome,)


def gates(
    event: Event,
    around: Surroundings,
    seen: Sequence[Seen],
    support: frozenset[str],
) -> list[Held]:
    """Return what must be held back."""
    case = _Case(event, around, {one.id: one for one in seen}, support)
    return [held for gate in _GATES for held in [gate(case)] if held is not None]


def hold(p: Floats, held: Sequence[Held], table: Table) -> tuple[Floats, list[Held]]:
    """Apply *held*; return the probabilities and those that made a difference."""
    out = p.copy()
    unknown = table.place[Cause.UNKNOWN]
    felt = []
    for one in held:
        at = table.place[one.cause]
        if out[at] > one.most:
            out[unknown] += out[at] - one.most
            out[at] = one.most
            felt.append(one)
    return out, felt


def disputed(seen: Sequence[Seen]) -> frozenset[Cause]:
    """Return the causes that sources name against each other; empty without dispute."""
    named = {
        one.about: one.trust
        for one in seen
        if one.about is not None
        and one.about is not Cause.MAINTENANCE
        and one.trust >= _BELIEVED
    }
    best = max(named.values(), default=0.0)
    rivals = frozenset(c for c, trust in named.items() if best - trust < _NEAR_TRUST)
    return rivals if len(rivals) > 1 else frozenset()


def _shutdown(case: _Case) -> Held | None:
    if order_known(case.event, case.around):
        return None
    if not case.support - _TIMES:
        return Held(Cause.SHUTDOWN, HINTS_ONLY, "times-only")
    if case.around.dark >= 2:
        return None
    return Held(Cause.SHUTDOWN, HALF, "two-networks")


def _cable(case: _Case) -> Held | None:
    signs = [
        case.is_("direction"),
        case.is_("border"),
        case.is_("same-cable"),
        case.is_("notice-cable"),
    ]
    corridor = corridor_of(case.around.paths)
    several = corridor is not None and corridor.networks >= 2
    # seen from one network it may be that network's own transit
    wide = several or case.is_("same-cable") or case.is_("notice-cable")
    if sum(signs) >= 2 and wide:
        return None
    if (case.is_("direction") or case.is_("border")) and not wide:
        return Held(Cause.CABLE, UNLIKELY, "one-network")
    return Held(Cause.CABLE, HALF, "two-of-four")


def _blocking(case: _Case) -> Held | None:
    if case.is_("target-specific") and case.is_("fingerprint"):
        return None
    return Held(Cause.BLOCKING, HALF, "control-pair")


def _throttling(case: _Case) -> Held | None:
    if case.is_("paired-slow"):
        return None
    return Held(Cause.THROTTLING, HALF, "paired-test")


def _power(case: _Case) -> Held | None:
    if case.is_("mains-lost") or case.is_("notice-power") or case.is_("fading"):
        return None
    return Held(Cause.POWER, HALF, "power-evidence")


def _lan(case: _Case) -> Held | None:
    return None if case.is_("only-here") else Held(Cause.LAN, 0.05, "ladder-only")


def _service(case: _Case) -> Held | None:
    if case.is_("control-fails") or case.is_("notice-service"):
        return None
    return Held(Cause.SERVICE, HALF, "control-vantage")


def _maintenance(case: _Case) -> Held | None:
    if case.is_("notice-maintenance", "outlived"):
        return Held(Cause.MAINTENANCE, UNLIKELY, "outlived")
    if case.is_("notice-maintenance", "inside"):
        told = case.seen["notice-maintenance"].key
        if told == "maintenance-inside":
            return None
        return Held(Cause.MAINTENANCE, HALF, "unannounced")
    return Held(Cause.MAINTENANCE, HALF, "no-window")


_GATES: tuple[Callable[[_Case], Held | None], ...] = (
    _shutdown,
    _cable,
    _blocking,
    _throttling,
    _power,
    _lan,
    _service,
    _maintenance,
)
