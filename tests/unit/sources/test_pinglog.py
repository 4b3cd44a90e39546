"""Logs of ping of other systems and languages, and of what never came back."""

from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from rabta.sources import pinglog
from rabta.sources.imported import Tally
from rabta.sources.recognise import recognise
from rabta.sources.stream import Stream
from rabta.sources.times import Wall

from .helpers import NOW, balanced, parse


AT = 1_700_000_000


def answer(seq, *, at=None, name="8.8.8.8", ms=12.5):
    at = seq if at is None else at
    return f"[{AT + at:.3f}] 64 bytes from {name}: icmp_seq={seq} ttl=57 time={ms} ms\n"


def read(tmp_path, text):
    """Return {name: (seconds and what was lost, delays)}, and the account."""
    file = tmp_path / "log"
    file.write_text(text)
    assert recognise(file).name == "ping-log"
    pieces, _, tally = parse(file, pinglog.read)
    assert balanced(tally)
    found = {one.entity: ([], []) for one in pieces}
    for one in pieces:
        seconds = [time / 1e6 - AT for time in one.times.tolist()]
        told = zip(seconds, one.values.tolist(), strict=True)
        if one.metric == "ping_loss_ratio":
            found[one.entity][0].extend(
                sorted(pair for pair in told if pair[1] == pair[1])
            )
        else:
            found[one.entity][1].extend(one.values.tolist())
    return found, tally


def test_what_is_left_out_between_two_answers_was_lost(tmp_path):
    """Without -O, ping prints nothing for it."""
    found, _ = read(tmp_path, answer(1) + answer(2) + answer(5) + answer(6))
    (lost, delays) = found["target/8.8.8.8"]
    assert lost == [(1, 0), (2, 0), (3, 1), (4, 1), (5, 0), (6, 0)]
    assert len(delays) == 4


def test_numbers_that_begin_anew_are_of_another_run_or_around(tmp_path):
    text = answer(4000, at=0) + answer(1, at=50) + answer(3, at=52)
    text += answer(65535, at=100, name="b") + answer(1, at=102, name="b")
    found, _ = read(tmp_path, text)
    assert found["target/8.8.8.8"][0] == [(0, 0), (50, 0), (51, 1), (52, 0)]
    assert found["target/b"][0] == [(100, 0), (101, 1), (102, 0)]


def test_numbers_that_cannot_be_do_not_fill_the_memory(tmp_path):
    text = "".join(
        answer(seq, at=10 * n) for n, seq in enumerate([1, 60_000, 500, 60_000] * 50)
    )
    _, tally = read(tmp_path, text)
    file = tmp_path / "log"
    values = sum(len(one.times) for one in parse(file, pinglog.read)[0])
    assert tally.kept == 200
    assert values < 300_000


def test_an_answer_that_comes_late_was_not_lost(tmp_path):
    text = answer(1) + f"[{AT + 2}.0] no answer yet for icmp_seq=2\n"
    text += answer(2, at=2.5, ms=1490.0) + answer(3)
    found, _ = read(tmp_path, text)
    assert [lost for _, lost in found["target/8.8.8.8"][0]] == [0, 0, 0]


def test_a_log_that_begins_or_stays_lost_is_of_what_was_asked(tmp_path):
    lost = f"[{AT + 1}.0] no answer yet for icmp_seq=1\n"
    head = "PING dns.google (8.8.8.8) 56(84) bytes of data.\n"
    found, _ = read(tmp_path, head + lost)
    assert found == {"target/dns.google": ([(1, 1)], [])}
    found, _ = read(tmp_path, head + lost + answer(2, name="one.one"))
    assert found == {"target/one.one": ([(1, 1), (2, 0)], [0.0125])}


def test_an_address_of_version_6_is_whole(tmp_path):
    found, _ = read(tmp_path, answer(1, name="2001:4860:4860::8888"))
    assert list(found) == ["target/2001:4860:4860::8888"]


@pytest.mark.parametrize(
    "lines",
    [
        "[{at}.0] 64 Bytes von 8.8.8.8: icmp_seq=1 TTL=57 Zeit=12.5 ms\n",
        "[{at}.0] 64 octets de 8.8.8.8 : icmp_seq=1 ttl=57 temps=12.5 ms\n",
        "2023-11-14T22:13:20Z 64 bytes from 8.8.8.8: seq=0 ttl=57 time=12.5 ms\n",
        "2023-11-15T03:13:20.0000000+05:00 Reply from 8.8.8.8: bytes=32 time=12ms\n",
        "2023-11-14T22:13:20Z Antwort von 8.8.8.8: Bytes=32 Zeit=12ms TTL=57\n",
    ],
)
def test_other_systems_and_languages(tmp_path, lines):
    found, tally = read(tmp_path, lines.format(at=AT))
    (lost, delays) = found["target/8.8.8.8"]
    assert lost == [(0, 0)]
    assert delays == pytest.approx([0.0125], rel=0.05)
    assert not tally.reasons


def test_what_windows_and_macos_print_of_lost_ones(tmp_path):
    text = "2023-11-14T22:13:20Z PING 8.8.8.8 (8.8.8.8): 56 data bytes\n"
    text += "2023-11-14T22:13:20Z Request timeout for icmp_seq 0\n"
    text += "2023-11-14T22:13:21Z Request timed out.\n"
    found, tally = read(tmp_path, text)
    assert found == {"target/8.8.8.8": ([(0, 1), (1, 1)], [])}
    assert not tally.reasons


def test_rows_without_a_zone_are_of_the_zone_that_is_told(tmp_path):
    file = tmp_path / "log"
    file.write_text("2024-07-01 12:00:00,bbc,12.9 ms\n")
    tally = Tally(str(file), NOW)
    zone = ZoneInfo("Asia/Karachi")
    one, *_ = pinglog.read(Stream(file, tally), tally, "", zone)
    assert one.times[0] == datetime(2024, 7, 1, 7, tzinfo=UTC).timestamp() * 1e6


@pytest.mark.parametrize(
    ("stamp", "zone", "assumed"),
    [
        ("2024-07-01 12:00:00", None, True),
        ("2024-07-01 12:00:00", UTC, False),
        ("2024-07-01 12:00:00Z", None, False),
        ("[1719835200.5]", None, False),
    ],
)
def test_that_times_are_taken_as_utc_is_said_where_it_was_assumed(
    tmp_path, stamp, zone, assumed
):
    file = tmp_path / "log"
    file.write_text(f"{stamp} 64 bytes from 8.8.8.8: icmp_seq=1 ttl=57 time=12.9 ms\n")
    tally = Tally(str(file), NOW)
    assert list(pinglog.read(Stream(file, tally), tally, "", zone))
    assert any("taken as UTC" in one for one in tally.notes) is assumed


def test_the_hour_told_twice_is_told_apart_and_the_one_left_out_is_none():
    wall = Wall(ZoneInfo("Europe/Berlin"))
    times = ["02:50", "02:55", "02:00", "02:05", "03:00"]
    found = [wall.micros(f"2024-10-27 {one}:00") for one in times]
    steps = [(b - a) // 60_000_000 for a, b in pairwise(found)]
    assert steps == [5, 5, 5, 55]
    assert wall.micros("2024-03-31 02:30:00") is None
    assert wall.micros("2024-10-27 02:00:00+01:00") == found[2]


def test_what_is_no_log_does_not_hang():
    for octets in (b"\0", b"1", b"1 ", b"1 a b c :seq=1 ", b"=1 "):
        text = octets * ((1 << 20) // len(octets))
        assert pinglog.UNTIMED.search(text) is None
        assert not pinglog.looks(text)


@pytest.mark.parametrize(
    "rows",
    [
        "{0},12.5,0.1\n{1},12.6,0.2\n",
        "{0},12,\n{1},13,\n",
        "{0};12,5;0,1\n{1};12,6;0,2\n",
        '{0},"1,234"\n{1},"12,345"\n',
        "{0},karachi,up\n{1},lahore,down\n",
        "{0},karachi,12.5,0.1\n{1},lahore,12.5,0.1\n",
    ],
)
@pytest.mark.parametrize("head", ["", "time,rtt,loss\n", "when,where,what\n"])
def test_a_table_whose_first_column_is_a_time_is_a_table(tmp_path, head, rows):
    file = tmp_path / "table.csv"
    text = head + rows.format("2024-03-01T10:00:00Z", "2024-03-01T10:05:00Z")
    file.write_text(text)
    assert recognise(file).name == "table"


def test_rows_of_names_and_addresses_are_a_log(tmp_path):
    text = "2023-11-14T22:13:20Z,8.8.8.8,12.5 ms\n2023-11-14T22:13:21Z,bbc,\n"
    found, tally = read(tmp_path, text)
    assert found == {
        "target/8.8.8.8": ([(0, 0)], [0.0125]),
        "target/bbc": ([(1, 1)], []),
    }
    assert not tally.reasons
