"""Whether the entity was disrupted before, and at the same hour.

Two thirds of shutdowns return after exactly one to four days, against 0.2 % of other
outages (Bischof et al., SIGCOMM 2023); but load-shedding returns too.
"""

from rabta.attribute.cause.event import Event, Seen, Surroundings, Window
from rabta.clock import DAY, HOUR, MINUTE


NEAR = 25 * MINUTE
EXACT = 10 * MINUTE
ALIKE = 20 * MINUTE
SERIES = 4
"""Days within which a series goes on."""
_LONG = 800


def repeats(event: Event, around: Surroundings) -> Seen | None:
    """On how many of the four days before (or, later, around) it came at this hour."""
    if around.known_since is None or event.onset - around.known_since < DAY:
        return None
    before = _days(event, _before(event, around), 1, SERIES, NEAR)
    after = _days(event, _after(event, around), 1, SERIES, NEAR)
    told = event.now >= event.onset + (SERIES + 1) * DAY
    if told or after:
        count = before + after
        return Seen("series", (_count(count),), _key("series", count), _number(count))
    return Seen("repeats", (_count(before),), _key("repeats", before), _number(before))


def same_hour_before(event: Event, around: Surroundings) -> Seen | None:
    """Whether it came at this hour in earlier seasons."""
    if around.known_since is None or event.onset - around.known_since < 30 * DAY:
        return None
    count = _days(event, _before(event, around), SERIES + 1, _LONG, EXACT)
    name = "none" if not count else "few" if count < 3 else "many"
    return Seen("same-hour-before", (name,), _key("before", count), _number(count))


def lately(event: Event, around: Surroundings) -> Seen | None:
    """How often the entity was disrupted in the thirty days before, at any hour."""
    if around.known_since is None or event.onset - around.known_since < 15 * DAY:
        return None
    count = sum(event.onset - one.onset < 30 * DAY for one in _before(event, around))
    name = "none"
    if count:
        name = "one-or-two" if count < 3 else "some" if count < 6 else "many"
    return Seen("lately", (name,), _key("lately", count), _number(count))


def same_length(event: Event, around: Surroundings) -> Seen | None:
    """Whether those at the same hour lasted as long."""
    if event.end is None or event.end > event.now:
        return None
    lengths = [
        one.end - one.onset
        for one in (*_before(event, around), *_after(event, around))
        if one.end is not None and _fits(event, one, 1, SERIES, NEAR)
    ]
    if not lengths:
        return None
    mine = event.end - event.onset
    name = "yes" if any(abs(one - mine) <= ALIKE for one in lengths) else "no"
    return Seen("same-length", (name,), f"same-length-{name}")


def _before(event: Event, around: Surroundings) -> list[Window]:
    return [one for one in around.others if one.onset < event.onset - HOUR]


def _after(event: Event, around: Surroundings) -> list[Window]:
    return [one for one in around.others if event.onset + HOUR < one.onset <= event.now]


def _fits(event: Event, one: Window, first: int, last: int, within: int) -> bool:
    apart = abs(event.onset - one.onset)
    days = round(apart / DAY)
    return first <= days <= last and abs(apart - days * DAY) <= within


def _days(
    event: Event, windows: list[Window], first: int, last: int, within: int
) -> int:
    return len(
        {
            round((event.onset - one.onset) / DAY)
            for one in windows
            if _fits(event, one, first, last, within)
        }
    )


def _count(count: int) -> str:
    return ("none", "once", "twice", "often")[min(count, 3)]


def _key(name: str, count: int) -> str:
    return name if count else f"{name}-none"


def _number(count: int) -> tuple[tuple[str, int], ...]:
    return (("count", count),) if count else ()
