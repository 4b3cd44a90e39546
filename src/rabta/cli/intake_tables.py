"""Tables that are packed, cut off or spoilt in some rows, for ``rabta import``."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Protocol, TypeVar

from rabta.errors import DataError


if TYPE_CHECKING:
    from collections.abc import Sequence

    from rabta.cli.detect_input import Told
    from rabta.sources.imported import Tally
    from rabta.sources.tables import Choice, Recorded, Spoilt, Table


_NAMED = 12  # columns
_KINDS = {
    "count": "a count",
    "fraction": "a share",
    "rtt": "a delay",
    "throughput": "a rate",
    "prefixes": "address blocks",
}
T_co = TypeVar("T_co", covariant=True)


class Read(Protocol[T_co]):
    """Reads a table; *sound* where every line of it is known to be a row."""

    def __call__(self, readable: Path, *, sound: bool) -> T_co: ...  # noqa: D102


def over(file: Path, tally: "Tally", read: Read[T_co]) -> T_co:
    """Return what *read* makes of *file*, or of a copy without lines that are no rows.

    Raises:
        DataError: nothing of it can be used; it names *file*, whatever was read.
    """
    from rabta.sources.tables import BrokenRowError
    from rabta.sources.tables.salvage import salvage

    with plain(file, tally) as readable, TemporaryDirectory(prefix="rabta-") as folder:
        copy = Path(folder) / "table"
        try:
            try:
                return read(readable, sound=False)
            except BrokenRowError as error:
                refused = error.with_traceback(None)  # it holds all that was read
            salvage(readable, copy, tally, refused)
            return read(copy, sound=True)
        except DataError as error:
            for one in (copy, readable):
                error.message = error.message.replace(str(one), str(file))
            error.file = str(file)
            raise


@contextmanager
def plain(file: Path, tally: "Tally") -> Iterator[Path]:
    """Lend *file*, or what is sound of it unpacked where the engine cannot read it.

    Raises:
        DataError: nothing of it can be unpacked, or there is no room for it.
    """
    from rabta.sources.stream import is_packed
    from rabta.sources.tables.look import check_packed

    with file.open("rb") as stream:
        packed = is_packed(stream.read(4))
    if packed and file.suffix == ".gz":
        try:
            check_packed(file)
        except DataError:
            pass  # its good part is kept
        else:
            packed = False
    if not packed:
        yield file
        return
    with TemporaryDirectory(prefix="rabta-") as folder:
        # a name of its own: by that of the file the engine would unpack it once more
        yield _unpacked(file, Path(folder) / "table", tally)


def _unpacked(file: Path, into: Path, tally: "Tally") -> Path:
    from rabta.sources.stream import Stream

    last = 0  # where the last whole line ends
    try:
        with into.open("wb") as out:
            for chunk in Stream(file, tally).chunks():
                end = chunk.rfind(b"\n") + 1
                last = out.tell() + end if end else last
                out.write(chunk)
            if tally.partial:
                out.truncate(last)
    except OSError as error:
        raise DataError(
            f"cannot be unpacked: {error.strerror or error}", file=str(file)
        ) from None
    return into


def notes(choice: "Choice", zone: str) -> Iterator[str]:
    """Yield how a table was understood, as far as that was not said."""
    from rabta.sources.tables.dates import ORDERS
    from rabta.sources.times import UNZONED

    if choice.form.says in ORDERS:
        yield f"dates are read as {choice.form.says.replace('-', ' ')}"
    if not (choice.form.zoned or zone):
        yield UNZONED
    if choice.left:
        listed = ", ".join(f"{column} ({why})" for column, why in choice.left[:_NAMED])
        more = ", …" if len(choice.left) > _NAMED else ""
        yield f"columns left out: {listed}{more}"


def assumed(told: "Told") -> Iterator[str]:
    """Yield what each signal was taken for of which nobody said it."""
    guessed = [
        (one, meaning)
        for one, meaning in zip(told.choice.signals, told.meanings, strict=True)
        if meaning.guessed
    ]
    if not guessed:
        return
    guessed.sort(key=lambda pair: pair[1].kind != "count")  # of these least is known
    listed = "; ".join(
        f"{one.name!r} as {_KINDS[meaning.kind]}"
        f" {_in(one.form.unit or meaning.unit(one.column))}, {meaning.worse} is worse"
        for one, meaning in guessed[:_NAMED]
    )
    more = "; …" if len(guessed) > _NAMED else ""
    yield (
        f"taken by name, unit and values: {listed}{more}. To say otherwise:"
        f" --signal NAME:KIND=COLUMN, KIND one of {', '.join(_KINDS)}; a count or share"
        " of which more is worse: --signal loss=COLUMN"
    )


def _in(unit: str) -> str:
    return f"in {unit}" if unit else "without a unit"


def doubts(found: "Sequence[Recorded]", scales: "Sequence[str]") -> Iterator[str]:
    """Yield of which columns of an export it cannot be told how they are scaled."""
    unknown = dict.fromkeys(
        one.name for one, how in zip(found, scales, strict=True) if not how
    )
    if unknown:
        yield (
            f"whether {', '.join(unknown)} is counted or a share of its largest value"
            " cannot be told: exports of other times may be on another scale"
        )


def put_aside(spoilt: "Spoilt", table: "Table", tally: "Tally") -> None:
    """Account for rows that cannot be used; one that was cut off ends the file."""
    from rabta.sources.tables.spoilt import cut_off

    for row in spoilt.rows:
        where = f"row {row.line}, column {row.column!r}"
        tally.put_aside(row.reason, -1, row.text, where=where)
        if row.last and not tally.partial and cut_off(table):
            tally.partial = f"cut off in row {row.line}"
    more = spoilt.count - len(spoilt.rows)
    if more > 0:
        tally.put_more_aside("rows that cannot be used", more)
