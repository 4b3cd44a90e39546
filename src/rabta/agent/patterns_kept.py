"""What was just grouped, and what is on record: which pattern goes on in which."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, tzinfo

from rabta.clock import SECOND
from rabta.detect.recurring import LEAST
from rabta.model import Recurrence


def continued(
    found: Sequence[Recurrence],
    before: Sequence[Recurrence],
    looked_at: Collection[int],
    start: int,
    zone: tzinfo,
) -> list[Recurrence]:
    """Return the versions to add so that what is on record says what was *found*.

    A pattern goes on in the one that shares most of its disruptions. What began
    before *start* is not among those *looked_at*, and stays.
    """
    left = list(before)
    free = set(looked_at).difference(*(one.members for one in found))
    told = []
    for one in sorted(found, key=lambda one: -len(one.members)):
        old = max(left, key=lambda old: len(_shared(old, one)), default=None)
        if old is None or not _shared(old, one):
            told.append(one)
            continue
        left.remove(old)
        new = _with(one, {**_older(old, start), **one.members}, zone)
        new = replace(
            new, number=old.number, pattern=replace(new.pattern, id=old.pattern.id)
        )
        if new != old:
            told.append(new)
    told += _remaining(left, free, start, zone)
    return told


def _remaining(
    left: Iterable[Recurrence], free: Collection[int], start: int, zone: tzinfo
) -> Iterable[Recurrence]:
    """Keep what was not found again for want of what is too old to be looked at.

    A pattern that is none any more is left without disruptions.
    """
    for old in left:
        kept = _older(old, start)
        if kept:
            kept |= {n: at for n, at in old.members.items() if n in free}
        if len(kept) < LEAST:
            kept = {}
        if kept != old.members:
            yield _with(old, kept, zone)


def _with(one: Recurrence, members: Mapping[int, int], zone: tzinfo) -> Recurrence:
    """Return *one* with these *members*: they say how many, and between which days."""
    days = sorted(
        datetime.fromtimestamp(onset / SECOND, UTC).astimezone(zone).date().isoformat()
        for onset in members.values()
    )
    pattern = replace(one.pattern, occurrences=len(members))
    if days:
        pattern = replace(pattern, first=days[0], last=days[-1])
    return replace(one, pattern=pattern, members=dict(members))


def _older(one: Recurrence, start: int) -> dict[int, int]:
    return {number: onset for number, onset in one.members.items() if onset < start}


def _shared(one: Recurrence, other: Recurrence) -> set[int]:
    return set(one.members) & set(other.members)
