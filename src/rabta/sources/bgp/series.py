"""From a collector's table to series of countries and networks."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from rabta.clock import SECOND
from rabta.errors import DataError, UsageError
from rabta.sources.bgp import routes, sweep
from rabta.sources.bgp.ending import Ending
from rabta.sources.bgp.mrt import Batch, read
from rabta.sources.bgp.networks import join
from rabta.sources.bgp.table import STEP, Moment, Table
from rabta.sources.bgp.watched import Watched, watch
from rabta.sources.imported import Item, Licence, Tally, piece
from rabta.sources.stream import Stream


LICENCE = Licence(
    "use with attribution (RIPE RIS), CC BY 4.0 (RouteViews)",
    "the collector: RIPE NCC's RIS, or RouteViews of the University of Oregon",
    "https://ris.ripe.net",
    commercial=True,
)
FIGURES = (
    ("visible-prefixes-4", "prefixes", 4),
    ("visible-slash24", "/24", 4),
    ("visible-prefixes-6", "prefixes", 6),
    ("visible-slash48", "/48", 6),
)
ACTS = ("withdrawals", "new-upstreams", "foreign-hop-changes")
CHANGES = "changes"
"""The unit of what is counted of a bin; there is no level to fall."""
_HELD = 2_000  # moments before pieces are made of them
_FEW = 3
_SPOILT = 0.001  # of a table's records: more of them damaged, and it is not whole


class Routes:
    """Files of one collector, in the order of time, as series."""

    def __init__(self, watched: Watched, vantage: str = "") -> None:
        self._watched = watched
        self._vantage = vantage
        self.table = Table(watched)
        self._times: list[int] = []
        self._figures: list[NDArray[np.float64]] = []
        self._acts: list[NDArray[np.float64]] = []
        self._feeds = (0, 0)
        self._had_6 = np.zeros(len(watched.rows), bool)

    def read(self, stream: Stream, tally: Tally) -> Iterator[Item]:
        """Take in one file; its notes say what the series rest on."""
        octets = stream.path.stat().st_size
        odd, gaps = self.table.odd, len(self.table.gaps)
        before, spoilt = tally.records, tally.put_aside_count
        first, ending = True, Ending()
        for batch in read(stream, tally, self._watched.places):
            ending.see(batch)
            if first:
                self._begin(batch, tally)
                first = False
            for moment in self.table.feed(batch, octets):
                self._take(moment)
            if len(self._times) > _HELD:
                yield from self.drain()
        tally.partial = tally.partial or ending.missing
        spoilt = tally.put_aside_count - spoilt
        much = spoilt > _SPOILT * (tally.records - before)
        if tally.partial or (much and self.table.dumping):
            yield from self.drain()
            self._lose(tally)
        else:
            for moment in self.table.settle(octets):
                self._take(moment)
            yield from self.drain()
            self._rest(tally)
        self._note(tally, self.table.odd - odd, self.table.gaps[gaps:])

    def _lose(self, tally: Tally) -> None:
        """Forget all routes: those the lost part told of would look withdrawn."""
        what = "the table" if self.table.dumping else "the recording"
        self.table.interrupt()
        self._feeds = (0, 0)
        tally.notes.append(
            f"{what} is not whole, and what it lacks would look like an outage: what"
            " is visible is not known from there to the next table"
        )

    def miss(self) -> None:
        """Forget all routes: a file is missing, and what it told of with it."""
        self.table.interrupt()
        self._feeds = (0, 0)

    def elements(self, batch: Batch) -> None:
        """Take in what comes live; ``drain`` then has what became of it."""
        self.table.begin(int(np.median(batch.times)))
        for moment in self.table.feed(batch, 0):
            self._take(moment)

    @property
    def places(self) -> NDArray[np.uint8]:
        """Return the country of each AS."""
        return self._watched.places

    def _begin(self, batch: Batch, tally: Tally) -> None:
        time = int(np.median(batch.times))
        if not tally.plausible(time):
            raise DataError("it is of a time that cannot be", file=tally.file)
        self.table.begin(time)

    def _take(self, moment: Moment) -> None:
        self._times.append(moment.time)
        self._feeds = moment.feeds
        figures = np.stack(
            [
                moment.countries[-row] if row < 0 else moment.figures[row]
                for row in self._watched.rows
            ]
        ).astype(np.float64)
        for column, (_, _, version) in enumerate(FIGURES):
            if not moment.feeds[version == 6]:
                figures[:, column] = np.nan
        self._figures.append(figures)
        self._acts.append(self._done(moment.acts))

    def _done(self, acts: NDArray[np.int64] | None) -> NDArray[np.float64]:
        found = np.full((len(self._watched.rows), routes.ACTS), np.nan)
        if acts is not None:
            for at, row in enumerate(self._watched.rows):
                mine = acts[self._watched.country == -row] if row < 0 else acts[[row]]
                found[at] = mine.sum(axis=0)
        return found

    def drain(self) -> Iterator[Item]:
        """Yield what was gathered, without an address family that was never seen."""
        if not self._times:
            return
        times = np.array(self._times, np.int64)
        figures, acts = np.stack(self._figures), np.stack(self._acts)
        self._times, self._figures, self._acts = [], [], []
        had = np.nan_to_num(figures[:, :, sweep.PREFIXES_6])
        self._had_6 |= had.max(axis=0) > 0
        for at, entity in enumerate(self._watched.entities):
            for column, (name, unit, version) in enumerate(FIGURES):
                if version == 4 or self._had_6[at]:
                    yield piece(
                        "bgp",
                        name,
                        entity,
                        times,
                        figures[:, at, column],
                        unit=unit,
                        worse="lower",
                        vantage=self._vantage,
                    )
            for column, name in enumerate(ACTS):
                yield piece(
                    "bgp",
                    name,
                    entity,
                    times - STEP,
                    acts[:, at, column],
                    unit=CHANGES,
                    worse="higher",
                    vantage=self._vantage,
                )

    def _rest(self, tally: Tally) -> None:
        """Say how many peers the series rest on."""
        four, six = self._feeds
        if not four + six:
            tally.notes.append(
                "no whole table came first, so what is visible cannot be told: give the"
                " collector's table (RIB) of before together with its updates"
            )
        else:
            few = ": a view of few" if max(four, six) < _FEW else ""
            tally.notes.append(
                f"{four} peers with a full IPv4 table, {six} with a full IPv6"
                f" table{few}"
            )

    @staticmethod
    def _note(tally: Tally, odd: int, gaps: Sequence[tuple[int, int]]) -> None:
        if odd:
            tally.notes.append(f"{odd} elements of a time that cannot be left out")
        for start, stop in gaps[:5]:
            tally.notes.append(
                f"nothing was recorded from {_minute(start)} to {_minute(stop)}:"
                " what is visible is not known from then to the next table"
            )


def parse(stream: Stream, tally: Tally, about: str) -> Iterator[Item]:
    """Read one file alone, about the entities named in *about*, with commas.

    Raises:
        DataError: it is not said what about.
    """
    if not about:
        raise DataError(
            "routes are about every network there is",
            file=str(stream.path),
            hint="say whom to tell of: --entity country/PK or asn/17557,asn/9541",
        )
    try:
        watched = watch(about.split(","), _UNKNOWN)
    except UsageError as error:
        raise DataError(error.message, file=str(stream.path), hint=error.hint) from None
    yield from Routes(watched).read(stream, tally)


_UNKNOWN = join(())


def _minute(time: int) -> str:
    return datetime.fromtimestamp(time / SECOND, UTC).strftime("%Y-%m-%d %H:%M UTC")
