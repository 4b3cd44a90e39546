"""What a column counts, by its name, its unit and its values."""

import re
from collections.abc import Sequence
from dataclasses import dataclass


KINDS = ("count", "fraction", "rtt", "throughput", "prefixes")
"""As in ``rabta.detect.signal.SignalKind``, which is too heavy to import for names."""
_TIME_UNITS = frozenset({"ms", "s", "us", "µs", "msec", "sec", "seconds"})
_LOSS = re.compile(
    r"loss|lost|drop|error|fail|timeout|unreach|unavail"
    r"|ضیاع|verlust|\bperte|p[eé]rdida|\bperdas?\b|kay[iı]p|потер|丢包|فقدان"
)
_SHARE = re.compile(r"percent|pct|%|ratio|fraction|share|availab|success|uptime|loss")
_PERCENT = re.compile(r"percent|pct|%|فیصد")
_OF_ONE = re.compile(r"ratio|fraction")
_DELAY = re.compile(
    r"rtt|latenc|delay|jitter|response.?time|\bpings?\b|_ping|ping_|_ms\b|\bms\b"
    r"|تاخیر|تأخير|latenz|laufzeit|verzögerung|latênc|gecikme|задержк|延迟"
)
_RATE = re.compile(r"[kmg]?bps|[kmg]?bit|throughput|goodput|download|upload|bandwidth")
_UNIT = re.compile(
    r"(?:^|[\s_(\[])(ms|%|percent|pct|([kmg]?)(?:bit/s|bps))[)\]]?$", re.IGNORECASE
)
_UNITS = {"rtt": "ms", "fraction": "%"}
_BLOCKS = re.compile(r"bgp|prefix|slash|/24|routes?($|_)")


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a signal is."""

    kind: str
    higher_is_worse: bool | None = None
    """None: as the kind says."""
    guessed: bool = True
    """Whether nobody said it."""

    @property
    def worse(self) -> str:
        """Return ``higher`` or ``lower``."""
        said = self.higher_is_worse
        return "higher" if (self.kind == "rtt" if said is None else said) else "lower"

    def unit(self, column: str) -> str:
        """Return the unit that a column's name ends in; empty where none fits."""
        found = _UNIT.search(column)
        if found is None:
            return ""
        if self.kind == "throughput" and found[2] is not None:
            prefix = {"k": "k", "m": "M", "g": "G", "": ""}[found[2].lower()]
            return f"{prefix}bit/s"
        said = "ms" if found[1].lower() == "ms" else "%" if found[2] is None else ""
        return said if said == _UNITS.get(self.kind) else ""


def meaning(name: str, column: str, unit: str, cells: Sequence[float]) -> Meaning:
    """Return what a signal is; *cells* are its first numbers.

    A wrong guess costs little: the kind settles the direction that hurts and the
    smallest effect told. The user may say better: ``--signal NAME:KIND=COLUMN``.
    """
    text = f"{name} {column}".lower()
    loss = _LOSS.search(text) is not None
    least, most = min(cells, default=0.0), max(cells, default=0.0)
    share = unit == "%" or (_SHARE.search(text) is not None)
    if share and least >= 0 and most <= 100:
        return Meaning("fraction", True if loss else None)
    if loss:
        return Meaning("count", higher_is_worse=True)
    if _BLOCKS.search(text):
        return Meaning("prefixes")
    if unit.lower() in _TIME_UNITS or _DELAY.search(text):
        return Meaning("rtt")
    if _RATE.search(text) or _RATE.fullmatch(unit.lower()):
        return Meaning("throughput")
    return Meaning("count")


def is_percent(name: str, column: str, unit: str) -> bool | None:
    """Tell whether the name or unit means percent; None where they do not say."""
    text = f"{name} {column}".lower()
    if unit == "%" or _PERCENT.search(text):
        return True
    return False if _OF_ONE.search(text) else None
