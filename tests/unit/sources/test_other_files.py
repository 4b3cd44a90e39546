"""Packed, foreign and binary files: read where that is simple, else named."""

import bz2
import io
import lzma
import sqlite3
import tarfile
import zipfile

import numpy as np
import pytest
from benchmarks.fuzz.monitors import DAY, monitors

from rabta.clock import SECOND
from rabta.errors import DataError
from rabta.sources import kuma_db, rrd
from rabta.sources.recognise import recognise

from .helpers import NOW, balanced, parse
from .test_stream import TEXT, read


def zipped(members, **more):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, **more) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


@pytest.mark.parametrize(
    "packed",
    [
        lzma.compress(TEXT),
        lzma.compress(TEXT[:999]) + lzma.compress(TEXT[999:]),
        zipped({"a.jsonl": TEXT}),
        zipped({"__MACOSX/._a.jsonl": b"x", "folder/": b"", "folder/a": TEXT}),
    ],
    ids=["xz", "two of xz", "zip", "zip of a Mac"],
)
def test_xz_and_zip_are_unpacked_while_reading(tmp_path, packed):
    (tmp_path / "f").write_bytes(packed)
    found, tally = read(tmp_path / "f")
    assert found == TEXT
    assert not tally.partial


def test_of_a_damaged_one_the_good_part_is_kept(tmp_path):
    (tmp_path / "x").write_bytes(lzma.compress(TEXT * 40)[:-200])
    found, tally = read(tmp_path / "x")
    assert found
    assert tally.partial.startswith("cut off at byte")
    whole = bytearray(zipped({"a": np.random.default_rng(1).bytes(300_000)}))
    whole[250_000] ^= 1
    (tmp_path / "z").write_bytes(whole)
    found, tally = read(tmp_path / "z")
    assert tally.partial.startswith("damaged (")


@pytest.mark.parametrize("pack", [lzma.compress, lambda data: zipped({"a": data})])
def test_a_bomb_is_stopped(tmp_path, pack):
    (tmp_path / "f").write_bytes(pack(bytes(200_000_000)))
    found, tally = read(tmp_path / "f")
    assert len(found) < 100_000_000
    assert "it grows more than any real file does" in tally.partial


def tar():
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("a"))
    return out.getvalue()


ENCRYPTED = bytearray(zipped({"a": b"x"}))
ENCRYPTED[6] |= 1
ENCRYPTED[ENCRYPTED.index(b"PK\1\2") + 8] |= 1
REFUSED = {
    "several": (
        zipped({"a.csv": b"x", "b.csv": b"y"}),
        "of 2 files (a.csv, b.csv); unpack",
        "unzip",
    ),
    "excel": (zipped({"[Content_Types].xml": b"", "xl/a": b""}), "an Excel", "CSV"),
    "ods": (zipped({"mimetype": b"x", "content.xml": b""}), "OpenDocument", "CSV"),
    "encrypted": (bytes(ENCRYPTED), "an encrypted ZIP archive", "unzip"),
    "cut": (zipped({"a": TEXT})[:-90], "a ZIP archive that cannot be read", "whole"),
    "empty": (zipped({}), "an empty ZIP archive", ""),
    "tar": (tar(), "a tar archive", "tar -xf"),
    "tar.bz2": (bz2.compress(tar()), "a tar archive", "tar -xf"),
    "7z": (b"7z\xbc\xaf\x27\x1c" + bytes(99), "a 7z archive", "7z x"),
    "rrd": (b"RRD\0" + b"0003" + bytes(99), "a database of RRDtool", "rrdtool fetch"),
    "utf-16": ("a,b\r\n1,2\r\n".encode("utf-16"), "text in UTF-16", "iconv -f UTF-16"),
    "xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99), "an old Excel", "CSV"),
    "page": (b"<!DOCTYPE HTML><html>404</html>", "a web page", "error page"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_recording_is_named_with_the_cure(tmp_path, name):
    data, says, cure = REFUSED[name]
    file = tmp_path / "it's.bin"
    file.write_bytes(data)
    with pytest.raises(DataError) as refused:
        recognise(file)
    assert str(file) in str(refused.value)
    assert says in str(refused.value)
    assert cure in refused.value.hint
    if " -" in cure:
        assert "it'\"'\"'s" in refused.value.hint  # for a shell


def test_monitors_of_uptime_kuma_1_are_read_from_its_database(tmp_path):
    file = tmp_path / "kuma.db"
    file.write_bytes(monitors(1))
    assert recognise(file).name == "uptime-kuma-database"
    pieces, _, tally = parse(file, kuma_db.read)
    assert balanced(tally)
    assert tally.kept == 2 * 149 + 2
    found = {(one.entity, one.metric): one for one in pieces}
    assert {entity for entity, _ in found} == {"target/web", "target/web_2"}
    failed = found["target/web_2", "check_failed_ratio"]
    assert failed.values.mean() == pytest.approx(24 / 149)
    assert found["target/web_2", "check_seconds"].values.max() == 0.024
    assert not list(tmp_path.glob("kuma.db-*"))


def test_of_uptime_kuma_2_old_hours_are_taken_from_their_sums(tmp_path):
    """Of these it keeps single heartbeats only where the state changed."""
    file = tmp_path / "kuma.db"
    file.write_bytes(monitors(2))
    pieces, _, tally = parse(file, kuma_db.read, "uplink/a")
    assert balanced(tally)
    mine = [
        one
        for one in pieces
        if one.target == "web" and one.metric == "check_failed_ratio"
    ]
    times = np.concatenate([one.times for one in mine]) // SECOND - DAY
    values = np.concatenate([one.values for one in mine])
    assert sorted(times) == sorted(set(times))
    old = times < 70 * 3600
    assert set(values[old]) == {1 / 60}
    assert set((times[old] % 3600).tolist()) == {0}
    assert set(values[times > 73 * 3600]) == {0.0, 1.0}


def test_heartbeats_not_yet_in_the_database_itself_are_read_from_its_log(tmp_path):
    file = tmp_path / "kuma.db"
    file.write_bytes(monitors(1))
    writer = sqlite3.connect(file)
    writer.execute("PRAGMA journal_mode = wal")
    writer.execute(
        "INSERT INTO heartbeat (monitor_id, status, time) VALUES (2, 0, '2025-04-01')"
    )
    writer.commit()
    _, _, tally = parse(file, kuma_db.read)
    writer.close()
    assert tally.kept == 2 * 149 + 3


def test_another_database_and_a_damaged_one_are_refused(tmp_path):
    other = sqlite3.connect(tmp_path / "o.db")
    other.execute("CREATE TABLE songs (name)")
    other.close()
    with pytest.raises(DataError, match=r"not Uptime Kuma's \(it has songs\)"):
        parse(tmp_path / "o.db", kuma_db.read)
    (tmp_path / "k.db").write_bytes(monitors()[:5000])
    with pytest.raises(DataError, match=r"k\.db: this SQLite database cannot be read"):
        parse(tmp_path / "k.db", kuma_db.read)


FETCHED = b"""                traffic_in           ping_loss

1740805200: 1.5000000000e+03 nan
1740805500: -nan -nan
1740805800: 2.5e+03 1.0e-01
1740806100: 1 2 3
"""


def test_what_rrdtool_prints_of_any_database_is_a_series_for_each_source(tmp_path):
    file = tmp_path / "router.txt"
    file.write_bytes(FETCHED)
    assert recognise(file).name == "rrdtool"
    pieces, _, tally = parse(file, rrd.read)
    assert balanced(tally)
    assert (tally.kept, tally.passed, tally.put_aside_count) == (2, 1, 1)
    found = {one.metric: one for one in pieces}
    assert found["traffic_in"].values.tolist() == [1500, 2500]
    assert found["traffic_in"].worse == "lower"
    assert found["ping_loss"].times.tolist() == [1_740_805_800 * SECOND]
    assert found["ping_loss"].worse == "higher"
    assert {one.entity for one in pieces} == {"target/router"}
    assert max(one.times.max() for one in pieces) < NOW


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("1709287500,up\n1709287560,up\n", "table"),
        ("1709287500,up\n1709287560,no\n", "table"),
        ("17557,PK\n9541,PK\n", "asn-country"),
        ("4200000001,PK\n17557,PK\n", "asn-country"),
        ("asn,country\n1709287500,PK\n", "asn-country"),
        ("[1709287500],12.5,0\n[1709287560],13.5,0\n", "table"),
        (" [2024-03-01 10:00:00]; 12,5\n[2024-03-01 10:01:00]; 13\n", "table"),
    ],
)
def test_a_time_is_no_network_and_its_brackets_are_no_json(tmp_path, text, name):
    file = tmp_path / "file"
    file.write_text(text)
    assert recognise(file).name == name


def test_an_array_of_numbers_is_still_json(tmp_path):
    file = tmp_path / "file"
    for text in ("[1709287500, 12.5]\n[1709287560, 13.5]\n", "[[1, 2], [3, 4]]"):
        file.write_text(text)
        with pytest.raises(DataError, match="JSON of an unknown form"):
            recognise(file)
