"""Values on a scale of their own, brought to that of the series they go on.

Some services tell shares of the largest value of each answer, so that two answers are
on two scales: put one after the other they would show a fall that never was. Where
they have times in common, the ratio of their values there is that of the scales.
"""

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

from rabta.agent.gathering import Sink
from rabta.clock import SECOND
from rabta.errors import DataError
from rabta.sources.imported import Piece


if TYPE_CHECKING:
    from numpy.typing import NDArray


_FEWEST = 4  # times in common, of an answer of eight and more


def brought(item: Piece, store: Sink, file: str) -> Piece:
    """Return *item* on the scale of what the store holds of its series, if anything.

    Raises:
        DataError: too few of its times are in the store, so that nothing can be told.
    """
    mine = (item.source, item.metric, item.vantage, item.target)
    told = [
        one
        for one in store.series(item.entity)
        if (one.source, one.metric, one.vantage, one.target) == mine
    ]
    if not told or not len(item.times):
        return item
    start, stop = int(item.times.min()), int(item.times.max())
    ratio = None
    for info, times, values in store.signals(item.entity, start=start, stop=stop + 1):
        if info.id == told[0].id:
            ratio = _ratio(item, times, values)
    if ratio is None:
        last = datetime.fromtimestamp(told[0].last / SECOND, UTC)
        raise DataError(
            "its values are shares of its own maximum, and too few of its times are in"
            f" the store (until {last:%Y-%m-%d %H:%M} UTC) to bring them to its scale",
            file=file,
            hint=f"bring in what lies between, from {last:%Y-%m-%d} or before, at once",
        )
    return replace(item, values=item.values * ratio)


def _ratio(
    item: Piece, times: "NDArray[np.int64]", values: "NDArray[np.float64]"
) -> float | None:
    """Return by what the values of *item* are to be multiplied; None: not known.

    Of its larger values, as small ones are told with few digits; the median, as the
    newest are told anew when more is known of them.
    """
    _, here, there = np.intersect1d(item.times, times, return_indices=True)
    new, old = item.values[here], values[there]
    some = (new > 0) & (old > 0)
    new, old = new[some], old[some]
    if len(new) < max(1, min(_FEWEST, len(item.times) // 2)):
        return None
    large = new >= np.median(new)
    return float(np.median(old[large] / new[large]))
