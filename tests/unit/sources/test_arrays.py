"""Arrays of objects that are larger than what is held at once."""

import json
import random

import msgspec
import pytest

from rabta.errors import DataError
from rabta.sources import arrays
from rabta.sources.imported import Tally
from rabta.sources.records import Lines
from rabta.sources.stream import Stream

from .helpers import NOW


class Row(msgspec.Struct):
    a: int
    b: object = None


@pytest.fixture
def read(tmp_path, monkeypatch):
    """Read an array a few bytes at a time; the rows' numbers and the tally."""
    whole = Stream.chunks
    monkeypatch.setattr(arrays, "_HEAD", 60)

    def go(text, size):
        monkeypatch.setattr(Stream, "chunks", lambda self, _=0: whole(self, size))
        file = tmp_path / "rows.json"
        file.write_bytes(text)
        tally = Tally(str(file), NOW)
        lines = Lines(Row).records(Stream(file, tally), tally)
        return [one.a for many in lines for _, one in many], tally

    return go


SLY = [None, [{"a": 1}, {"a": 2}], '},{"a":', {"a": {"a": 3}}, "x" * 300]


def text_of(rng, count):
    rows = [{"a": number, "b": rng.choice(SLY)} for number in range(count)]
    return json.dumps(rows, indent=rng.choice([None, 1])).encode()


@pytest.mark.parametrize("size", [7, 50, 4000])
def test_every_row_is_read_however_it_is_cut_into_chunks(read, size):
    rng = random.Random(size)
    for count in range(12):
        numbers, tally = read(text_of(rng, count), size)
        assert numbers == list(range(count))
        assert not tally.partial


def test_of_an_array_that_is_cut_off_the_whole_rows_are_kept(read):
    rng = random.Random(1)
    for _ in range(30):
        text = text_of(rng, 12)
        numbers, tally = read(text[: rng.randint(20, len(text) - 2)], 50)
        assert numbers == list(range(len(numbers)))
        assert "cut off at byte" in tally.partial


def test_a_row_that_is_damaged_is_put_aside_alone(read):
    numbers, tally = read(b'[{"a":1},{"a":"x"},{"a":3}]', 5)
    assert numbers == [1, 3]
    assert tally.put_aside_count == 1
    numbers, tally = read(b'[{"a":1},{"a" 2},{"a":3}]', 500)
    assert numbers == [1, 3]
    assert sum(tally.reasons.values()) == 1


@pytest.mark.parametrize("text", [b"[1,2]", b"[" * 3000])
def test_an_array_of_anything_else_is_refused(read, text):
    with pytest.raises(DataError):
        read(text, 5000)
