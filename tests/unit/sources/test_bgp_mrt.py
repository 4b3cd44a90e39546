"""MRT archives: equal to what bgpdump printed, compiled or not, whole or damaged."""

import gzip
import os
import re
import struct
import subprocess
import sys
from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rabta.sources.bgp import compile as compiling
from rabta.sources.bgp import kernel, mrt
from rabta.sources.imported import Tally
from rabta.sources.stream import Stream


RECORDED = Path(__file__).parents[4] / "shared" / "data" / "bgp-mrt"
recorded = pytest.mark.skipif(
    not RECORDED.is_dir(), reason="the recorded data is not beside this checkout"
)
COLUMNS = tuple(name for name in mrt.Batch.__slots__ if name != "known")
NOW = 1_800_000_000_000_000


def batches(file):
    tally = Tally(str(file), NOW)
    found = [
        replace(one, **{name: getattr(one, name).copy() for name in COLUMNS})
        for one in mrt.read(Stream(Path(file), tally), tally)
    ]
    return found, tally


def prefix_of(high, low, version, length):
    bits = ((high % 2**64) << 64) | (low % 2**64)
    address = IPv4Address(bits >> 96) if version == 4 else IPv6Address(bits)
    return str(ip_network(f"{address}/{length}"))


def elements(file):
    """Return each element as bgpdump tells it: time, what, who, about what."""
    for batch in batches(file)[0]:
        rows = zip(*(getattr(batch, name).tolist() for name in COLUMNS), strict=True)
        for time, kind, peer, version, hi, lo, length, origin, upstream, *_ in rows:
            who = batch.known[peer]
            head = (time // 1_000_000, kind, str(who.address), who.asn)
            if kind == kernel.STATE:
                yield (*head, upstream, origin)
            elif kind == kernel.WITHDRAWN:
                yield (*head, prefix_of(hi, lo, version, length))
            else:
                yield (*head, prefix_of(hi, lo, version, length), origin)


def printed(file):
    """Return the same of the lines that bgpdump printed."""
    for line in gzip.decompress(file.read_bytes()).decode().splitlines():
        part = line.split("|")
        kinds = {"A": kernel.ANNOUNCED, "W": kernel.WITHDRAWN, "STATE": kernel.STATE}
        head = (int(part[1]), kinds[part[2]], str(ip_address(part[3])), int(part[4]))
        if part[2] == "STATE":
            yield (*head, int(part[5]), int(part[6]))
        elif part[2] == "W":
            yield (*head, str(ip_network(part[5])))
        else:
            last = part[6].split()[-1].strip("{}").split(",")[0]
            yield (*head, str(ip_network(part[5])), int(last))


@recorded
@pytest.mark.parametrize(
    "name",
    ["updates.20160811.1600", "updates.20071015.1505", "updates.20100722.2015"],
)
def test_updates_are_those_that_bgpdump_prints_in_its_order(name):
    ours = list(elements(RECORDED / f"{name}.gz"))
    assert ours == list(printed(RECORDED / f"{name}.gz.bgp.gz"))


@recorded
@pytest.mark.parametrize(
    "name",
    [
        "updates.20100227.1610.gz",
        "ris.rrc06.updates.1427846400.gz",
        "bview.ipv6_unicast_add_path.gz",
        "openbgpd_rib_table-v2",
        "quagga_bgp",
    ],
)
def test_compiled_and_plain_are_equal(name, monkeypatch):
    found = []
    for way in (compiling.plain, compiling.fast):
        monkeypatch.setattr(mrt, "chosen", lambda name, _, way=way: way(name))
        found.append(batches(RECORDED / name))
    (plain, told), (fast, counted) = found
    assert told == counted
    assert [one.known for one in plain] == [one.known for one in fast]
    for one, other in zip(plain, fast, strict=True):
        for column in COLUMNS:
            assert np.array_equal(getattr(one, column), getattr(other, column))


def test_all_that_is_chosen_is_compiled_ahead(tmp_path):
    package = Path(compiling.__file__).parent
    chosen = {
        name
        for file in package.glob("*.py")
        for name in re.findall(r'chosen\("(\w+)"', file.read_text("utf-8"))
    }

    subprocess.run(
        [sys.executable, "-m", "rabta.sources.bgp.ahead"],
        env=os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)},
        check=True,
    )

    kept = {
        file.name.split(".")[1].rpartition("_")[0] for file in tmp_path.rglob("*.nbc")
    }
    assert len(chosen) > 5
    assert chosen <= kept


def attribute(kind, body):
    return struct.pack(">BBB", 0x40, kind, len(body)) + body


def update(prefixes, *, path=(65001, 65002), withdrawn=(), time=1_700_000_000):
    """Return a BGP4MP_MESSAGE_AS4 record of IPv4."""

    def packed(nets):
        out = b""
        for net in map(ip_network, nets):
            size = (net.prefixlen + 7) // 8
            out += bytes([net.prefixlen]) + net.network_address.packed[:size]
        return out

    gone = packed(withdrawn)
    asns = struct.pack(f">BB{len(path)}I", 2, len(path), *path)
    attributes = attribute(1, b"\0") + attribute(2, asns) if prefixes else b""
    body = struct.pack(">H", len(gone)) + gone
    body += struct.pack(">H", len(attributes)) + attributes + packed(prefixes)
    message = b"\xff" * 16 + struct.pack(">HB", 19 + len(body), 2) + body
    head = struct.pack(">IIHH", 65001, 65000, 0, 1) + bytes(
        [192, 0, 2, 1, 192, 0, 2, 2]
    )
    return struct.pack(">IHHI", time, 16, 4, len(head + message)) + head + message


SOUND = [
    update(["198.51.100.0/24", "203.0.113.128/25"]),
    update([], withdrawn=["198.51.100.0/24"], time=1_700_000_060),
    update(["0.0.0.0/0"], path=(65001, 65003, 65003)),
]


def test_an_element_says_who_told_what_when_and_by_which_way(tmp_path):
    file = tmp_path / "updates"
    file.write_bytes(b"".join(SOUND))
    ((batch,), tally) = batches(file)
    assert (tally.kept, tally.partial) == (3, "")
    assert [one[1:] for one in elements(file)] == [
        (kernel.ANNOUNCED, "192.0.2.1", 65001, "198.51.100.0/24", 65002),
        (kernel.ANNOUNCED, "192.0.2.1", 65001, "203.0.113.128/25", 65002),
        (kernel.WITHDRAWN, "192.0.2.1", 65001, "198.51.100.0/24"),
        (kernel.ANNOUNCED, "192.0.2.1", 65001, "0.0.0.0/0", 65003),
    ]
    assert batch.upstreams.tolist() == [65001, 65001, 0, 65001]
    assert batch.times[2] - batch.times[0] == 60_000_000


def hops(*asns, wide):
    return struct.pack(f">BB{len(asns)}{'I' if wide else 'H'}", 2, len(asns), *asns)


def test_an_as4_path_that_is_longer_than_the_path_is_void(tmp_path):
    """RFC 6793, 4.2.3; shorter or as long, it stands for the end of the path."""
    file = tmp_path / "updates"
    with file.open("wb") as out:
        for newer in ((400_001,), (64_500, 400_001), (64_499, 64_500, 400_001)):
            said = attribute(1, b"\0") + attribute(2, hops(64_501, 23_456, wide=False))
            said += attribute(17, hops(*newer, wide=True))
            body = struct.pack(">HH", 0, len(said)) + said + b"\x18\xc6\x33\x64"
            message = b"\xff" * 16 + struct.pack(">HB", 19 + len(body), 2) + body
            head = struct.pack(">HHHH", 64_501, 65_000, 0, 1) + bytes(
                [192, 0, 2, 1, 192, 0, 2, 2]
            )
            size = len(head + message)
            out.write(struct.pack(">IHHI", 1_700_000_000, 16, 1, size) + head + message)
    ((batch,), _) = batches(file)
    ways = list(zip(batch.origins.tolist(), batch.upstreams.tolist(), strict=True))
    assert ways == [(400_001, 64_501), (400_001, 64_500), (23_456, 64_501)]


def test_bits_beyond_the_length_of_a_prefix_mean_nothing(tmp_path):
    record = bytearray(SOUND[0])
    record[-1] |= 0x7F
    file = tmp_path / "updates"
    file.write_bytes(record)
    assert [one[4] for one in elements(file)][1] == "203.0.113.128/25"


def test_a_file_that_is_cut_off_keeps_what_came_before(tmp_path):
    file = tmp_path / "updates"
    file.write_bytes(b"".join(SOUND)[:-5])
    ((batch,), tally) = batches(file)
    assert len(batch.times) == 3
    assert f"byte {len(SOUND[0] + SOUND[1])}" in tally.partial


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_records_that_lie_across_what_is_read_at_once_are_whole(
    packed, tmp_path, monkeypatch
):
    record = SOUND[0]
    file = tmp_path / "mrt"
    text = record * 50 + record[:20]
    file.write_bytes(gzip.compress(text) if packed else text)
    expected, _ = batches(file)
    assert sum(len(one.times) for one in expected) == 100
    for size in (1, 7, len(record), len(record) + 1, 1000):
        monkeypatch.setattr(mrt, "_CHUNK", size)
        found, tally = batches(file)
        for name in COLUMNS:
            parts = [
                np.concatenate([getattr(b, name) for b in x]) for x in (found, expected)
            ]
            assert np.array_equal(*parts), (size, name)
        assert tally.partial.startswith(
            f"cut off in the record at byte {50 * len(record)} "
        )


def test_a_record_that_contradicts_itself_is_put_aside_alone(tmp_path):
    wrong = bytearray(SOUND[0])
    wrong[-5] = 33  # bits of an IPv4 prefix
    file = tmp_path / "updates"
    file.write_bytes(SOUND[1] + bytes(wrong) + SOUND[2])
    ((batch,), tally) = batches(file)
    assert len(batch.times) == 2
    assert tally.put_aside_count == 1
    assert tally.kept == 2


def test_a_length_that_cannot_be_ends_the_file_there(tmp_path):
    wrong = SOUND[0][:8] + b"\xff\xff\xff\xff" + SOUND[0][12:]
    file = tmp_path / "updates"
    file.write_bytes(SOUND[1] + wrong)
    ((batch,), tally) = batches(file)
    assert len(batch.times) == 1
    assert f"byte {len(SOUND[1])} cannot be" in tally.partial


@given(st.data())
def test_whatever_is_damaged_is_counted_and_never_raised(tmp_path_factory, data):
    record = bytearray(b"".join(SOUND))
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(record) - 1))
        record[at] = data.draw(st.integers(0, 255))
    file = tmp_path_factory.mktemp("mrt") / "updates"
    file.write_bytes(record[: data.draw(st.integers(0, len(record)))])
    found, tally = batches(file)
    assert tally.records == tally.kept + tally.passed + tally.put_aside_count
    assert all((batch.peers < len(batch.known)).all() for batch in found)
    assert all((batch.lengths <= 128).all() for batch in found)
