"""Invented load-shedding on a line of the sample office: the same hours every day.

They began half an hour before now, so that what comes again may just have begun.
"""

from zoneinfo import ZoneInfo

from rabta.agent.as_usual import with_usual
from rabta.agent.patterns import regroup
from rabta.clock import DAY, HOUR, MINUTE
from rabta.model import Kind, State
from rabta.store import Store
from tests.browser import sample


ZONE = ZoneInfo("Asia/Karachi")
ENTITY = "uplink/ptcl"
COUNT = 6


def fill(store: Store, now: int, entity: str = ENTITY) -> list[int]:
    """Record two hours of each of six days; the numbers, oldest first."""
    numbers = []
    for days in range(COUNT, 0, -1):
        onset = now - 30 * MINUTE - days * DAY
        number = _record(store, onset, now, entity)
        store.close_disruption(number, onset + 2 * HOUR)
        numbers.append(number)
    regroup(store, entity, ZONE, now - 84 * DAY)
    return numbers


def begin(store: Store, now: int) -> int:
    """Record one that began today as usual and lasts still; its number."""
    return _record(store, now - 30 * MINUTE, now)


def _record(store: Store, onset: int, now: int, entity: str = ENTITY) -> int:
    said = sample.verdict(now, entity, "isp", State.DOWN, uplink="ptcl", minutes=30)
    known = store.patterns(entity) if onset > now - DAY else ()
    return store.open_disruption(
        entity, Kind.OUTAGE, onset, 1.0, 1.0, with_usual(said, known, now, 1.0)
    )
