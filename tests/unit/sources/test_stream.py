"""Files of any compression, damaged in every way, in bounded memory."""

import bz2
import gzip
import hashlib
import sys
import tracemalloc
from random import Random

import pytest

from rabta.errors import DataError
from rabta.sources.imported import Tally
from rabta.sources.stream import LONGEST_LINE, Stream

from .helpers import NOW


try:
    from compression import zstd
except ImportError:
    from backports import zstd

PACKED = [gzip.compress, bz2.compress, zstd.compress]
TEXT = b"".join(b'{"number": %d}\n' % number for number in range(20_000))


def read(path):
    tally = Tally(str(path), NOW)
    return b"".join(Stream(path, tally).chunks()), tally


@pytest.mark.parametrize("pack", [bytes, *PACKED])
def test_every_compression_gives_the_same_bytes(tmp_path, pack):
    (tmp_path / "f").write_bytes(pack(TEXT))
    found, tally = read(tmp_path / "f")
    assert found == TEXT
    assert not tally.partial


@pytest.mark.parametrize("pack", [bytes, *PACKED])
def test_the_digest_of_a_file_is_taken_while_its_bytes_go_by(tmp_path, pack):
    (tmp_path / "f").write_bytes(pack(TEXT * 20))
    stream = Stream(tmp_path / "f", Tally("f", NOW), digest=True)
    stream.head(100)  # a look at it is no part of the pass
    for _ in stream.lines():
        assert not stream.sha256
    assert stream.sha256 == hashlib.sha256((tmp_path / "f").read_bytes()).hexdigest()
    room = memoryview(bytearray(10_000))
    again = Stream(tmp_path / "f", Tally("f", NOW), digest=True)
    for _ in again.fill(lambda: room, 10_000):
        pass
    assert again.sha256 == stream.sha256


def test_there_is_no_digest_of_what_was_not_read_to_its_end(tmp_path):
    (tmp_path / "f").write_bytes(gzip.compress(TEXT)[:-400])
    stream = Stream(tmp_path / "f", Tally("f", NOW), digest=True)
    next(stream.chunks(1000))
    assert not stream.sha256
    assert not Stream(tmp_path / "f", Tally("f", NOW)).sha256


def test_members_of_gzip_one_after_another_are_one_file(tmp_path):
    (tmp_path / "f").write_bytes(gzip.compress(TEXT[:999]) + gzip.compress(TEXT[999:]))
    assert read(tmp_path / "f")[0] == TEXT


def test_without_isal_gzip_gives_the_same(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "isal.igzip_lib", None)
    test_members_of_gzip_one_after_another_are_one_file(tmp_path)
    test_of_a_file_cut_off_the_good_part_is_kept_and_marked(tmp_path, gzip.compress)
    test_of_a_damaged_file_what_came_before_is_kept(tmp_path, gzip.compress)
    test_a_gzip_bomb_is_left_in_bounded_memory(tmp_path)


@pytest.mark.parametrize("pack", PACKED)
def test_of_a_file_cut_off_the_good_part_is_kept_and_marked(tmp_path, pack):
    packed = pack(TEXT * 40)
    (tmp_path / "f").write_bytes(packed[: len(packed) // 2])
    found, tally = read(tmp_path / "f")
    assert (TEXT * 40).startswith(found)
    assert tally.partial.startswith("cut off at byte")


@pytest.mark.parametrize("pack", PACKED)
def test_of_a_damaged_file_what_came_before_is_kept(tmp_path, pack):
    packed = bytearray(pack(TEXT * 40))
    packed[len(packed) // 2 : len(packed) // 2 + 8] = b"\xff" * 8
    (tmp_path / "f").write_bytes(packed)
    found, tally = read(tmp_path / "f")
    assert len(found) < 40 * len(TEXT)
    assert "damaged" in tally.partial


def test_a_bzip2_file_that_is_unpacked_in_blocks_is_judged_as_a_small_one(tmp_path):
    data = Random(1).randbytes(4_000_000)
    packed = bytearray(bz2.compress(data))
    (tmp_path / "f").write_bytes(packed)
    found, tally = read(tmp_path / "f")
    assert found == data
    assert not tally.partial

    packed[len(packed) // 2 : len(packed) // 2 + 8] = b"\xff" * 8
    (tmp_path / "f").write_bytes(packed)
    found, tally = read(tmp_path / "f")
    assert data.startswith(found)
    assert len(found) > 1_000_000
    assert "damaged" in tally.partial


def test_a_gzip_bomb_is_left_in_bounded_memory(tmp_path):
    packed = gzip.compress(b"\0" * 300_000_000)
    (tmp_path / "f").write_bytes(packed)
    tally = Tally("f", NOW)
    tracemalloc.start()
    size = sum(len(one) for one in Stream(tmp_path / "f", tally).chunks())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "grows more than any real file" in tally.partial
    assert size < 100_000_000
    assert peak < 20_000_000


def test_lines_come_whole_and_with_their_offset(tmp_path):
    (tmp_path / "f").write_bytes(TEXT * 20 + b"the last has no end")
    again = b""
    for offset, block in Stream(tmp_path / "f", Tally("f", NOW)).lines():
        assert offset == len(again)
        again += block
    assert again == TEXT * 20 + b"the last has no end"


def test_a_line_without_end_is_put_aside_and_the_next_one_read(tmp_path):
    with (tmp_path / "f").open("wb") as file:
        file.write(b"good\n")
        for _ in range(LONGEST_LINE // 1_000_000 + 9):
            file.write(b"x" * 1_000_000)
        file.write(b"\nalso good\n")
    tally = Tally("f", NOW)
    blocks = list(Stream(tmp_path / "f", tally).lines())
    assert [block for _, block in blocks] == [b"good\n", b"also good\n"]
    size = (tmp_path / "f").stat().st_size
    assert blocks[-1][0] == size - len(b"also good\n")
    assert tally.reasons == {"the line is too long": 1}


def test_a_document_beyond_the_limit_is_refused_with_a_cure(tmp_path):
    (tmp_path / "f").write_bytes(b"[" + b" " * 17_000_000 + b"]")
    with pytest.raises(DataError, match="shorter periods"):
        Stream(tmp_path / "f", Tally("f", NOW)).document()
