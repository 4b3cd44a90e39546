"""Cells over several lines that begin far behind the head of a file."""

import gzip

import numpy as np
import pytest

from rabta.clock import SECOND
from rabta.sources.tables import Spoilt, choose, engine, look, read


T = 1_735_689_600
ROWS = 30_000
NOTES = ("a\nb", "a\r\nb", "\n", 'say ""a\nb""', f"1,2\n{T},5,6,x", "x\n" * 40)


def table(columns, first, every, note, end):
    """Return the text of one, its last column a note, and the numbers in it."""
    numbers = np.arange(ROWS * columns).reshape(ROWS, columns) * 7919 % 1000 / 10
    lines = ["time," + ",".join(f"v{n}" for n in range(columns)) + ",note"]
    for row, values in enumerate(numbers.tolist()):
        said = row >= first and (row - first) % every == 0
        cells = [T + 60 * row, *values, f'"{note}"' if said else "ok"]
        lines.append(",".join(map(str, cells)))
    return end.join(lines) + end, numbers


@pytest.mark.parametrize("note", NOTES)
@pytest.mark.parametrize(
    ("columns", "first", "every", "end", "packed"),
    [
        (2, 22_000, 1_000, "\n", False),
        (5, 22_000, 1, "\r\n", False),
        (2, ROWS - 1, 1, "\n", False),
        (5, 20_000, 3, "\n", True),
    ],
)
def test_no_row_is_lost_to_line_breaks_late_in_the_file(
    tmp_path, monkeypatch, note, columns, first, every, end, packed
):
    """Wherever they lie in what is read at once, and by whichever thread."""
    monkeypatch.setattr(engine, "_LINE", 32_768)
    monkeypatch.setattr(engine, "_BUFFER", 65_536)
    text, numbers = table(columns, first, every, note, end)
    file = tmp_path / ("late.csv.gz" if packed else "late.csv")
    file.write_bytes(gzip.compress(text.encode(), 1) if packed else text.encode())
    seen = look(file)
    assert seen.tidy
    spoilt = Spoilt()

    found = read(seen, choose(seen), spoilt=spoilt)

    assert not spoilt.count
    assert [one.column for one in found] == [f"v{n}" for n in range(columns)]
    for one, values in zip(found, numbers.T, strict=True):
        assert (one.times == (T + 60 * np.arange(ROWS)) * SECOND).all()
        assert (one.values == values).all()
