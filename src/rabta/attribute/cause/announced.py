"""What was announced of the entity, its cables or its country, and the calendar."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from rabta.attribute.cause.event import Event, Seen, Surroundings
from rabta.clock import DAY, HOUR, MINUTE, SECOND
from rabta.model import Cause, Notice


GRACE = 30 * MINUTE
"""By so much may a disruption begin before or end after an announced window."""
_OPEN = 2 * DAY
"""For so long a notice without an end speaks of what begins after it."""
_EARLY = 6 * HOUR
"""By so much may an unplanned fault be noticed before it is said to have begun."""
_CAUSES = frozenset(
    {
        Cause.SHUTDOWN,
        Cause.BLOCKING,
        Cause.THROTTLING,
        Cause.CABLE,
        Cause.POWER,
        Cause.ISP,
        Cause.MAINTENANCE,
        Cause.NATURE,
        Cause.SERVICE,
    }
)


def notices(event: Event, around: Surroundings) -> Iterator[Seen]:
    """Yield what each cause that was named gains; of several, the most trusted."""
    told: dict[Cause, Notice] = {}
    for one in sorted(relevant(event, around), key=lambda one: -one.trust):
        if one.cause in _CAUSES and one.kind != "calendar":
            told.setdefault(one.cause, one)
    for cause, one in told.items():
        if cause is Cause.MAINTENANCE:
            yield _maintenance(event, one)
        else:
            yield Seen(
                f"notice-{cause}",
                ("yes",),
                "notice",
                (
                    ("source", one.sources if one.also else one.source or "–"),
                    ("named", f"cause-{cause}"),
                    ("words", one.says or "–"),
                ),
                one.trust,
                cause,
            )


def calendar(event: Event, around: Surroundings) -> Seen | None:
    """Tell whether an examination, an election or the like falls on that day."""
    days = [
        one
        for one in around.notices
        if one.kind == "calendar"
        and one.known_at(event.now)
        and _concerns(one, event, around)
        and one.start - 12 * HOUR <= event.onset < (one.end or one.start) + DAY
    ]
    if days:
        best = max(days, key=lambda one: one.trust)
        words = (("words", best.says or "–"),)
        return Seen("calendar", ("yes",), "calendar", words, best.trust)
    if around.calendar_known:
        return Seen("calendar", ("no",), "calendar-none")
    return None


def relevant(event: Event, around: Surroundings) -> list[Notice]:
    """Return the notices that speak of this entity and time, and were out by now."""
    return [
        one
        for one in around.notices
        if one.known_at(event.now)
        and _concerns(one, event, around)
        and _overlaps(one, event)
    ]


def order_known(event: Event, around: Surroundings) -> bool:
    """Whether somebody believed told of a shutdown of it, or of its country."""
    return any(
        one.cause is Cause.SHUTDOWN
        and not one.entity.startswith("cable/")
        and one.kind not in ("calendar", "maintenance")
        and one.trust >= 0.5
        for one in relevant(event, around)
    )


def beforehand(event: Event, one: Notice) -> bool:
    """Whether *one* was out when the disruption began, and is of something planned."""
    return one.kind == "maintenance" and one.known_at(event.onset + GRACE)


def _maintenance(event: Event, one: Notice) -> Seen:
    # that it was announced is certain; in doubt is only whether it took place
    trust = 1 - (1 - one.trust) ** 2
    until = event.now if event.end is None else event.end
    inside = event.onset >= one.start - GRACE and (
        one.end is None or until <= one.end + GRACE
    )
    # a window without an end is believed for a working day
    if one.end is None and until > one.start + 12 * HOUR:
        inside = False
    args: tuple[tuple[str, str | float], ...] = (
        ("source", one.source or "–"),
        ("words", one.says or "–"),
    )
    if not beforehand(event, one):
        # whoever is asked why may well call it that, and a headline has no window
        return Seen(
            "notice-maintenance",
            ("inside",),
            "maintenance-unannounced",
            args,
            one.trust,
            Cause.MAINTENANCE,
        )
    if inside:
        return Seen(
            "notice-maintenance",
            ("inside",),
            "maintenance-inside",
            args,
            trust,
            Cause.MAINTENANCE,
        )
    if one.end is not None and until > one.end + GRACE:
        args += (("over", (until - one.end) / SECOND),)
        key = "maintenance-outlived"
    else:
        key = "maintenance-outside"
    return Seen(
        "notice-maintenance", ("outlived",), key, args, trust, Cause.MAINTENANCE
    )


def _concerns(one: Notice, event: Event, around: Surroundings) -> bool:
    if one.entity == event.entity:
        return True
    kind, _, name = one.entity.partition("/")
    if kind == "cable":
        return speaks_of_cable(name, around.cables)
    return kind == "country" and one.entity in around.home


def speaks_of_cable(name: str, cables: Iterable[str]) -> bool:
    """Whether *name*, as a list writes it, holds one of *cables*.

    ``sea-me-we-4-and-imewe`` and ``sea-me-we4-smw-4`` speak of SMW4, ``smw-45`` not.
    """
    whole = f"-{_joined(name)}-"
    return any(f"-{_joined(one)}-" in whole for one in cables)


@lru_cache(maxsize=1024)
def _joined(name: str) -> str:
    """Write ``aae-1`` and ``aae1`` alike."""
    return re.sub(r"(?<=[a-z])-(?=\d)", "", name.lower())


def _overlaps(one: Notice, event: Event) -> bool:
    until = event.now if event.end is None else event.end
    if one.kind == "maintenance":
        stop = one.end if one.end is not None else one.start + DAY
        return one.start - GRACE <= until and event.onset <= stop + GRACE
    stop = one.end if one.end is not None else one.start + _OPEN
    # what is dated to a day may have begun at any hour of it
    early = DAY if one.start % DAY == 0 else _EARLY
    return event.onset <= stop and until >= one.start - early
