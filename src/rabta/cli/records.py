"""``rabta import --records``: what each record said, in full, as JSON Lines."""

from collections.abc import Iterator
from pathlib import Path

from rabta.errors import DataError


def full(file: Path) -> Iterator[str]:
    """Yield each result of a file of RIPE Atlas as one JSON object with all fields.

    Raises:
        DataError: the file is none of RIPE Atlas, or records in it were damaged.
    """
    from rabta.clock import SystemClock
    from rabta.sources.atlas_record import printed, record
    from rabta.sources.imported import Tally
    from rabta.sources.recognise import recognise
    from rabta.sources.records import Lines
    from rabta.sources.stream import Stream

    form = recognise(file)
    if form.name != "atlas-results":
        raise DataError(
            f"{form.says}: full records are known of RIPE Atlas results only",
            file=str(file),
            hint="without --records the file is imported",
        )

    tally = Tally(str(file), SystemClock().now())
    decoder: Lines[dict[str, object]] = Lines(dict[str, object])
    for records in decoder.records(Stream(file, tally), tally):
        for offset, raw in records:
            try:
                yield printed(record(raw))
            except ValueError as error:
                tally.put_aside(str(error), offset)
    if tally.aside or tally.partial:
        first = f"{tally.aside[0].reason} (byte {tally.aside[0].offset})"
        raise DataError(
            f"{tally.put_aside_count} records are damaged: {first}"
            if tally.aside
            else f"partial: {tally.partial}",
            file=str(file),
            hint="all others were printed",
        )
