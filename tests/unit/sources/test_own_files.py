"""What a firm already has: Prometheus, speed tests, logs of ping."""

import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from rabta.clock import HOUR
from rabta.errors import DataError
from rabta.sources import pinglog, prometheus, speedtest
from rabta.sources.imported import Tally
from rabta.sources.recognise import recognise
from rabta.sources.stream import Stream

from .helpers import NOW, balanced, parse, recorded


def put(tmp_path, text):
    file = tmp_path / "file"
    file.write_text(text)
    return file


MATRIX = {
    "status": "success",
    "data": {
        "resultType": "matrix",
        "result": [
            {
                "metric": {
                    "__name__": "probe_icmp_duration_seconds",
                    "instance": "1.1.1.1",
                    "phase": "rtt",
                },
                "values": [[1_700_000_000, "0.02"], [1_700_000_015.5, "NaN"]],
            },
            {"metric": {"__name__": "up"}, "values": [[1_700_000_000, "none"]]},
        ],
    },
}


def test_a_range_query_is_a_series_per_row(tmp_path):
    file = put(tmp_path, json.dumps(MATRIX))
    assert recognise(file).name == "prometheus"
    (one,), _, tally = parse(file, prometheus.read)
    assert one.entity == "target/1.1.1.1"
    assert (one.metric, one.unit) == ("probe_icmp_duration_seconds", "s")
    assert one.vantage == "phase=rtt"
    assert one.times.tolist() == [1_700_000_000_000_000, 1_700_000_015_500_000]
    assert np.isnan(one.values[1])
    assert tally.reasons == {"a value is no number": 1}


def test_series_whose_labels_are_long_stay_apart(tmp_path):
    rows = [
        {
            "metric": {"__name__": "up", "instance": "a", "b": "x" * 300, "pod": pod},
            "values": [[1_700_000_000, "1"]],
        }
        for pod in ("one", "two")
    ]
    rows.append({"metric": {"__name__": "h"}, "histograms": [[1_700_000_000, {}]]})
    document = {**MATRIX, "data": {"resultType": "matrix", "result": rows}}
    file = put(tmp_path, json.dumps(document))
    pieces, _, tally = parse(file, prometheus.read)
    assert len({one.vantage for one in pieces}) == 2
    assert max(len(one.vantage) for one in pieces) <= 200
    assert (tally.kept, tally.passed) == (2, 1)


def test_an_error_of_prometheus_is_told(tmp_path):
    with pytest.raises(DataError, match="parse error"):
        parse(
            put(tmp_path, '{"status":"error","error":"parse error"}'), prometheus.read
        )


PING = """PING dns.google (8.8.8.8) 56(84) bytes of data.
[1443267790.819] 64 bytes from dns.google (8.8.8.8): icmp_seq=1 ttl=57 time=12.9 ms
[1443267791.820] no answer yet for icmp_seq=2
[1443267792.821] 64 bytes from dns.google (8.8.8.8): icmp_seq=3 ttl=57 time=13.1 ms
what is this

--- dns.google ping statistics ---
"""


def test_a_log_of_ping_gives_delay_and_loss(tmp_path):
    file = put(tmp_path, PING)
    assert recognise(file).name == "ping-log"
    pieces, _, tally = parse(file, pinglog.read)
    found = {one.metric: one.values.tolist() for one in pieces}
    assert found == {
        "ping_rtt_seconds": pytest.approx([0.0129, 0.0131]),
        "ping_loss_ratio": [0.0, 1.0, 0.0],
    }
    assert tally.reasons == {"not a line of ping": 1}
    (aside,) = tally.aside
    assert PING.encode()[aside.offset :].startswith(b"what is this")


def test_a_log_of_fping_is_read(tmp_path):
    file = put(
        tmp_path,
        "[1443267790.81987] 8.8.8.8 : [0], 84 bytes, 12.9 ms (12.9 avg, 0% loss)\n"
        "[1443267791.81987] 8.8.8.8 : [1], timed out (12.9 avg, 50% loss)\n",
    )
    assert recognise(file).name == "ping-log"
    pieces, _, _ = parse(file, pinglog.read, "uplink/ptcl")
    found = {one.metric: one.values.tolist() for one in pieces}
    assert found == {"ping_rtt_seconds": [0.0129], "ping_loss_ratio": [0.0, 1.0]}
    assert {(one.entity, one.target) for one in pieces} == {("uplink/ptcl", "8.8.8.8")}


def test_a_log_without_times_is_refused_with_the_cure(tmp_path):
    line = "64 bytes from 8.8.8.8: icmp_seq=1 ttl=57 time=12.9 ms\n"
    with pytest.raises(DataError, match="ping -D"):
        recognise(put(tmp_path, line * 3))


OOKLA = {
    "type": "result",
    "timestamp": "2024-03-11T03:00:01Z",
    "ping": {"jitter": 0.2, "latency": 7.869},
    "download": {"bandwidth": 11_130_794},
    "upload": {"bandwidth": 4_696_348},
    "packetLoss": 1,
}
CLI = {
    "timestamp": "2024-03-11T03:00:01.5Z",
    "ping": 16.4,
    "download": 28_530_000.5,
    "upload": 1_120_000,
}


def test_bytes_bits_and_megabits_become_bits(tmp_path):
    text = json.dumps(OOKLA) + "\n" + json.dumps(CLI) + "\n"
    file = put(tmp_path, text)
    assert recognise(file).name == "speedtest-json"
    pieces, _, _ = parse(file, speedtest.read, "uplink/a")
    found = {one.metric: one.values.tolist() for one in pieces}
    assert found["download_bits_per_second"] == [89_046_352, 28_530_000.5]
    assert found["packet_loss_ratio"] == [0.01]
    assert found["ping_rtt_seconds"] == pytest.approx([0.007869, 0.0164])
    table = (
        "datetimestart,latency,download,upload,downloadbytes\n"
        "2020-03-11T03:00:01Z,7.869,11130794,4696348,62641392\n"
    )
    pieces, _, _ = parse(put(tmp_path, table), speedtest.read)
    found = {one.metric: one.values.tolist() for one in pieces}
    assert found["download_bits_per_second"] == [89_046_352]


APP = (
    "Date,ConnType,Lat,Lon,Download,DownloadBytes,Upload,UploadBytes,Latency,"
    "ServerName,InternalIp,ExternalIp\n"
    '"2020-03-11 03:00","Wifi","24.9","67.0",93754,117192500,4696,5870000,8,"X","",""\n'
)
PROGRAMS = {
    "app": (APP, 93_754_000),
    "old app": (APP.replace("Download,DownloadBytes,", "Download,", 1).replace(
        "93754,117192500,", "11524,"), 11_524_000),
    "app without a header of its own": ("""date,ping,download,downloadbytes,upload
2020-03-11,8,93754,117192500,4696
""", 93_754_000),
    "cli": ("""timestamp,idle latency,download,download bytes,upload,share url
2020-03-11T03:00:01Z,7.8,11130794,62641392,4696348,x
""", 89_046_352),
    "speedtest-cli": ("""Server ID,Sponsor,Timestamp,Distance,Ping,Download,Upload
1,X,2020-03-11T03:00:01Z,5,16.4,450000,120000
""", 450_000),
    "home-made": ("""time,ping,download,upload
2020-03-11,16.4,93.7,12
""", 93_700_000),
}  # fmt: skip


@pytest.mark.parametrize("name", PROGRAMS)
def test_rates_of_every_program_become_bits(tmp_path, name):
    text, bits = PROGRAMS[name]
    pieces, _, tally = parse(put(tmp_path, text), speedtest.read)
    found = {one.metric: one.values.tolist() for one in pieces}
    assert found["download_bits_per_second"] == [pytest.approx(bits)]
    assert set(found) == {
        *("download_bits_per_second", "upload_bits_per_second", "ping_rtt_seconds")
    } - ({"ping_rtt_seconds"} if name == "cli" else set())
    assert "rates are taken as" in tally.notes[0]


@pytest.mark.parametrize(
    "text",
    [
        "time,ping,download,upload\n2020-03-11,8,93754,4696\n",
        "time,ping,download,downloadbytes,upload\n2020-03-11,8,93754,10,4696\n",
        APP.replace("117192500", "1"),
    ],
)
def test_rates_of_an_unknown_unit_are_asked_about_and_not_stored(tmp_path, text):
    file = put(tmp_path, text)
    with pytest.raises(DataError, match="--unit bit/s, kbit/s"):
        parse(file, speedtest.read)
    tally = Tally(str(file), NOW)
    told = speedtest.read(Stream(file, tally), tally, "uplink/a", "kbit/s")
    values = {one.metric: one.values.tolist() for one in told}
    assert values["download_bits_per_second"] == [93_754_000]


def test_a_recorded_table_of_tests_is_read_whole():
    file = recorded("uplink/speedtests_2017-2019.csv")
    assert recognise(file).name == "speedtest-csv"
    pieces, _, tally = parse(file, speedtest.read, "uplink/telstra")
    found = {one.metric: one for one in pieces}
    assert tally.kept == tally.records == 23_654
    assert found["download_bits_per_second"].values[0] == pytest.approx(32_370_000)
    assert found["ping_rtt_seconds"].values[0] == pytest.approx(0.019176)


def test_a_table_of_speed_tests_with_decimal_commas_in_a_zone_of_its_own(tmp_path):
    file = put(
        tmp_path,
        "Date;Download;Upload;Ping\r\n"
        "2024-07-01 12:00;1.045,3;12,1;23,4\r\n2024-07-01 13:00;45,3;12,1;23,4\r\n",
    )
    assert recognise(file).name == "speedtest-csv"
    tally = Tally(str(file), NOW)
    told = speedtest.read(
        Stream(file, tally), tally, "uplink/a", "Mbit/s", ZoneInfo("Asia/Karachi")
    )
    found = {one.metric: one for one in told}
    assert found["download_bits_per_second"].values.tolist() == [1_045.3e6, 45.3e6]
    begin = found["ping_rtt_seconds"].times[0]
    assert begin == datetime(2024, 7, 1, 7, tzinfo=UTC).timestamp() * 1e6


@pytest.mark.parametrize(
    ("text", "assumed"),
    [
        ("Date,Download,Upload,Ping\n2024-07-01 12:00,45.3,12,23\n", True),
        ("Date,Download,Upload,Ping\n07/01/2024 12:00,45.3,12,23\n", True),
        ("Date,Download,Upload,Ping\n2024-07-01T12:00Z,45.3,12,23\n", False),
        ('{"timestamp":"2024-07-01T12:00:00","ping":9,"download":9,"upload":9}', True),
        (
            '{"timestamp":"2024-07-01T12:00:00Z","ping":9,"download":9,"upload":9}',
            False,
        ),
    ],
)
def test_that_times_of_speed_tests_are_taken_as_utc_is_said(tmp_path, text, assumed):
    pieces, _, tally = parse(put(tmp_path, text), speedtest.read)
    assert pieces
    assert any("taken as UTC" in one for one in tally.notes) is assumed
    zone = ZoneInfo("Asia/Karachi")
    tally = Tally("", NOW)
    told = speedtest.read(Stream(tmp_path / "file", tally), tally, "", "", zone)
    (moved,) = {int(one.times[0]) for one in told}
    assert moved == pieces[0].times[0] - assumed * 5 * HOUR
    assert not any("taken as UTC" in one for one in tally.notes)


def test_recorded_logs_of_ping_are_read_whole():
    folder = recorded("uplink/pinglog")
    for file in sorted(folder.glob("*.csv")):
        assert recognise(file).name == "ping-log"
        pieces, _, tally = parse(file, pinglog.read)
        assert balanced(tally)
        assert tally.kept > 100
        assert {one.entity for one in pieces} == {"target/bbc", "target/router"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        ('{"a": 1}', "unknown form"),
        ("Lorem ipsum dolor\n", "neither a known export nor a table"),
    ],
)
def test_what_is_not_known_is_refused_with_the_reason(tmp_path, text, says):
    with pytest.raises(DataError, match=says):
        recognise(put(tmp_path, text))


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(DataError, match="folder"):
        recognise(tmp_path)
