"""M-Lab NDT: the daily figures that Measurement Lab publishes per country and network.

``statistics.measurementlab.net/v0``, files ``histogram_daily_stats.json`` made by
github.com/m-lab/stats-pipeline: one random test per address and day, Mbit/s and
milliseconds. The pipeline wrote nothing after 2024-03-28; what is younger is in
BigQuery alone, whose exported rows ``rabta import`` reads (``rabta.sources.ndt``).
"""

from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec

from rabta.clock import SECOND
from rabta.errors import DataError
from rabta.sources.continents import continent
from rabta.sources.imported import Item, Tally, piece
from rabta.sources.ndt import LICENCE
from rabta.sources.records import Lines
from rabta.sources.stream import Stream
from rabta.sources.times import micros


__all__ = ["BASE", "LICENCE", "pages", "read"]

BASE = "https://statistics.measurementlab.net/v0"


class Row(msgspec.Struct):
    """One step of the day's histogram; the day's own figures stand in each."""

    date: str
    country_code: str | None = None
    download: float | None = msgspec.field(name="download_MED", default=None)
    upload: float | None = msgspec.field(name="upload_MED", default=None)
    rtt: float | None = msgspec.field(name="download_minRTT_MED", default=None)
    tests: float | None = msgspec.field(name="dl_samples_day", default=None)


_FIGURES = {
    "download": ("median_download_bits_per_second", "bit/s", "lower", 1e6),
    "upload": ("median_upload_bits_per_second", "bit/s", "lower", 1e6),
    "rtt": ("median_min_rtt_seconds", "s", "higher", 1e-3),
    "tests": ("tests_per_day", "tests", "lower", 1.0),
}
Cells = tuple[list[int], list[float]]


def read(stream: Stream, tally: Tally, about: str) -> Iterator[Item]:
    """Read one file, an array of rows.

    Raises:
        DataError: neither the rows nor the user say what it is about.
    """
    cells: dict[tuple[str, str], Cells] = {}
    told: set[tuple[str, int]] = set()
    for records in Lines(Row).records(stream, tally):
        for offset, one in records:
            time = micros(one.date)
            if time is None or not tally.plausible(time):
                tally.put_aside("a time that cannot be", offset, one.date)
                continue
            entity = about or (f"country/{one.country_code}" * bool(one.country_code))
            if not entity:
                raise DataError(
                    "these figures do not say where they are from",
                    file=str(stream.path),
                    hint="say it: --entity asn/17557",
                )
            if (entity, time) in told:
                tally.skip()  # another step of the same day
                continue
            told.add((entity, time))
            tally.keep()
            for name in _FIGURES:
                value = getattr(one, name)
                if value is not None and value > 0:
                    times, values = cells.setdefault((entity, name), ([], []))
                    times.append(time)
                    values.append(value)
    for (entity, name), (times, values) in cells.items():
        metric, unit, worse, scale = _FIGURES[name]
        scaled = [value * scale for value in values]
        yield piece("ndt", metric, entity, times, scaled, unit=unit, worse=worse)


def pages(base: str, entity: str, start: int, stop: int) -> list[str]:
    """Return one file for each year; years that were never published are missing.

    Raises:
        KeyError: there is no such country, or no such kind of entity is published.
    """
    kind, _, code = entity.partition("/")
    if kind == "country":
        folder = f"{continent(code)}/{code}"
    else:
        folder = f"asn/{({'asn': code})[kind]}"
    years = range(_year(start), _year(stop) + 1)
    return [f"{base}/{folder}/{year}/histogram_daily_stats.json" for year in years]


def _year(moment: int) -> int:
    return datetime.fromtimestamp(moment / SECOND, UTC).year
