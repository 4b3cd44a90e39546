"""What the user wants for which host: the first rule that fits counts. Pure."""

from collections.abc import Collection, Mapping, Sequence
from itertools import groupby

from rabta.config import RelayRule
from rabta.model import Needs
from rabta.steer.ways import Way


ANY = RelayRule(hosts=("*",))
"""What counts where no rule fits."""


def rule_for(rules: Sequence[RelayRule], host: str) -> RelayRule:
    """Return the rule for *host*, a name in lower case or an address.

    ``*.example.com`` is example.com and every name below it, ``*`` is everything.
    """
    return next((r for r in rules if any(_fits(p, host) for p in r.hosts)), ANY)


def _fits(pattern: str, host: str) -> bool:
    if pattern in {"*", host}:
        return True
    return pattern.startswith("*.") and f".{host}".endswith(pattern[1:])


def needs_of(rule: RelayRule) -> Needs:
    """Return what a way must have."""
    return Needs(unmetered=rule.unmetered)


def permits(rule: RelayRule, uplink: str, *, metered: bool) -> bool:
    """Whether *rule* lets anything be sent over an uplink."""
    return uplink not in rule.never and not (rule.unmetered and metered)


def tiers(
    rule: RelayRule,
    ways: Sequence[Way],
    order: Mapping[str, int],
    spent: Collection[str] = (),
) -> list[tuple[Way, ...]]:
    """Return the ways that may be used: the preferred, then by tier, then by cost.

    *order* has the tiers of the configuration, by uplink; 1 for those not in it. Those
    *spent*, over their data cap, come last whatever else is said of them.
    """

    def place(way: Way) -> tuple[bool, bool, int, bool]:
        tier = order.get(way.uplink, 1)
        return way.uplink in spent, way.uplink != rule.prefer, tier, way.metered

    allowed = [w for w in ways if permits(rule, w.uplink, metered=w.metered)]
    return [tuple(part) for _, part in groupby(sorted(allowed, key=place), key=place)]
