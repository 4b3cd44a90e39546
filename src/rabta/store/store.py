"""The store as one object: connections, locks and the order of things."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Self, TypeVar

from rabta.clock import Clock
from rabta.errors import StoreError, UsageError
from rabta.model import (
    Attachment,
    Disruption,
    Kind,
    LineKey,
    Notice,
    Observation,
    Probe,
    Recurrence,
    Report,
    UsualDelay,
    Verdict,
)
from rabta.model.provenance import Provenance
from rabta.store import connect, hot, notices, past, patterns, provenance, state
from rabta.store import delays as usual_delays
from rabta.store.lock import WRITER, Lock
from rabta.store.migrate import check, migrate, steps
from rabta.store.naming import OWN, line_of
from rabta.store.points import Charts
from rabta.store.shapes import (
    Batch,
    Expired,
    Gap,
    Points,
    Retention,
    Sealed,
    SeriesInfo,
    Window,
)


if TYPE_CHECKING:
    from rabta.store.signals import Signal

T = TypeVar("T")

_SYNC_EVERY = 1.0  # seconds: the measurements a power cut may take


class Store:
    """Measurements and state of one Rabta, in the folder *path*.

    One process writes, any number read. Safe to share between threads. Everything is
    on the disk when a call returns, except that ``record`` and ``put_status`` sync at
    most once a second: a power cut costs at most the last second of measurements,
    never a verdict or a disruption, and a killed process costs nothing.

    Every method raises ``StoreError`` for a disk that is full, a file that is damaged
    or a folder that may not be written; what was kept stays, and the next call may
    succeed.
    """

    def __init__(
        self,
        path: Path,
        clock: Clock,
        lock: Lock | None,
        writer: sqlite3.Connection | None,
        reader: sqlite3.Connection,
        retention: Retention,
    ) -> None:
        self.path = path
        self.retention = retention
        self._clock = clock
        self._file = path / connect.FILE
        self._lock = lock
        self._writer = writer
        self._reader = reader
        self._sees_log = connect.has_log(self._file)
        self._writing_lock, self._reading_lock = RLock(), RLock()
        self._rows = hot.Writer(writer) if writer else None
        self._charts = Charts(path, reader)
        self._services: frozenset[str] = frozenset()
        self._synced: float | None = None

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        clock: Clock,
        read_only: bool = False,
        beside: bool = False,
        retention: Retention | None = None,
    ) -> Self:
        """Open the store in the folder *path*; a writer creates and migrates it.

        One that writes *beside* the process that measures may append series,
        reports and disruptions of others, and nothing else; without such a process
        it is the writer.

        Raises ``StoreError`` when another process writes, when the store is newer
        than this program, damaged, or (read-only) not there. A reader creates nothing.
        """
        file = path / connect.FILE
        kept = retention or Retention()
        if read_only:
            if not file.exists():
                raise StoreError(
                    f"there is no store in {path}", hint="start measuring: rabta up"
                )
            newest = len(steps())
            if check(file, newest=newest) < newest:
                raise StoreError(
                    f"{file} is from an older rabta",
                    hint="start rabta up once; it brings the store up to date",
                )
            with connect.explained(file):
                return cls(path, clock, None, None, connect.connect_reader(file), kept)
        try:
            lock = _prepare(path)
        except StoreError:
            newest = len(steps())
            if not (beside and file.exists() and check(file, newest=newest) == newest):
                raise
            with connect.explained(file):
                writer = connect.connect_writer(file)
                reader = connect.connect_reader(file)
            guest = cls(path, clock, None, writer, reader, kept)
            guest._rows = None  # its own measurements are another's to write
            return guest
        try:
            with connect.explained(file):
                writer = connect.connect_writer(file)
                migrate(writer, steps())
                reader = connect.connect_reader(file)
            return cls(path, clock, lock, writer, reader, kept)
        except BaseException:
            lock.release()
            raise

    def close(self) -> None:
        """Let others write; a writer leaves one complete file behind."""
        with self._reading_lock:
            self._reader.close()
        if self._writer is not None:
            with self._writing_lock:
                try:
                    if self._rows is not None:
                        with connect.transaction(self._writer):
                            self._rows.note_last()
                except sqlite3.Error:
                    pass  # only hints for ``series``, and the disk may be full
                self._writer.close()
        if self._lock is not None:
            self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _writing(self, *, durable: bool = True) -> Iterator[sqlite3.Connection]:
        with self._upkeep() as writer:
            with connect.transaction(writer, durable=durable):
                yield writer
            if durable:
                self._synced = self._clock.monotonic()

    @contextmanager
    def _upkeep(self) -> Iterator[sqlite3.Connection]:
        if self._writer is None:
            raise StoreError(
                f"{self.path} is open for reading only", hint="rabta up is what writes"
            )
        with self._writing_lock, connect.explained(self._file):
            yield self._writer

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._reading_lock, connect.explained(self._file):
            if not self._sees_log and connect.has_log(self._file):
                self._reader.close()
                self._reader = connect.connect_reader(self._file)
                self._charts = Charts(self.path, self._reader)
                self._sees_log = True
            yield self._reader

    @property
    def _sync_is_due(self) -> bool:
        if self._synced is None:
            return True
        return self._clock.monotonic() - self._synced >= _SYNC_EVERY

    def now(self) -> int:
        """Return the time by the store's own clock, microseconds UTC."""
        return self._clock.now()

    # measurements

    def know_services(self, names: Iterable[str]) -> None:
        """Say which targets are services: their series are called ``service/NAME``."""
        self._services = frozenset(names)

    def record(self, observations: Sequence[Observation]) -> None:
        """Keep *observations*, all or none; told again, they are kept once."""
        if not observations:
            return
        with self._writing(durable=self._sync_is_due):
            rows = self._rows
            if rows is None:
                raise StoreError("another rabta measures into this store")
            try:
                rows.record(observations, self._services)
            except BaseException:
                rows.forget()
                raise

    def append(self, batches: Sequence[Batch]) -> None:
        """Keep values of other sources, in bulk; a value told again replaces the old.

        Each batch's file is replaced as a whole; killed in between, append again.
        """
        from rabta.store.bulk import append

        with self._upkeep() as writer:
            append(self.path, writer, batches)

    def add_reports(self, reports: Sequence[Report]) -> None:
        """Keep what others say happened; told again, the newer words count."""
        with self._writing() as writer:
            state.add_reports(writer, reports)

    def add_provenance(self, told: Sequence[Provenance]) -> None:
        """Keep where imported or fetched data came from."""
        with self._writing() as writer:
            provenance.add(writer, told)

    def provenance(self, count: int) -> list[Provenance]:
        """Return the *count* newest, the newest first."""
        with self._reading() as reader:
            return provenance.newest(reader, count)

    def reports(
        self, *, start: int, stop: int, entity: str = "", source: str = ""
    ) -> list[Report]:
        """Return the reports that touch the span [start, stop), oldest first.

        One without an end counts from its start only. *entity* and *source* choose.
        """
        with self._reading() as reader:
            return state.reports(reader, start, stop, entity, source)

    def put_notices(self, told: Sequence[Notice]) -> None:
        """Keep announcements; one with a known id replaces what was there."""
        with self._writing() as writer:
            notices.put(writer, told)

    def notices(self, entity: str = "") -> list[Notice]:
        """Return all announcements, or those of *entity*, oldest first."""
        with self._reading() as reader:
            return notices.every(reader, entity)

    def remove_notices(self, ids: Sequence[str]) -> int:
        """Remove announcements; return how many there were."""
        with self._writing() as writer:
            return notices.remove(writer, ids)

    def observations(
        self,
        *,
        start: int,
        stop: int,
        uplink: str = "",
        target: str = "",
        probe: Probe | None = None,
        family: int = 0,
        failed_only: bool = False,
        limit: int = 1000,
    ) -> list[Observation]:
        """Return the newest *limit* with start <= time < stop, oldest first."""
        with self._reading() as connection:
            series = hot.matching(
                hot.known_series(connection),
                uplink=uplink,
                target=target,
                probe=probe,
                family=family,
            )
            return _again(
                lambda: past.observations(
                    self.path,
                    connection,
                    self._charts.checked,
                    series,
                    start,
                    stop,
                    failed_only=failed_only,
                    limit=limit,
                )
            )

    def series(self, entity: str = "") -> list[SeriesInfo]:
        """Return all series, or those of *entity*, sorted."""
        with self._reading() as connection:
            return hot.all_series(connection, entity)

    def entities(self) -> frozenset[str]:
        """Return what there are series of."""
        with self._reading() as connection:
            return hot.entities(connection)

    def signals(self, entity: str, *, start: int, stop: int) -> "list[Signal]":
        """Return what other sources measured of *entity* in [start, stop).

        A list of (series, times, values): arrays, oldest first, gaps left out.
        """
        from rabta.store.signals import signals

        with self._reading() as connection:
            wanted = hot.known_series(connection, entity)
            return _again(
                lambda: signals(
                    self.path, connection, self._charts.checked, wanted, start, stop
                )
            )

    def points(
        self, series: int, *, start: int, stop: int, step_seconds: int | None = None
    ) -> Points:
        """Return the chart of *series* (``SeriesInfo.id``) over [start, stop).

        Without a step one is chosen that is readable and not narrower than the
        series' own interval. Where narrower values than the step asked for are no
        longer kept, it is widened: ``Points.step_seconds`` says to what.
        Raises ``UsageError`` for an unknown series and for more than 50,000 points.
        """
        with self._reading() as connection:
            info = hot.one_series(connection, series)
            if info is None:
                raise UsageError(f"there is no series {series}")
            charts = self._charts
            return _again(lambda: charts.chart(info, start, stop, step_seconds))

    def examine(self) -> None:
        """Read every page of the SQLite file; ``StoreError`` when one is damaged."""
        with self._reading() as connection:
            connect.examine(connection, self._file)

    def newest(self) -> int | None:
        """Return the time of the newest observation that is not sealed."""
        with self._reading() as connection:
            return hot.newest(connection)

    def spent_bytes(self, uplink: str, since: int) -> int:
        """Return what probes of *uplink* cost since *since*, at most a day ago.

        Whole minutes. Meant for once after a start: it reads all rows since then.
        """
        with self._reading() as connection:
            series = [
                info.id
                for info in hot.known_series(connection)
                if info.source == OWN and line_of(info.key)[0] == uplink
            ]
            return hot.spent_bytes(connection, series, since)

    # state

    def put_status(self, document: bytes) -> None:
        """Replace the status document by *document*, JSON."""
        with self._writing(durable=self._sync_is_due) as connection:
            state.put_status(connection, self._clock.now(), document)

    def status(self) -> tuple[int, bytes] | None:
        """Return (written at, document); None before the first one."""
        with self._reading() as connection:
            return state.status(connection)

    def put_verdict(self, verdict: Verdict) -> int:
        """Keep one version of an entity's verdict; its number."""
        with self._writing() as connection:
            return state.put_verdict(connection, verdict)

    def verdicts(
        self, entity: str, start: int, stop: int, limit: int = 1000
    ) -> list[Verdict]:
        """Return the newest *limit* with start <= time < stop, oldest first."""
        with self._reading() as connection:
            return state.verdicts(connection, entity, start, stop, limit)

    def open_disruption(
        self,
        entity: str,
        kind: Kind,
        onset: int,
        uncertainty: float,
        depth: float,
        verdict: Verdict,
    ) -> int:
        """Begin a disruption, *uncertainty* of its onset in seconds; its number."""
        with self._writing() as connection:
            return state.open_disruption(
                connection, entity, kind, onset, uncertainty, depth, verdict
            )

    def add_disruption_verdict(
        self, disruption_id: int, verdict: Verdict, kind: Kind, depth: float
    ) -> None:
        """Add a version of its verdict, by which it may turn out to be of another kind.

        The greatest depth is kept; a disruption that had ended goes on. Raises
        ``UsageError`` for an unknown one.
        """
        with self._writing() as connection:
            state.add_disruption_verdict(
                connection, disruption_id, verdict, kind, depth
            )

    def close_disruption(self, disruption_id: int, end: int | None) -> None:
        """End it, or with None let it go on; ``UsageError`` for an unknown one."""
        with self._writing() as connection:
            state.close_disruption(connection, disruption_id, end)

    def disruptions(
        self,
        *,
        start: int | None = None,
        stop: int | None = None,
        entity: str | None = None,
        open_only: bool = False,
        own_only: bool = False,
        pattern: int | None = None,
        folded: bool = False,
        limit: int = 100,
    ) -> list[Disruption]:
        """Return the newest *limit* that overlap [start, stop), newest onset first.

        With *own_only* those of this machine, its uplinks and services; of *pattern*
        those that it counts in; *folded*, of each pattern the newest alone.
        """
        with self._reading() as connection:
            return state.disruptions(
                connection,
                start=start,
                stop=stop,
                entity=entity,
                open_only=open_only,
                own_only=own_only,
                pattern=pattern,
                folded=folded,
                limit=limit,
            )

    def disruption(self, disruption_id: int) -> Disruption | None:
        """Return one disruption with the history of its verdict."""
        with self._reading() as connection:
            return state.disruption(connection, disruption_id)

    def windows(
        self, *, start: int, least: int, entity: str = "", limit: int = 1000
    ) -> list[Window]:
        """Return the newest *limit* disruptions since *start* that are over.

        Oldest first; none that lasted less than *least* microseconds, or of which as
        much was not observed.
        """
        with self._reading() as connection:
            return patterns.windows(connection, start, least, entity, limit)

    def patterns(self, entity: str = "") -> list[Recurrence]:
        """Return what comes again, newest version, of *entity* or of all."""
        with self._reading() as connection:
            return patterns.every(connection, entity)

    def put_patterns(self, entity: str, found: Sequence[Recurrence]) -> None:
        """Add a version of each pattern, all or none; a new one has no number yet."""
        with self._writing() as connection:
            for one in found:
                patterns.put(connection, entity, one, self._clock.now())

    def remember_addresses(
        self, line: LineKey, host: str, addresses: Sequence[str]
    ) -> None:
        """Keep what a name resolved to over *line*, in order of preference."""
        with self._writing() as connection:
            state.remember_addresses(connection, line, host, addresses)

    def addresses(self, line: LineKey, host: str) -> tuple[str, ...]:
        """Return what a name last resolved to over *line*; nothing if it never did."""
        with self._reading() as connection:
            return state.addresses(connection, line, host)

    def keep_usual(
        self, place: Attachment, delays: Sequence[UsualDelay], now: int
    ) -> None:
        """Keep how long answers usually take at *place*; weeks, not for ever."""
        with self._writing() as connection:
            usual_delays.keep(connection, place, delays, now)

    def usual(self, place: Attachment, now: int) -> list[UsualDelay]:
        """Return how long answers usually took at *place* in the last weeks."""
        with self._reading() as connection:
            return usual_delays.usual(connection, place, now)

    def note_gap(self, start: int, stop: int) -> None:
        """Keep that Rabta itself did not measure in [start, stop)."""
        with self._writing() as connection:
            state.note_gap(connection, start, stop)

    def gaps(self, start: int, stop: int) -> list[Gap]:
        """Return the gaps that overlap [start, stop), disjoint, oldest first."""
        with self._reading() as connection:
            return state.gaps(connection, start, stop)

    def cut_gaps(self, now: int) -> None:
        """End gaps that reach beyond *now*, which is what is left of a set clock."""
        with self._writing() as connection:
            state.cut_gaps(connection, now)

    # upkeep

    def seal(self) -> Sealed:
        """Move closed hours to Parquet; a daemon has ``rabta.store.seal`` do it."""
        from rabta.store.seal import seal

        with self._upkeep() as writer:
            return seal(self.path, writer, self._clock.now(), self.retention)

    def expire(self) -> Expired:
        """Remove what retention no longer keeps."""
        from rabta.store.expire import expire

        with self._upkeep() as writer:
            return expire(self.path, writer, self._clock.now(), self.retention)


def _again(read: Callable[[], T]) -> T:
    """Read, and read again if files expired between being listed and being read."""
    for _ in range(3):
        try:
            return read()
        except FileNotFoundError:
            continue
    return read()


def _prepare(path: Path) -> Lock:
    """Make the folder, refuse what must not be touched, and take the lock."""
    file = path / connect.FILE
    try:
        # first: a store of a newer program stays byte for byte as it is
        if file.exists() and file.stat().st_size:
            check(file, newest=len(steps()))
        (path / "series").mkdir(parents=True, exist_ok=True)
        return Lock(path / WRITER, hint="stop it first, or choose another folder")
    except OSError as error:
        raise StoreError(
            f"{path} cannot be written: {error.strerror}",
            hint="choose a folder you own, or check the free space",
        ) from error
