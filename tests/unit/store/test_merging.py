"""What is told of one month goes into its file range by range."""

import random

import duckdb
import numpy as np
import pytest

from rabta.clock import MINUTE
from rabta.store import Batch, SeriesKey, merging
from rabta.store.files import bucket_of

from .helpers import T0


def stored(folder):
    """Return every row of the only file, in its order."""
    (file,) = folder.rglob("*.parquet")
    return duckdb.execute(
        "SELECT entity, source, metric, vantage, target, time, value, unit, worse"
        " FROM read_parquet($1, file_row_number = true)"
        " ORDER BY file_row_number",
        [str(file)],
    ).fetchall()


def some_key(rng, names):
    return SeriesKey(
        rng.choice(("file", "ioda", "o'k")),
        rng.choice(("a", "m", "m'0", "ü", "z")),
        rng.choice(names),
        rng.choice(("", "v")),
        rng.choice(("", "t")),
    )


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("names", [("e",), ("e", "e'3", "n", "ö7")])
def test_ranges_however_narrow_keep_every_value(
    store, folder, monkeypatch, seed, names
):
    """Whatever they part: entities, series of one, or the times of one series.

    Each time the names are of one bucket, and so in one file.
    """
    rng = random.Random(seed)
    monkeypatch.setattr(merging, "_AT_ONCE", rng.choice((2, 7, 50)))
    monkeypatch.setattr(merging, "_USUAL", rng.choice((3, 40, 500)))
    monkeypatch.setattr(merging, "_MOST", rng.choice((0, 20)))
    expected = {}
    for _ in range(3):
        batches = []
        for key in {some_key(rng, names) for _ in range(rng.randrange(1, 12))}:
            times = [T0 + rng.randrange(60) * MINUTE for _ in range(rng.randrange(30))]
            values = [rng.choice((0.0, rng.random())) for _ in times]
            batches.append(Batch(key, "s", "higher", times, values))
            row = (key.entity, key.source, key.metric, key.vantage, key.target)
            for time, value in zip(times, values, strict=True):
                expected[*row, time] = value
        store.append(batches)

    found = stored(folder)

    assert found == [
        (*row, value, "s", "higher") for row, value in sorted(expected.items())
    ]


def test_many_series_of_one_entity_take_no_more_memory(store, folder, monkeypatch):
    """As a table of two thousand columns brings them: into an empty file and a full."""
    monkeypatch.setattr(merging, "_MEMORY", "24MB")
    monkeypatch.setattr(merging, "_AT_ONCE", 10_000)
    monkeypatch.setattr(merging, "_USUAL", 20_000)
    times = T0 + np.arange(300) * MINUTE
    for start in (0, 100):
        store.append(
            [
                Batch(
                    SeriesKey("file", f"m{number}", "file/wide"),
                    "",
                    "lower",
                    times + start * MINUTE,
                    np.full(300, float(start)),
                )
                for number in range(1900)
            ]
        )

    found = stored(folder)

    assert len(found) == 1900 * 400
    assert sum(row[6] for row in found) == 1900 * 300 * 100.0


def test_what_is_not_told_of_again_is_not_sorted_again(store, folder, monkeypatch):
    """Were it but two series of an entity that has hundreds, or one before them all."""
    monkeypatch.setattr(merging, "_MEMORY", "24MB")
    monkeypatch.setattr(merging, "_MOST", 20_000)
    times = T0 + np.arange(1000) * MINUTE

    def append(*numbers):
        store.append(
            [
                Batch(SeriesKey("file", f"m{n:03}", "file/wide"), "", "lower", times, v)
                for n in numbers
                for v in [np.full(1000, float(n))]
            ]
        )

    append(*range(1, 300))
    append(0, 150)
    append(300)
    append(0, 300)

    assert [row[6] for row in stored(folder)] == np.repeat(
        np.arange(301.0), 1000
    ).tolist()


def test_a_file_stays_sorted(store, folder):
    """Whichever of its entities is told of again, and however much of it is not."""
    names = [one for n in range(3000) if bucket_of(one := f"asn/{n}") == 1][:300]
    times = T0 + np.arange(1000) * MINUTE
    for some in (names, names[:1]):
        store.append(
            [
                Batch(SeriesKey("file", "m", one), "", "lower", times, np.ones(1000))
                for one in some
            ]
        )

    found = [row[0] for row in stored(folder)]

    assert found == [one for one in sorted(names) for _ in range(1000)]


def test_what_a_killed_process_left_is_removed(store, folder):
    """It would take the room of the file once more with each of them."""
    batch = Batch(SeriesKey("file", "m", "e"), "", "lower", [T0], [1.0])
    store.append([batch])
    (file,) = folder.rglob("*.parquet")
    left = file.parent / ".merging-abc"
    left.mkdir()
    (left / "0").write_bytes(b"rows")

    store.append([batch])

    assert list(file.parent.iterdir()) == [file]
