"""Hours that were counted before, from other measurements than a file holds.

Counts of an hour are stored, not the measurements, so two counts of it cannot be added:
nobody could tell which measurements are in both. The newer one replaces the older, and
that is said.
"""

from collections.abc import Iterable, Iterator

import numpy as np

from rabta.agent.gathering import Sink
from rabta.clock import HOUR
from rabta.sources.imported import Item, Piece, Tally


def recounted(
    items: Iterable[Item], tally: Tally, store: Sink | None
) -> Iterator[Item]:
    """Pass *items* on; note the hours of which *store* has another count.

    Every measurement is in the count of its country, so those are looked at.
    """
    hours: set[int] = set()
    for item in items:
        if (
            store is not None
            and isinstance(item, Piece)
            and item.unit == "measurements"
            and item.entity.startswith("country/")
            and len(item.times)
        ):
            hours |= _others(item, store)
        yield item
    if hours:
        tally.notes.append(
            "hours of which the store held another count, which this one replaces:"
            f" {len(hours)}; give all files of an hour to one command, which counts"
            " them together"
        )


def _others(item: Piece, store: Sink) -> set[int]:
    first, last = int(item.times.min()), int(item.times.max())
    counts = dict(zip(item.times.tolist(), item.values.tolist(), strict=True))
    found: set[int] = set()
    for series, times, values in store.signals(
        item.entity, start=first, stop=last + HOUR
    ):
        told = series.source, series.metric, series.vantage, series.target
        if told == (item.source, item.metric, item.vantage, item.target):
            held = zip(
                np.asarray(times).tolist(), np.asarray(values).tolist(), strict=True
            )
            found |= {at for at, count in held if counts.get(at, count) != count}
    return found
