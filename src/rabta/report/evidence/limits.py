"""What evidence that is whole still leaves open: gaps, lateness, clocks, whose word."""

from collections.abc import Sequence
from itertools import pairwise

from rabta.clock import HOUR, MINUTE, SECOND
from rabta.report.evidence import note, stamp
from rabta.report.evidence.broken import BrokenError
from rabta.report.evidence.findings import Findings
from rabta.report.evidence.leaf import HourLeaf
from rabta.report.evidence.shapes import Bundle


_LATE = 15 * MINUTE
"""An hour is closed two minutes after its end; this much later is worth a word."""
_STEP = 2 * SECOND
_SLEW = 2000
"""By a 2,000th clocks may drift apart, as they are slewed, and not have been set."""


def say_limits(
    findings: Findings, bundle: Bundle, hours: Sequence[HourLeaf], tails: int
) -> None:
    """Say what the evidence leaves open.

    *tails* pairs are not shown to the end of the period. Raises ``BrokenError`` for a
    time stamp of something else.
    """
    within = [one for one in hours if bundle.start <= one.hour < bundle.stop]
    missing = bundle.stop - bundle.start - len({one.hour for one in within})
    if missing:
        findings.unproven("gap", count=missing, hours=bundle.stop - bundle.start)
    most = max((one.entries for one in within), default=0)
    if most > len(bundle.pairs):
        findings.unproven("others", shown=len(bundle.pairs), most=most)
    if tails:
        findings.unproven("tail", count=tails)
    late = [one.at.time - (one.hour + 1) * HOUR for one in within]
    later = [after for after in late if after > _LATE]
    if later:
        longest = max(later) / SECOND
        findings.unproven("late", count=len(later), span=longest)
    if early := sum(after < 0 for after in late):
        findings.unproven("early", count=early)
    amended = [one for one in within if one.amends is not None]
    if amended:
        findings.unproven("amended", count=len(amended))
    _clocks(findings, hours)
    _when(findings, bundle, within)
    findings.unproven("measured")


def _clocks(findings: Findings, hours: Sequence[HourLeaf]) -> None:
    """Say between which leaves a clock was set."""
    for before, after in pairwise(hours):
        lasted = after.at.uptime - before.at.uptime
        moved = after.at.time - before.at.time - lasted
        known = before.at.boot == after.at.boot != ""
        if known and abs(moved) > _STEP + abs(lasted) // _SLEW:
            way = "forward" if moved > 0 else "back"
            findings.unproven(
                f"clock_{way}", span=abs(moved) / SECOND, number=after.number
            )
        elif after.at.time < before.at.time:
            findings.unproven(
                "clock_back",
                span=(before.at.time - after.at.time) / SECOND,
                number=after.number,
            )


def _when(findings: Findings, bundle: Bundle, within: Sequence[HourLeaf]) -> None:
    """Say by when the records existed, by the word of authorities."""
    said: list[tuple[int, stamp.Stamp]] = []
    for one in bundle.earlier:
        if one.token is not None:
            try:
                told = stamp.read(one.token, one.checkpoint)
            except ValueError:
                raise BrokenError("token") from None
            said.append((note.read(one.checkpoint).size, told))
    stamps = [one for one in said if one[1].believed]
    for name in sorted({told.authority for _, told in said if not told.believed}):
        findings.unproven("authority", authority=name)
    waits: list[int] = []
    for hour in within:
        times = [told.time for size, told in stamps if hour.number < size]
        if times:
            waits.append(min(times) - (hour.hour + 1) * HOUR)
    if waits:
        names = tuple(sorted({told.authority for _, told in stamps}))
        longest = max(0, *waits) / SECOND
        findings.proven("stamped", count=len(waits), span=longest, authorities=names)
    if len(waits) < len(within):
        findings.unproven("time", count=len(within) - len(waits))
