"""Which tests that were not made would decide most."""

import numpy as np

from rabta.attribute.cause.score import normalised
from rabta.attribute.cause.table import Floats, Table


_SHOWN = 2
TESTS: dict[str, str] = {
    "fell": "signals",
    "fading": "ramp",
    "networks": "networks",
    "elsewhere": "elsewhere",
    "same-cable": "same-cable",
    "only-here": "only-here",
    "direction": "direction",
    "border": "border",
    "peak-hours": "peak-hours",
    "target-specific": "target-specific",
    "fingerprint": "fingerprint",
    "paired-slow": "paired-slow",
    "control-fails": "control-fails",
    "mains-lost": "mains",
    "calendar": "calendar",
    "notice-cable": "notice",
    "length": "wait",
    "repeats": "history",
}
"""Facts one may go and look for, and the sentence that asks for it (``cause.test``)."""
_NOT_OF_SERVICE = frozenset({"networks", "elsewhere", "same-cable", "fell", "fading"})


def gains(p: Floats, table: Table) -> dict[str, float]:
    """Return the information each fact would give on average, in nats.

    Expected Kullback-Leibler divergence of what one would then believe from *p*.
    """
    names, tempered, plain, starts = table.tempered
    with np.errstate(divide="ignore"):
        now = np.log(p)
    then = normalised(now + tempered)
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = then * (np.log(then) - now)
    divergence = np.where(then > 0, terms, 0.0).sum(axis=1)
    chance = plain @ p
    expected = np.add.reduceat(divergence * chance, starts)
    return dict(zip(names, expected.tolist(), strict=True))


def missing(p: Floats, table: Table, seen: set[str], level: str) -> list[str]:
    """Return the two tests that would decide most, of those not made."""
    known = gains(p, table)
    left = _NOT_OF_SERVICE if level == "service" else frozenset[str]()
    if level in ("country", "region", "asn"):
        left = frozenset({"only-here", "control-fails"})
    if any(one.startswith("notice-") for one in seen):
        left |= {"notice-cable"}
    if "series" in seen:
        left |= {"repeats"}
    ranked = sorted(
        (one for one in TESTS if one not in seen and one not in left),
        key=lambda one: -known.get(one, 0.0),
    )
    return [TESTS[one] for one in ranked[:_SHOWN]]
