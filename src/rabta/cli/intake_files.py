"""One file after the other: recognised, parsed, put into the store."""

from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING

from rabta.cli.progress import Progress
from rabta.clock import Clock, SystemClock


if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rabta.agent.gathering import Sink
    from rabta.agent.intake import Intake
    from rabta.agent.networks import Learnt
    from rabta.agent.together import Together
    from rabta.cli.detect_input import Told
    from rabta.cli.routes import RouteFiles
    from rabta.model.provenance import Provenance
    from rabta.sources.imported import Item, Tally
    from rabta.sources.recognise import Format
    from rabta.sources.stream import Stream
    from rabta.sources.tables import Recorded
    from rabta.store import Store


_MIXED = 1.5  # rows of one time
_HELD = 1_400_000  # values of a table that are kept as they are, within 300 MB
_PIECE = 200_000  # of them that are handed on at once, as that takes copies


@dataclass(frozen=True, slots=True)
class Table:
    """What the command line says of entities and of tables."""

    entity: str = ""
    time: str = ""
    signals: tuple[str, ...] = ()
    by: str = ""
    zone_name: str = ""
    unit: str = ""
    """Of the rates in tables of speed tests."""


@dataclass(frozen=True, slots=True)
class Brought:
    """What became of one file."""

    file: Path
    format: "Format"
    intake: "Intake"
    stream: "Stream"
    learnt: "Learnt | None" = None
    """What it said of whose networks are."""
    waits: bool = False
    """Whether it is counted with files that follow, such as those of one hour."""


class Parts:
    """Files that are counted together: measurements of one hour, probes of a country.

    They are so within one command, which is told of all of them beforehand.
    """

    def __init__(self, files: "Sequence[Path]") -> None:
        self._left = Counter(map(_kind, files)) if len(files) > 1 else Counter()
        self._together: dict[str, Together] = {}

    def take(self, form: "Format") -> "tuple[Together, bool]":
        """Return what reads the next file, and whether it is the last of its kind."""
        from rabta.agent.together import Together

        kind = form.joint
        if not kind or not self._left[kind]:
            return Together(), True
        self._left[kind] -= 1
        return self._together.setdefault(kind, Together()), not self._left[kind]


def _kind(file: Path) -> str:
    from rabta.errors import DataError
    from rabta.sources.recognise import recognise

    try:
        return recognise(file).joint
    except DataError:  # said when its turn comes
        return ""


def origin(brought: Brought) -> "Provenance":
    """Say where a file's data came from."""
    from rabta.agent.provenance import provenance

    form, now = brought.format, SystemClock().now()
    what = brought.file.name
    return provenance(brought.stream, what, form.source, form.licence, now)


def check_unit(unit: str) -> None:
    """Raise ``UsageError`` for what is no unit of a rate."""
    if not unit:
        return
    from rabta.errors import UsageError
    from rabta.sources.speedtest import UNITS

    if unit not in UNITS:
        known = ", ".join(UNITS)
        raise UsageError(f"--unit {unit}: no unit of a rate", hint=f"one of {known}")


@contextmanager
def destination(
    path: Path | None, clock: Clock | None = None
) -> "Iterator[Store | None]":
    """Open the store beside whoever measures; None stays None."""
    if path is None:
        yield None
        return
    from rabta.store import Store

    with Store.open(path, clock=clock or SystemClock(), beside=True) as store:
        yield store


@contextmanager
def gathered(store: "Store | None", progress: Progress) -> "Iterator[Sink | None]":
    """Gather what files hold, and add it to the store when the block ends."""
    if store is None:
        yield None
        return
    from rabta.agent.gathering import gathering
    from rabta.agent.intake import patiently

    with gathering(store, patiently) as sink:
        yield sink
        with progress.stage("storing"):
            sink.flush()


def bring(
    file: Path,
    table: Table,
    store: "Sink | None",
    progress: Progress,
    routes: "RouteFiles",
    parts: Parts,
) -> Brought:
    """Import one file.

    Raises:
        DataError: it is of no known form, or nothing in it can be used.
    """
    from rabta.agent import networks
    from rabta.agent.intake import Intake, take
    from rabta.agent.recount import recounted
    from rabta.sources.imported import Tally
    from rabta.sources.recognise import TABLE, recognise
    from rabta.sources.stream import Stream

    with progress.stage("looking", file=file.name):
        form = TABLE if table.signals else recognise(file)
    size = file.stat().st_size
    tally = Tally(str(file), SystemClock().now())
    stream = Stream(file, tally, digest=True)
    if form.learns:
        with progress.stage("reading", file=file.name, size=size):
            learnt = networks.take(stream, tally, store.path if store else None)
        return Brought(file, form, Intake(tally), stream, learnt)
    together, last = parts.take(form)
    if form is TABLE:
        items: Iterator[Item] = _of_table(file, table, tally, progress)
    elif form.name == "mrt":
        items = routes.read(stream, tally)
    elif (own := _own(form, stream, tally, table)) is not None:
        items = own
    else:
        items = together.read(form, stream, tally, table.entity)
    intake = Intake(tally)
    with progress.stage("reading", file=file.name, size=size):
        if form.name == "mrt":
            progress.follow(lambda: stream.read_bytes / max(1, size))
        try:
            take(_told(items, stream, size, progress), tally, store, intake)
        finally:  # the files before it are good, whatever becomes of this one
            if last:
                rest = recounted(together.rest(tally, table.entity), tally, store)
                take(rest, tally, store, intake)
    return Brought(file, form, intake, stream, waits=not last)


def _own(
    form: "Format", stream: "Stream", tally: "Tally", table: Table
) -> "Iterator[Item] | None":
    """Read measurements of the user's own, by what the user says; None of others."""
    if form.source not in ("speedtest", "ping"):
        return None
    from rabta.cli.detect_zone import zone_of_name
    from rabta.sources import pinglog, speedtest

    zone = zone_of_name(table.zone_name)
    if form.source == "ping":
        return pinglog.read(stream, tally, table.entity, zone)
    return speedtest.read(stream, tally, table.entity, table.unit, zone)


def _told(
    items: "Iterator[Item]", stream: "Stream", size: int, progress: Progress
) -> "Iterator[Item]":
    """Tell the progress on the way."""
    for item in items:
        progress.report(stream.read_bytes / size if size else 1.0)
        yield item


def _shares_first(one: "tuple[str, Recorded]") -> bool:
    return one[0] != "shares"


def _of_table(
    file: Path, table: Table, tally: "Tally", progress: Progress
) -> "Iterator[Item]":
    """Read any table by its columns, chosen or named; rows of no use are put aside."""
    from rabta.cli.detect_input import Ask, parse_signal, understand
    from rabta.cli.detect_zone import zone_of_name
    from rabta.cli.intake_tables import assumed, doubts, notes, over, put_aside
    from rabta.sources.imported import piece
    from rabta.sources.ioda import EXPORT, SCALED, is_export, scale
    from rabta.sources.tables import Spoilt, read
    from rabta.sources.tables.together import together

    def rows(readable: Path, *, sound: bool) -> "tuple[Told, list[Recorded]]":
        """Read one, and put rows of no use aside."""
        ask = Ask(
            (readable,),
            table.entity,
            table.time,
            tuple(parse_signal(one) for one in table.signals),
            table.by,
            zone_of_name(table.zone_name),
        )
        (told,) = understand(ask, progress)
        if sound:  # cells may run over lines anywhere
            told = replace(told, table=replace(told.table, tidy=False, sound=True))
        spoilt = Spoilt()
        zone = ask.zone or UTC
        found = read(
            told.table,
            told.choice,
            zone,
            report=progress.report,
            spoilt=spoilt,
            held=_HELD,
        )
        put_aside(spoilt, told.table, tally)
        return told, found

    told, found = over(file, tally, rows)
    tally.notes += notes(told.choice, table.zone_name)
    meanings = dict(
        zip((one.column for one in told.choice.signals), told.meanings, strict=True)
    )
    export = is_export(told.table.columns)
    scales = [scale(one.values) if export else "" for one in found]
    tally.notes += doubts(found, scales) if export else assumed(told)
    shared = 1.0
    stem = file.name.removesuffix(".gz").rpartition(".")[0] or file.name
    # shares of a maximum first: they may be refused, and then nothing is stored
    for how, one in sorted(zip(scales, found, strict=True), key=_shares_first):
        shares = how == "shares"
        meaning = meanings[one.column]
        tally.keep(one.measured)
        times, values = together(one.times, one.values)
        shared = max(shared, len(one.times) / max(1, len(times)))
        base = table.entity or f"file/{stem}"
        at_once = max(1, len(times)) if shares else _PIECE
        for start in range(0, len(times), at_once):
            some = slice(start, start + at_once)
            yield piece(
                "ioda" if export else "file",
                one.name,
                f"{base}/{one.group}" if one.group else base,
                times[some],
                values[some],
                unit=one.unit or meaning.unit(one.column),
                worse=meaning.worse,
                vantage=(SCALED if shares else EXPORT) if export else "",
                relative=shares,
            )
    if shared > _MIXED:
        tally.notes.append(
            f"{shared:.0f} rows share each time and are taken together, as their mean:"
            " --by COLUMN keeps them apart"
        )
