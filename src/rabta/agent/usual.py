"""What is usual for the public signals of an entity, kept beside the store.

Hourly medians of the baseline that detection used, and what it was made of, so that
pages need not judge a year again and unchanged data are not judged twice.
"""

import io
import logging
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote
from zipfile import BadZipFile

import msgspec
import numpy as np
from numpy.typing import NDArray

from rabta.clock import HOUR
from rabta.whole import write_whole


log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Usual:
    """Of one signal: from *start*, microseconds UTC, a value an hour."""

    start: int
    values: NDArray[np.float32]
    """(n,) in the signal's unit; NaN where nothing is known to be usual."""

    def at(self, times: NDArray[np.int64], width: int) -> NDArray[np.float64]:
        """Return the mean over each bucket of *width* microseconds from *times*."""
        hours = max(1, width // HOUR)
        first = (times - self.start) // HOUR
        places = first[:, None] + np.arange(hours)
        inside = (places >= 0) & (places < len(self.values))
        known = np.full(places.shape, np.nan)
        known[inside] = self.values[places[inside]]
        count = np.isfinite(known).sum(axis=1)
        mean = np.full(len(times), np.nan)
        np.divide(np.nansum(known, axis=1), count, out=mean, where=count > 0)
        return mean


@dataclass(frozen=True, slots=True)
class Known:
    """What was judged of one entity."""

    made_of: str
    """Digest of the data and the version of the detector."""
    until: int
    """Data up to here were judged; microseconds UTC."""
    usual: dict[int, Usual]
    """By the number of the series."""


@dataclass(frozen=True, slots=True)
class _Header:
    made_of: str
    until: int
    starts: dict[int, int]


def hourly(times: NDArray[np.int64], baseline: NDArray[np.float32]) -> Usual:
    """Take the mean of *baseline* over each hour."""
    known = np.isfinite(baseline)
    if not known.any():
        return Usual(0, np.empty(0, dtype=np.float32))
    hours = times[known] // HOUR
    first = int(hours[0])
    place = hours - first
    total = np.bincount(place, baseline[known])
    count = np.bincount(place)
    mean = np.divide(total, count, out=np.full(len(total), np.nan), where=count > 0)
    return Usual(first * HOUR, mean.astype(np.float32))


def read(root: Path, entity: str) -> Known | None:
    """Return what was judged of *entity*; None when nothing, or what is unreadable."""
    try:
        with np.load(_file(root, entity), allow_pickle=False) as arrays:
            header = msgspec.json.decode(arrays["header"].tobytes(), type=_Header)
            usual = {
                number: Usual(start, arrays[str(number)])
                for number, start in header.starts.items()
            }
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, BadZipFile, EOFError) as error:
        log.warning("what is usual for %s is lost: %s", entity, error)
        return None
    return Known(header.made_of, header.until, usual)


def entities(root: Path) -> frozenset[str]:
    """Return the entities of which something is known to be usual."""
    files = (root / "detection" / "public").glob("*.npz")
    return frozenset(unquote(file.stem) for file in files)


def write(root: Path, entity: str, known: Known) -> None:
    """Keep what was judged of *entity*; raises ``OSError`` or ``PlatformError``."""
    starts = {number: one.start for number, one in known.usual.items()}
    header = msgspec.json.encode(_Header(known.made_of, known.until, starts))
    buffer = io.BytesIO()
    np.savez(
        buffer,
        allow_pickle=False,
        header=np.frombuffer(header, dtype=np.uint8),
        **{str(number): one.values for number, one in known.usual.items()},
    )
    file = _file(root, entity)
    file.parent.mkdir(parents=True, exist_ok=True)
    write_whole(file, buffer.getvalue())


def _file(root: Path, entity: str) -> Path:
    return root / "detection" / "public" / f"{quote(entity, safe='')}.npz"
