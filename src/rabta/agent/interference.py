"""What OONI's measurements come to: judged by our rules, as hourly shares and reports.

A site that is down, a control that failed or a test that broke gives no vote: the
share is of the measurements that show interference among those that could tell.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from rabta.attribute.blocking import conclude, find, web
from rabta.clock import DAY
from rabta.model import Report
from rabta.model.trial import Finding, Measured, Outcome
from rabta.sources.bins import Bins
from rabta.sources.imported import Item, Tally, Told, piece


_INTERFERED = (Outcome.BLOCKED, Outcome.THROTTLED)
_KIND = {
    Outcome.BLOCKED: "blocking",
    Outcome.THROTTLED: "throttling",
    Outcome.DOWN: "incident",
}
_MOST = 50_000  # reports of one file
_TOGETHER = 20_000  # votes counted at a time


@dataclass(slots=True)
class _Day:
    """What the measurements of one host over one network say on one day."""

    first: int
    last: int
    count: int = 0
    rule: str = ""


def judged(items: Iterable[Told], tally: Tally) -> Iterator[Item]:
    """Judge every measurement among *items*; pass the rest on."""
    bins = Bins()
    series: list[int] = []
    times: list[int] = []
    votes: list[float] = []
    days: dict[tuple[str, str, str, Outcome, str, int], _Day] = {}
    totals: dict[tuple[str, str, str, int], int] = {}
    for one in items:
        if not isinstance(one, Measured):
            yield one
            continue
        finding = finding_of(one)
        tally.outcome(finding.outcome, finding.mechanisms)
        if finding.outcome is Outcome.UNDETERMINED:
            tally.skip()
            continue
        if one.anomaly is None:
            _count(one, finding, days, totals)
        if finding.outcome is Outcome.DOWN:
            tally.skip()
            continue
        tally.keep()
        for name in _names(one, bins):
            series.append(bins.number(name))
            times.append(one.time)
            votes.append(float(finding.outcome in _INTERFERED))
        if len(series) > _TOGETHER:
            bins.add(series, times, votes)
            series, times, votes = [], [], []
    bins.add(series, times, votes)
    yield from _pieces(bins)
    yield from _reports(days, totals)


def finding_of(one: Measured) -> Finding:
    """Judge one measurement."""
    if one.trial is not None:
        return find(one.trial)
    if one.app is not None:
        return conclude(one.app)
    if one.test == "web_connectivity" and one.anomaly is None:
        return web(one.blocking, one.accessible)
    if one.anomaly is None:
        return Finding(Outcome.UNDETERMINED, (), 0.0, ())
    outcome = Outcome.BLOCKED if one.anomaly else Outcome.OK
    return Finding(outcome, (), 0.5, (), "listed")


def _count(
    one: Measured,
    finding: Finding,
    days: dict[tuple[str, str, str, Outcome, str, int], _Day],
    totals: dict[tuple[str, str, str, int], int],
) -> None:
    entity = one.network or f"country/{one.country}"
    about = one.host or one.test
    day = one.time // DAY
    total = (one.test, entity, about, day)
    totals[total] = totals.get(total, 0) + 1
    if finding.outcome in _KIND and len(days) < _MOST:
        mechanism = finding.mechanisms[0] if finding.mechanisms else ""
        key = (one.test, entity, about, finding.outcome, mechanism, day)
        known = days.setdefault(key, _Day(one.time, one.time, rule=finding.rule))
        known.first, known.last = min(known.first, one.time), max(known.last, one.time)
        known.count += 1


def _reports(
    days: dict[tuple[str, str, str, Outcome, str, int], _Day],
    totals: dict[tuple[str, str, str, int], int],
) -> Iterator[Report]:
    for (test, entity, about, outcome, mechanism, day), seen in days.items():
        total = totals[test, entity, about, day]
        what = mechanism or "down from where nobody interferes as well"
        share = f"{seen.count} of {total} measurements"
        yield Report(
            source="ooni",
            id=f"{test}/{entity}/{about}/{outcome}/{mechanism}/{day}",
            entity=entity,
            start=seen.first,
            end=seen.last,
            kind=_KIND[outcome],
            cause=mechanism,
            says=f"{about}: {what} in {share} ({seen.rule})",
        )


def _names(one: Measured, bins: Bins) -> Iterator[tuple[str, ...]]:
    country = f"country/{one.country}"
    yield one.test, country, "", ""
    if one.network:
        yield one.test, one.network, country, ""
    domain = (one.test, country, one.network, one.host)
    if one.host and (domain in bins.names or not bins.full):
        yield domain


def _pieces(bins: Bins) -> Iterator[Item]:
    for (test, entity, vantage, target), found in bins.series():
        yield piece(
            "ooni",
            f"{test}_blocked_ratio",
            entity,
            found.times,
            found.sums / found.counts,
            unit="1",
            worse="higher",
            vantage=vantage,
            target=target,
        )
        if not target:
            yield piece(
                "ooni",
                f"{test}_measurements_per_hour",
                entity,
                found.times,
                np.asarray(found.counts),
                unit="measurements",
                worse="lower",
                vantage=vantage,
            )
