"""What comes again, learnt from the disruptions on record as they close.

Those of one entity in the last twelve weeks are grouped by ``rabta.detect.recurring``,
as those of a recorded file are. Every window stays a disruption of its own.
"""

import logging
import threading
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import tzinfo
from statistics import median

from rabta.agent.patterns_kept import continued
from rabta.clock import DAY, MINUTE, SECOND
from rabta.detect.recurring import Recurring, recurring
from rabta.errors import StoreError
from rabta.model import Kind, Pattern, Recurrence
from rabta.store import Store, Window


log = logging.getLogger(__name__)

REACH = 84 * DAY
BRIEF = 10 * MINUTE
"""What is over sooner is no window of hours: a start is known to be alike by the half
hour."""
_MOST = 1000
_APART = (Kind.BLOCKING, Kind.THROTTLING)
"""Kinds that are not one with others; outage and degradation differ in depth."""


class Patterns:
    """What comes again on the own lines, at hand for those who judge.

    ``closed`` and ``learn`` ask the disk and may be called by any thread; ``known``
    asks nobody.
    """

    def __init__(self, store: Store, zone: tzinfo) -> None:
        self._store = store
        self._zone = zone
        self._lock = threading.Lock()
        self._known: dict[str, Sequence[Recurrence]] = {}

    def known(self, entity: str) -> Sequence[Recurrence]:
        """Return the patterns of *entity*, as last learnt."""
        return self._known.get(entity, ())

    def learn(self) -> None:
        """Group what earlier runs left on record."""
        start = self._store.now() - REACH
        with self._forgiving():
            begun = self._store.windows(start=start, least=BRIEF, limit=50 * _MOST)
            for entity in {one.entity for one in begun if own(one.entity)}:
                self._regroup(entity, start)

    def closed(self, number: int) -> None:
        """Group anew, as disruption *number* is over; nothing for what is brief."""
        with self._forgiving():
            one = self._store.disruption(number)
            if one is None or one.end is None or not own(one.entity):
                return
            if one.end - one.onset >= BRIEF or one.pattern is not None:
                self._regroup(one.entity, one.onset - REACH)

    def _regroup(self, entity: str, start: int) -> None:
        with self._lock:
            self._known[entity] = regroup(self._store, entity, self._zone, start)

    @staticmethod
    @contextmanager
    def _forgiving() -> Iterator[None]:
        """Go on where the disk refuses: the next one that closes groups them all."""
        try:
            yield
        except StoreError as error:
            log.warning("what comes again is not known: %s", error)


def own(entity: str) -> bool:
    """Tell whether *entity* is of this machine: its hours are those of its clocks."""
    return entity == "host" or entity.startswith(("uplink/", "service/"))


def regroup(
    store: Store, entity: str, zone: tzinfo, start: int
) -> Sequence[Recurrence]:
    """Learn the patterns of *entity*, keep what changed, and return them all.

    Its disruptions since *start* are grouped; what is older stays with its pattern.
    Hours are told by the clocks of *zone*. Raises ``StoreError``.
    """
    windows = store.windows(start=start, least=BRIEF, entity=entity, limit=_MOST)
    if len(windows) == _MOST:
        start = windows[0].onset
    before = store.patterns(entity)
    found = [one for some in _sorted(windows) for one in _grouped(some, zone)]
    looked_at = [one.id for one in windows]
    told = continued(found, before, looked_at, start, zone)
    if not told:
        return before
    store.put_patterns(entity, told)
    return store.patterns(entity)


def pattern_of(identifier: str, one: Recurring, occurrence: int = 0) -> Pattern:
    """Return *one* in the words of every document."""
    return Pattern(
        identifier,
        one.start.strftime("%H:%M"),
        one.end.strftime("%H:%M"),
        one.days,
        one.first.isoformat(),
        one.last.isoformat(),
        len(one.occurrences),
        round(one.regularity, 4),
        occurrence,
    )


def _sorted(windows: Sequence[Window]) -> list[list[Window]]:
    """Keep apart what cannot be alike."""
    sorts: dict[Kind | None, list[Window]] = defaultdict(list)
    for one in windows:
        sorts[one.kind if one.kind in _APART else None].append(one)
    return list(sorts.values())


def _grouped(windows: Sequence[Window], zone: tzinfo) -> list[Recurrence]:
    spans = [(one.onset, one.end) for one in windows]
    depths = [one.depth for one in windows]
    found = []
    for one in recurring(spans, zone, depths=depths):
        members = [windows[place] for place in one.occurrences]
        found.append(
            Recurrence(
                0,
                pattern_of("", one),
                str(zone),
                median(w.end - w.onset for w in members) / SECOND,
                round(median(w.depth for w in members), 4),
                {w.id: w.onset for w in members},
            )
        )
    return found
