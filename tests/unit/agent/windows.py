"""Disruptions that come again, written as the daemon's findings write them."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from rabta.clock import HOUR, MINUTE, SECOND
from rabta.model import Kind, Message, State, Verdict
from rabta.store import Store


KARACHI = ZoneInfo("Asia/Karachi")
LINE = "uplink/ptcl"


def at(day: str, clock: str, zone=KARACHI) -> int:
    """Return a local time of day, microseconds UTC."""
    moment = datetime.fromisoformat(f"{day} {clock}").replace(tzinfo=zone)
    return int(moment.timestamp()) * SECOND


def days(first: str, count: int) -> list[str]:
    begin = date.fromisoformat(first)
    return [(begin + timedelta(days=n)).isoformat() for n in range(count)]


def verdict(onset: int, entity: str = LINE) -> Verdict:
    sentence = Message.of("detect.live.delay", uplink=entity.rpartition("/")[2])
    return Verdict(
        *(onset, entity, "isp-access", 4, State.DOWN, sentence, 0.9, (), (), (), None),
        since=onset,
    )


def window(
    store: Store,
    onset: int,
    hours: float,
    *,
    entity: str = LINE,
    kind: Kind = Kind.OUTAGE,
    depth: float = 1.0,
) -> int:
    """Record one that is over; its number."""
    number = store.open_disruption(
        entity, kind, onset, 1.0, depth, verdict(onset, entity)
    )
    store.close_disruption(number, onset + int(hours * HOUR))
    return number


def evenings(
    store: Store,
    first: str,
    count: int,
    *,
    clock: str = "19:00",
    hours: float = 2,
    zone=KARACHI,
    **about,
) -> list[int]:
    """Record load-shedding every evening, some minutes off the hour; the numbers."""
    numbers = []
    for n, day in enumerate(days(first, count)):
        late = (7 * n) % 11 * MINUTE
        numbers.append(window(store, at(day, clock, zone) + late, hours, **about))
    return numbers


def local(instant: int, zone=KARACHI) -> datetime:
    return datetime.fromtimestamp(instant / SECOND, UTC).astimezone(zone)
