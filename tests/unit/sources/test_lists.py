"""Lists of outages, status pages, other monitors, other public figures."""

import json
from collections import Counter

import duckdb
import pytest

from rabta.clock import SECOND
from rabta.errors import DataError
from rabta.sources import countries
from rabta.sources.recognise import recognise

from .helpers import balanced, parse, recorded


def read(file, about=""):
    form = recognise(file)
    pieces, reports, tally = parse(file, form.parse, about)
    assert balanced(tally)
    return form.name, pieces, reports, tally


def put(tmp_path, value, name="file"):
    file = tmp_path / name
    file.write_text(value if isinstance(value, str) else json.dumps(value))
    return file


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Pakistan", "PK"),
        ("Iran (Islamic Republic of)", "IR"),
        ("Russian Federation", "RU"),
        ("Palestine, State of", "PS"),
        ("Myanmar", "MM"),
        ("Turkey", "TR"),
        ("sy", "SY"),
        ("Atlantis", ""),
    ],
)
def test_names_of_countries_become_codes(name, code):
    assert countries.code(name) == code


def test_the_recorded_list_of_shutdowns_loses_no_row():
    file = recorded("shutdowns/access_now_to_2024.parquet")
    name, _, reports, tally = read(file)
    assert name == "access-now"
    assert tally.records == 1848
    assert len(reports) > 1600
    assert any(one.end is None for one in reports)
    assert Counter(one.entity for one in reports).most_common(1)[0][0] == "country/IN"
    assert all(one.end is None or one.end >= one.start for one in reports)


def test_the_recorded_outages_with_their_dirty_dates_lose_no_row():
    file = recorded("ioda-outages/ioda_outages_2018_2020.csv")
    name, _, reports, tally = read(file)
    assert name == "ioda-outages"
    assert tally.records == 1263
    assert tally.reasons["it ends before it begins"] > 50
    assert sum(one.cause == "exams" for one in reports) > 40
    benin = [one for one in reports if one.entity == "country/BJ"]
    assert benin
    assert any(one.entity == "asn/4538" and one.end is None for one in reports)


STATUSPAGE = {
    "page": {"id": "x", "name": "Git Hub", "url": "https://status.example"},
    "incidents": [
        {
            "id": "i1",
            "name": "Errors",
            "impact": "major",
            "created_at": "2025-03-01T10:00:00.000Z",
            "resolved_at": "2025-03-01T11:00:00.000Z",
        },
        {"id": "i2", "name": "Still", "started_at": "2025-03-02T10:00:00Z"},
        {"id": "i3", "name": "When", "started_at": "once"},
        {"id": 4},
    ],
    "scheduled_maintenances": [
        {
            "id": "m1",
            "name": "New router",
            "scheduled_for": "2027-03-01T10:00:00Z",
            "scheduled_until": "2027-03-01T12:00:00Z",
        }
    ],
}


STOPS = """country,start_date,end_date,shutdown_type
Iraq,2025-03-01,2025-03-02,Shutdown
Iraq,2025-03-03,2025-03-04,"Shutdown
"Iraq",2025-03-05,2025-03-06,"Shut
down"
Iraq,2025-03-07,2025-03-08,Shutdown
"""


def test_a_quote_that_is_never_closed_costs_its_row_alone(tmp_path):
    _, _, reports, tally = read(put(tmp_path, STOPS))
    assert len(reports) == 3
    assert tally.reasons == {"a quote is never closed": 1}
    assert tally.aside[0].where == "row 3"


def test_a_status_page_tells_incidents_and_maintenance_that_lies_ahead(tmp_path):
    name, _, reports, tally = read(put(tmp_path, STATUSPAGE))
    assert name == "statuspage"
    assert [one.kind for one in reports] == ["incident", "incident", "maintenance"]
    assert {one.entity for one in reports} == {"service/git-hub"}
    assert [one.end is None for one in reports] == [False, True, False]
    assert tally.put_aside_count == 2


RSS = """<?xml version="1.0"?><rss version="2.0"><channel><title>Acme Status</title>
<item><title>API &amp; web</title><pubDate>Sat, 01 Mar 2025 10:00:00 +0500</pubDate>
<link>https://s.example/1</link><guid>g1</guid>
<description>&lt;p&gt;x&lt;/p&gt;</description></item>
<item><title><![CDATA[Two]]></title><pubDate>never</pubDate></item>
</channel></rss>"""


def test_a_feed_is_read_without_its_markup(tmp_path):
    name, _, (one,), tally = read(put(tmp_path, RSS))
    assert name == "status-feed"
    assert (one.says, one.id, one.link) == ("API & web", "g1", "https://s.example/1")
    assert one.start == 1_740_805_200 * SECOND
    assert one.entity == "service/acme-status"
    assert tally.put_aside_count == 1


ICS = """BEGIN:VCALENDAR
X-WR-CALNAME:Acme
BEGIN:VEVENT
UID:u1
DTSTART;TZID=Asia/Karachi:20250301T100000
DTEND;TZID=Asia/Karachi:20250301T120000
SUMMARY:Move of the ro
 uter
END:VEVENT
BEGIN:VEVENT
UID:u2
DTSTART:2025
END:VEVENT
END:VCALENDAR
"""


def test_a_calendar_tells_maintenance_in_its_zone(tmp_path):
    name, _, (one,), tally = read(put(tmp_path, ICS))
    assert name == "calendar"
    assert one.start == 1_740_805_200 * SECOND
    assert (one.kind, one.says) == ("maintenance", "Move of the router")
    assert tally.put_aside_count == 1


def ndt(number, rate=10.0):
    return {
        "id": f"t{number}",
        "date": "2025-03-01",
        "a": {
            "TestTime": "2025-03-01 10:30:00 UTC",
            "MeanThroughputMbps": rate,
            "MinRTT": 20,
        },
        "client": {
            "Geo": {"CountryCode": "PK"},
            "Network": {"ASNumber": 17557},
        },
    }


def test_tests_of_ndt_become_hourly_geometric_means_and_counts(tmp_path):
    rows = [ndt(1), ndt(2, 1000.0), ndt(2, 1000.0)]
    file = put(tmp_path, "".join(json.dumps(one) + "\n" for one in rows))
    name, pieces, _, tally = read(file)
    assert name == "ndt"
    found = {one.metric: one.values[0] for one in pieces if one.entity == "country/PK"}
    assert found["throughput_bits_per_second"] == pytest.approx(100e6)
    assert found["min_rtt_seconds"] == pytest.approx(0.02)
    assert found["tests_per_hour"] == 2
    assert tally.duplicates == 1
    assert {one.entity for one in pieces} == {"country/PK", "asn/17557"}


NAMES = {
    "TestTime": "a.TestTime",
    "MeanThroughputMbps": "a.MeanThroughputMbps",
    "MinRTT": "a.MinRTT",
    "CountryCode": "client.Geo.CountryCode",
    "ASNumber": "client.Network.ASNumber",
}


def as_table(rows, name, between=","):
    header = ["id", "a.UUID", "a.LossRate", *NAMES.values(), "server.Geo.CountryCode"]
    lines = [[name(one) for one in header]]
    for row in rows:
        a, client = row["a"], row["client"]
        country, number = client["Geo"]["CountryCode"], client["Network"]["ASNumber"]
        cells = a["TestTime"], a["MeanThroughputMbps"], a["MinRTT"], country, number
        lines.append([row["id"], "", "0.01", *cells, "DE"])
    return "".join(between.join(map(str, one)) + "\r\n" for one in lines)


@pytest.mark.parametrize(
    ("name", "between"),
    [
        (lambda name: name, ","),
        (lambda name: name.replace(".", "_"), ","),
        (lambda name: f'"{name.replace(".", "_")}"', "\t"),
        (
            lambda name: name if "server" in name else name.rpartition(".")[2],
            ";",
        ),
    ],
)
def test_a_table_of_rows_of_ndt_is_what_the_rows_are(tmp_path, name, between):
    rows = [ndt(1), ndt(2, 1000.0), ndt(2, 1000.0), ndt(3, "much")]
    lines = put(tmp_path, "".join(json.dumps(one) + "\n" for one in rows))
    _, expected, _, before = read(lines)
    form, pieces, _, tally = read(put(tmp_path, as_table(rows, name, between)))
    assert form == "ndt-table"
    assert [(p.metric, p.entity, p.values.tolist()) for p in pieces] == [
        (p.metric, p.entity, p.values.tolist()) for p in expected
    ]
    assert (tally.duplicates, tally.put_aside_count) == (1, 1)
    assert (tally.duplicates, tally.kept) == (before.duplicates, before.kept)
    assert balanced(tally)


def test_rows_of_ndt_in_parquet_are_what_the_rows_are(tmp_path):
    rows = [ndt(1), ndt(2, 1000.0), ndt(2, 1000.0)]
    lines = put(tmp_path, "".join(json.dumps(one) + "\n" for one in rows))
    _, expected, _, _ = read(lines)
    table = put(tmp_path, as_table(rows, lambda name: name), "table.csv")
    file = tmp_path / "rows"
    with duckdb.connect() as connection:
        connection.sql(f"FROM read_csv('{table}')").write_parquet(str(file))
    form, pieces, _, tally = read(file)
    assert form == "ndt-table"
    assert [(p.metric, p.entity, p.values.tolist()) for p in pieces] == [
        (p.metric, p.entity, p.values.tolist()) for p in expected
    ]
    assert (tally.kept, tally.duplicates) == (2, 1)


def test_what_comes_before_a_damaged_part_of_parquet_is_kept(tmp_path):
    file = tmp_path / "rows"
    with duckdb.connect() as connection:
        connection.sql(
            "SELECT TIMESTAMP '2025-03-01' AS TestTime, random() * 90 AS MinRTT,"
            " 'PK' AS CountryCode FROM range(300000)"
        ).write_parquet(str(file), row_group_size=20480)
    data = file.read_bytes()
    end = len(data) - 8 - int.from_bytes(data[-8:-4], "little")
    at = end * 3 // 4
    file.write_bytes(data[:at] + b"\xff" * (end - at) + data[end:])
    _, pieces, _, tally = read(file)
    assert "damaged after row" in tally.partial
    assert 0 < tally.kept < 300000
    assert pieces


def test_speed_tests_in_parquet_are_a_table(tmp_path):
    with duckdb.connect() as connection:
        rows = "SELECT TIMESTAMP '2025-03-01' AS time, 9 AS download, 1 AS upload, 3 AS"
        connection.sql(f"{rows} ping").write_parquet(str(tmp_path / "file"))
    assert recognise(tmp_path / "file").name == "table"


def test_a_table_of_ndt_that_does_not_say_where_is_refused_until_one_does(tmp_path):
    text = "TestTime,MinRTT,CountryCode,CountryCode_1\n2025-03-01 10:30:00,20,PK,DE\n"
    file = put(tmp_path, text + "2025-03-01 10:40:00\n")
    with pytest.raises(DataError, match="of which country"):
        read(file)
    form = recognise(file)
    pieces, _, tally = parse(file, form.parse, "country/PK")
    assert {one.entity for one in pieces} == {"country/PK"}
    assert tally.reasons == {"cells are missing": 1}


def test_users_of_tor_are_a_series_per_country(tmp_path):
    text = (
        "# comment\ndate,country,users,lower,upper,frac\n"
        "2025-03-01,,99,,,90\n2025-03-01,pk,1200,,,90\n2025-03-02,pk,x,,,90\n"
    )
    name, (one,), _, tally = read(put(tmp_path, text))
    assert (name, one.entity, one.values.tolist()) == (
        "tor-users",
        "country/PK",
        [1200],
    )
    assert (tally.passed, tally.put_aside_count) == (1, 1)


def test_the_health_report_tells_dependence_delay_and_bursts(tmp_path):
    rows = [
        {"timebin": "2025-03-01T00:00:00Z", "originasn": 9, "asn": 8, "hege": 0.7},
        {
            "timebin": "2025-03-01T00:00:00Z",
            "startpoint_name": "ASx",
            "endpoint_name": "CTy",
            "median": 120.0,
        },
        {
            "streamtype": "country",
            "streamname": "PK",
            "starttime": "2025-03-01T00:00:00Z",
            "endtime": "2025-03-01T01:00:00Z",
            "avglevel": 12.0,
        },
        {"hege": "much"},
    ]
    file = put(tmp_path, {"count": 4, "next": None, "results": rows})
    name, pieces, (burst,), tally = read(file)
    assert name == "ihr"
    assert {one.metric: one.values[0] for one in pieces} == {
        "as_hegemony": 0.7,
        "network_delay_seconds": 0.12,
    }
    assert burst.entity == "country/PK"
    assert tally.put_aside_count == 1


def test_checks_of_gatus_are_delay_and_failure(tmp_path):
    results = [
        {"timestamp": "2025-03-01T00:00:00Z", "success": True, "duration": 250_000_000},
        {"timestamp": "2025-03-01T00:01:00Z", "success": False, "duration": 9e9},
    ]
    file = put(tmp_path, [{"name": "web", "group": "core", "results": results}])
    name, pieces, _, _ = read(file)
    assert name == "gatus"
    assert {one.metric: one.values.tolist() for one in pieces} == {
        "check_failed_ratio": [0.0, 1.0],
        "check_seconds": [0.25],
    }
    assert {one.entity for one in pieces} == {"target/core_web"}


def test_heartbeats_of_uptime_kuma_are_delay_and_failure(tmp_path):
    beats = [
        {"monitorID": 3, "status": 1, "time": "2025-03-01 00:00:00.5", "ping": 20},
        {"monitorID": 3, "status": 0, "time": "2025-03-01 00:01:00", "ping": None},
        {"monitorID": 3, "status": 2, "time": "2025-03-01 00:02:00"},
    ]
    name, pieces, _, tally = read(put(tmp_path, beats))
    assert name == "uptime-kuma"
    assert {one.metric: one.values.tolist() for one in pieces} == {
        "check_failed_ratio": [0.0, 1.0],
        "check_seconds": [0.02],
    }
    assert tally.passed == 1


SMOKEPING = """            uptime         loss        median         ping1         ping2

1740805200: -nan 0.0000000000e+00 1.2000000000e-02 1.1e-02 1.3e-02
1740805500: -nan 1.0000000000e+00 1.4000000000e-02 1.4e-02 -nan
1740805800: -nan -nan -nan -nan -nan
what
"""


@pytest.mark.parametrize("point", [".", ","])
def test_what_rrdtool_prints_of_smokeping_is_read(tmp_path, point):
    text = SMOKEPING.replace(".", point)  # as rrdtool does in some locales
    name, pieces, _, tally = read(put(tmp_path, text, "dns.txt"))
    assert name == "smokeping"
    assert {one.metric: one.values.tolist() for one in pieces} == {
        "check_failed_ratio": [0.0, 0.5],
        "check_seconds": [0.012, 0.014],
    }
    assert {one.entity for one in pieces} == {"target/dns"}
    assert (tally.passed, tally.put_aside_count) == (1, 1)
