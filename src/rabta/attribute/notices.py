"""What to make of announcements: one event told by many, copies with wrong dates.

News travels by copying. The same fault told by three sites is one notice with three
sources; the same words under another date are a copy, not a second fault.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from rabta.clock import DAY, HOUR
from rabta.model import Cause, Message, Notice
from rabta.model.notice import CANCELLED


EARLIEST: Final = 7305 * DAY  # 1990
_SAME = 12 * HOUR
_SAME_DAY = 36 * HOUR
"""Of starts that are dated to a day alone."""
_COPIED = 400 * DAY
_ALIKE = 0.8
_MOST_SURE = 0.98


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of announcements."""

    kept: tuple[Notice, ...]
    """All that stand now, those known before among them, oldest first."""
    merged: tuple[tuple[Notice, Notice], ...]
    """(one that was told again, what it went into)."""
    rejected: tuple[tuple[Notice, Message], ...]
    """(one that cannot be, why)."""


def settle(known: Iterable[Notice], told: Iterable[Notice], now: int) -> Settled:
    """Lay *told* beside *known*; *now* in microseconds UTC. The order matters not.

    Read again, the same announcements change nothing.
    """
    kept = {one.id: one for one in known}
    merged: list[tuple[Notice, Notice]] = []
    rejected: list[tuple[Notice, Message]] = []
    for one in sorted(told, key=_order):
        why = _impossible(one, now)
        if one.kind == CANCELLED:
            kept.pop(one.id, None)
            why = Message.of("context.rejected.cancelled")
        if why is None:
            why = _copy(one, kept.values())
        if why is not None:
            rejected.append((one, why))
            continue
        same = next((old for old in kept.values() if _same(old, one)), None)
        if same is None:
            kept[one.id] = one
            continue
        joined = _join(same, one)
        kept[same.id] = joined
        if same.id != one.id:
            merged.append((one, joined))
    rejected.sort(key=lambda pair: (pair[0].start, pair[0].id))
    return Settled(
        tuple(sorted(kept.values(), key=lambda n: (n.start, n.id))),
        tuple(merged),
        tuple(rejected),
    )


def _order(one: Notice) -> tuple[float, int, int, str]:
    """The most believed first, then what was said soonest after its date.

    Of the same report under several dates that one is the likeliest.
    """
    said = one.start if one.published is None else one.published
    return -one.trust, abs(said - one.start), said, one.id


def planned(one: Notice) -> bool:
    """Whether it tells of what is to come: maintenance, days that matter, orders."""
    return one.kind in ("maintenance", "calendar", "order")


def _of_one_list(old: Notice, one: Notice) -> bool:
    """Whether one list tells both under numbers of its own (``access-now:…``).

    It means two things by them, however alike: the next day's cut, the same component
    that failed again.
    """
    if old.id == one.id or one.source not in old.sources:
        return False
    name, _, number = one.id.partition(":")
    return bool(number) and old.id.startswith(f"{name}:")


def _impossible(one: Notice, now: int) -> Message | None:
    if one.start < EARLIEST:
        return Message.of("context.rejected.early", at=one.start)
    if one.end is not None and one.end < one.start:
        return Message.of("context.rejected.backwards")
    if planned(one):
        return None
    if one.start > now + DAY:
        return Message.of("context.rejected.future", at=one.start)
    if one.published is not None and one.published < one.start - DAY:
        return Message.of(
            "context.rejected.before", published=one.published, at=one.start
        )
    return None


def _copy(one: Notice, known: Iterable[Notice]) -> Message | None:
    """Return why it is a copy under another date, if it is one."""
    for old in known:
        if old.id == one.id or planned(one) or old.entity != one.entity:
            continue
        if _of_one_list(old, one):
            continue
        if _near(old, one) or _told_anew(old, one):
            continue
        linked = bool(one.link) and one.link == old.link
        soon = abs(old.start - one.start) <= _COPIED
        if linked or (soon and _alike(one.says, old.says)):
            return Message.of(
                "context.rejected.copy", at=one.start, source=old.source, told=old.start
            )
    return None


def _told_anew(old: Notice, one: Notice) -> bool:
    """Whether one source told both, at other times: it meant two things by them."""
    if old.source != one.source or None in (old.published, one.published):
        return False
    return abs((old.published or 0) - (one.published or 0)) > DAY


def _same(old: Notice, one: Notice) -> bool:
    if old.id == one.id:
        return True
    if (old.entity, old.kind) != (one.entity, one.kind) or _of_one_list(old, one):
        return False
    if old.cause is not one.cause and Cause.UNKNOWN not in (old.cause, one.cause):
        return False
    if one.kind == "maintenance" and old.end is not None and one.end is not None:
        return old.start < one.end and one.start < old.end
    return _near(old, one)


def _near(old: Notice, one: Notice) -> bool:
    by_day = old.start % DAY == 0 or one.start % DAY == 0
    return abs(old.start - one.start) <= (_SAME_DAY if by_day else _SAME)


def _join(old: Notice, one: Notice) -> Notice:
    """Keep the dates of the one more believed, or dated more finely; name both."""
    if old.id == one.id:
        return replace(one, also=old.also, trust=max(old.trust, one.trust))
    finer = old.trust == one.trust and old.start % DAY == 0 and one.start % DAY
    best, other = (one, old) if one.trust > old.trust or finer else (old, one)
    sources = [
        name for name in (*best.also, *other.sources) if name and name != best.source
    ]
    trust = best.trust
    if other.source not in best.sources:
        trust = min(1 - (1 - best.trust) * (1 - other.trust / 2), _MOST_SURE)
        trust = max(trust, best.trust)
    told = [at for at in (old.published, one.published) if at is not None]
    return replace(
        best,
        id=old.id,
        end=best.end if best.end is not None else other.end,
        cause=best.cause if best.cause is not Cause.UNKNOWN else other.cause,
        trust=round(trust, 4),
        published=min(told) if len(told) == 2 else None if not told else told[0],
        says=best.says or other.says,
        link=best.link or other.link,
        also=tuple(dict.fromkeys(sources)),
    )


def _alike(first: str, second: str) -> bool:
    a, b = _tokens(first), _tokens(second)
    return len(a) >= 4 and len(b) >= 4 and len(a & b) / len(a | b) >= _ALIKE


def _tokens(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", text.lower()))
