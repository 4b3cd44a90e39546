"""Where evidence speaks against an estimate, or its figures are of another time."""

from datetime import UTC, datetime

from rabta.clock import SECOND
from rabta.cost.event import Event
from rabta.cost.facts import Facts
from rabta.cost.money import shown
from rabta.model.message import Message


def doubts(event: Event, facts: Facts) -> list[Message]:
    """Return what a reader must know beside the prices of *event*."""
    return [*_exports(event, facts), *_reach(event, facts), *_stale(event, facts)]


def _reach(event: Event, facts: Facts) -> list[Message]:
    """A weight that was published for a block of more than all who use the service."""
    names = (f"users_{event.service}", "internet_users", "weight_platform")
    if not all(name in facts for name in names):
        return []
    users, everybody, published = (facts.one(name).value for name in names)
    if published <= users / everybody:
        return []
    args = {"published": published, "reach": users / everybody}
    return [Message.of("cost.doubt.beyond_reach", **args)]


def _exports(event: Event, facts: Facts) -> list[Message]:
    """Months of the event in which exports rose: no dip can be claimed."""
    found = []
    for month in _months(event):
        before = facts.exactly("it_exports_month", _previous(month))
        then = facts.exactly("it_exports_month", month)
        if before is not None and then is not None and then.value > before.value:
            found.append(
                Message.of(
                    "cost.doubt.exports_rose",
                    month=month,
                    then=shown(then.value, "USD"),
                    before=shown(before.value, "USD"),
                    source=then.source,
                )
            )
    return found


def _stale(event: Event, facts: Facts) -> list[Message]:
    year = datetime.fromtimestamp(event.start / SECOND, UTC).year
    known = facts.periods("gdp")
    if not known or str(year) in known:
        return []
    used = facts.nearest("gdp", year).period
    return [Message.of("cost.doubt.other_year", year=str(year), used=used)]


def _months(event: Event) -> list[str]:
    first = datetime.fromtimestamp(event.start / SECOND, UTC)
    last = datetime.fromtimestamp(max(event.start, event.end - 1) / SECOND, UTC)
    count = (last.year - first.year) * 12 + last.month - first.month + 1
    ordinals = range(first.year * 12 + first.month - 1, 10**9)[:count]
    return [f"{one // 12}-{one % 12 + 1:02d}" for one in ordinals]


def _previous(month: str) -> str:
    year, number = map(int, month.split("-"))
    return f"{year - 1}-12" if number == 1 else f"{year}-{number - 1:02d}"
