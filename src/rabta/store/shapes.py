"""What the store hands out besides the nouns of the model."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rabta.model import Kind


if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, order=True)
class SeriesKey:
    """One signal of one entity, as one source sees it from one vantage."""

    source: str
    """``rabta`` for own probes, else the name of the public source."""
    metric: str
    """What is measured, unit last: ``icmp_rtt_seconds``."""
    entity: str
    """``target/NAME``, ``service/NAME``, ``uplink/NAME``, ``country/PK``."""
    vantage: str = ""
    """``uplink/NAME/FAMILY`` for own probes."""
    target: str = ""
    """Own probes: the name of the target, which for a link is not the entity."""


@dataclass(frozen=True, slots=True)
class SeriesInfo:
    """A series the store knows."""

    id: int
    """Number for ``Store.points``; stable as long as the SQLite file lives."""
    source: str
    metric: str
    entity: str
    vantage: str
    target: str
    unit: str
    worse: str
    """``higher`` or ``lower``: the direction in which the signal is worse."""
    first: int
    last: int
    """Times of the first and last value, microseconds UTC."""

    @property
    def key(self) -> SeriesKey:
        """Return what identifies it everywhere."""
        return SeriesKey(
            self.source, self.metric, self.entity, self.vantage, self.target
        )


@dataclass(frozen=True, slots=True)
class Points:
    """A chart: equal time buckets over the whole span asked for.

    All columns have one length. A bucket with ``sent == 0`` was not measured, which
    is neither up nor down; one with ``sent == lost`` has no figures either.
    """

    series: SeriesInfo
    step_seconds: int
    exact: bool
    """Whether every median and p95 comes from the single values. If not, buckets are
    wider than what is still kept, and these two are the medians of the parts' own,
    weighted by their number of values; the other columns are always exact."""
    time: tuple[int, ...]
    """Start of each bucket, microseconds UTC, a multiple of the step."""
    sent: tuple[int, ...]
    """Probes made; those not made for budget or rights are not among them."""
    lost: tuple[int, ...]
    minimum: tuple[float | None, ...]
    median: tuple[float | None, ...]
    p95: tuple[float | None, ...]
    """By nearest rank, the empirical distribution of RFC 2330, section 11.3."""
    maximum: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Batch:
    """Values of one series of another source, for ``Store.append``."""

    key: SeriesKey
    unit: str
    worse: str
    times: "Sequence[int] | NDArray[np.int64]"
    """Microseconds UTC."""
    values: "Sequence[float | None] | NDArray[np.float64]"
    """None or NaN where there is no value: a gap, not a zero."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A span in which Rabta itself did not run."""

    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Window:
    """A disruption that is over, without its verdicts."""

    id: int
    entity: str
    kind: Kind
    onset: int
    end: int
    depth: float


@dataclass(frozen=True, slots=True)
class Retention:
    """For how long what is kept; hourly figures and verdicts stay for ever."""

    raw_days: int = 7
    minute_days: int = 90


@dataclass(frozen=True, slots=True)
class Sealed:
    """What one run of sealing did."""

    rows: int = 0
    """Observations moved from SQLite to Parquet."""
    files: int = 0
    """Parquet files written or written anew."""
    doubtful: int = 0
    """Observations from the future that were put aside."""
    damaged: tuple[Path, ...] = ()
    """Files that could not be read and were moved aside under these names."""


@dataclass(frozen=True, slots=True)
class Expired:
    """What retention removed."""

    files: int = 0
    size_bytes: int = 0
