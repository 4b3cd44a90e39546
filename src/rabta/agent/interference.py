"""What OONI's measurements come to: judged by our rules, as hourly shares and reports.

A site that is down, a control that failed or a test that broke gives no vote: the
share is of the measurements that show interference among those that could tell.
One odd measurement is no report of blocking: that takes two, from two networks or an
hour apart.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from sys import intern

import numpy as np

from rabta.attribute.blocking import conclude, find, web
from rabta.clock import DAY, HOUR
from rabta.model import Report
from rabta.model.trial import Finding, Measured, Outcome
from rabta.sources.bins import Bins, Counts
from rabta.sources.imported import Item, Tally, Told, piece


_INTERFERED = (Outcome.BLOCKED, Outcome.THROTTLED)
_KIND = {
    Outcome.BLOCKED: "blocking",
    Outcome.THROTTLED: "throttling",
    Outcome.DOWN: "incident",
}
_APART = HOUR
"""Measurements of one network so far apart are two; nearer they may be one fault."""
_MOST = 50_000  # reports of one file
_TOGETHER = 20_000  # votes counted at a time


@dataclass(slots=True)
class _Day:
    """What the measurements of one host over one network say on one day."""

    first: int
    last: int
    count: int = 0
    rule: str = ""


@dataclass(slots=True)
class _Seen:
    """When and from where one outcome was found of one host in one country."""

    first: int
    last: int
    networks: set[str] = field(default_factory=set)


_Days = dict[tuple[str, str, str, Outcome, str, int], _Day]
_Witnesses = dict[tuple[str, str, str, Outcome, int], _Seen]


def judged(items: Iterable[Told], tally: Tally) -> Iterator[Item]:
    """Judge every measurement among *items*; pass the rest on."""
    judge = Judge()
    yield from judge.over(items, tally)
    yield from judge.rest(tally)


class Judge:
    """What the measurements of several pages or files come to together."""

    def __init__(self) -> None:
        self._bins = Bins()
        self._series: list[int] = []
        self._times: list[int] = []
        self._votes: list[float] = []
        self._days: _Days = {}
        self._witnesses: _Witnesses = {}
        self._countries: dict[str, str] = {}
        self._totals = Counts()
        self._latest = 0
        self._unreported = self._without = 0

    def over(self, items: Iterable[Told], tally: Tally) -> Iterator[Item]:
        """Take in the measurements among *items*; pass the rest on."""
        for one in items:
            if isinstance(one, Measured):
                self._take(one, tally)
            else:
                yield one

    def rest(self, tally: Tally, *, whole: bool = True) -> Iterator[Item]:
        """Yield series and reports, once.

        Measurements come in the order of time: where they were broken off (not
        *whole*), the hour of the last one is left out, as more of it had yet to come.
        """
        self._bin()
        if self._unreported:
            tally.notes.append(
                f"{self._unreported} measurements that are consistent with interference"
                f" are in the series, but in no report: {_MOST} are made at most"
            )
        if self._without:
            tally.notes.append(
                f"{self._without} measurements are in the series of their country and"
                " network, but in none of their domain: there are too many"
            )
        stop = None if whole else self._latest // HOUR * HOUR
        yield from _pieces(self._bins, stop)
        yield from _reports(self._days, self._totals, self._witnesses, self._countries)

    def _take(self, one: Measured, tally: Tally) -> None:
        finding = finding_of(one)
        self._latest = max(self._latest, one.time)
        tally.outcome(finding.outcome, finding.mechanisms)
        if finding.outcome is Outcome.UNDETERMINED:
            tally.skip()
            return
        if one.anomaly is None:
            told = _count(one, finding, self._days, self._totals)
            self._unreported += not told
            _witness(one, finding, self._witnesses)
            self._countries[_entity(one)] = one.country
        if finding.outcome is Outcome.DOWN:
            tally.skip()
            return
        tally.keep()
        *wide, domain = _names(one)
        if domain[-1] and (domain in self._bins.names or not self._bins.full):
            wide.append(domain)
        elif domain[-1]:
            self._without += 1
        for name in wide:
            self._series.append(self._bins.number(name))
            self._times.append(one.time)
            self._votes.append(float(finding.outcome in _INTERFERED))
        if len(self._series) > _TOGETHER:
            self._bin()

    def _bin(self) -> None:
        self._bins.add(self._series, self._times, self._votes)
        self._series, self._times, self._votes = [], [], []


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
    days: _Days,
    totals: Counts,
) -> bool:
    """Count it for a report; return whether there was room."""
    entity = _entity(one)
    about = one.host or one.test
    day = one.time // DAY
    totals.add((one.test, entity, about, day))
    if finding.outcome not in _KIND:
        return True
    mechanism = finding.mechanisms[0] if finding.mechanisms else ""
    key = (one.test, entity, about, finding.outcome, mechanism, day)
    if key not in days and len(days) >= _MOST:
        return False
    known = days.setdefault(key, _Day(one.time, one.time, rule=finding.rule))
    known.first, known.last = min(known.first, one.time), max(known.last, one.time)
    known.count += 1
    return True


def _entity(one: Measured) -> str:
    return one.network or f"country/{one.country}"


def _witness(one: Measured, finding: Finding, witnesses: _Witnesses) -> None:
    if finding.outcome not in _INTERFERED:
        return
    key = (one.test, one.country, one.host, finding.outcome, one.time // DAY)
    if key not in witnesses and len(witnesses) >= _MOST:
        return
    seen = witnesses.setdefault(key, _Seen(one.time, one.time))
    seen.first, seen.last = min(seen.first, one.time), max(seen.last, one.time)
    if one.network:
        seen.networks.add(one.network)


def _independent(about: Iterable[_Seen]) -> bool:
    """Whether two measurements share neither their network nor their hour."""
    seen = list(about)
    if not seen:
        return False
    span = max(one.last for one in seen) - min(one.first for one in seen)
    return span >= _APART or len(set().union(*(one.networks for one in seen))) > 1


def _reports(
    days: _Days,
    totals: Counts,
    witnesses: _Witnesses,
    countries: dict[str, str],
) -> Iterator[Report]:
    for (test, entity, about, outcome, mechanism, day), seen in days.items():
        total = max(seen.count, totals.of((test, entity, about, day)))
        host = "" if about == test else about
        near = [
            witnesses[key]
            for other in (day - 1, day, day + 1)
            if (key := (test, countries[entity], host, outcome, other)) in witnesses
        ]
        sure = outcome not in _INTERFERED or _independent(near)
        what = mechanism or "down from where nobody interferes as well"
        share = f"{seen.count} of {total} measurements"
        yield Report(
            source="ooni",
            id=f"{test}/{entity}/{about}/{outcome}/{mechanism}/{day}",
            entity=entity,
            start=seen.first,
            end=seen.last,
            kind=_KIND[outcome] if sure else "undetermined",
            cause=mechanism if sure else "",
            says=f"{about}: {_unsure(seen) * (not sure)}{what} in {share}"
            f" ({seen.rule})",
        )


def _unsure(seen: _Day) -> str:
    often = "one measurement only" if seen.count == 1 else "one network and hour only"
    return f"{often}, undetermined: "


def _names(one: Measured) -> Iterator[tuple[str, ...]]:
    """Return the series of the country and of the network, then that of the domain."""
    country = f"country/{one.country}"
    yield one.test, country, "", ""
    if one.network:
        yield one.test, one.network, country, ""
    yield one.test, country, intern(one.network), intern(one.host)


def _pieces(bins: Bins, stop: int | None) -> Iterator[Item]:
    for (test, entity, vantage, target), every in bins.series():
        found = every if stop is None else every.until(stop)
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
