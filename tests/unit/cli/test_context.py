"""``rabta context``: announcements in, told, and out again."""

import json

import pytest
from click.testing import CliRunner

from rabta.cli import group


TABLE = """entity,start,end,cause,kind,source,trust,published,says
country/PK,2025-09-06T05:45Z,,cable,,PTCL,high,2025-09-06T12:00Z,SMW4 and IMEWE cut
country/PK,2025-09-06,,cable,,Geo,medium,2025-09-07,two cables cut near Jeddah
country/PK,2025-11-01,,cable,,Blog,low,2025-11-02,SMW4 and IMEWE cut
country/PK,2025-10-14T06:00Z,2025-10-15T00:00Z,maintenance,,PTCL,high,2025-10-13,repair
"""
CALENDAR = """BEGIN:VCALENDAR
X-WR-CALNAME:Provider
BEGIN:VEVENT
UID:7
DTSTART:20251020T190000Z
DTEND:20251020T230000Z
SUMMARY:Core upgrade
END:VEVENT
END:VCALENDAR
"""
FEED = """<rss><channel><title>Status</title><item><title>API errors</title>
<pubDate>Mon, 06 Oct 2025 10:00:00 GMT</pubDate><guid>x1</guid></item></channel></rss>
"""


PAPERS = """BEGIN:VCALENDAR
X-WR-CALNAME:Islamabad
BEGIN:VEVENT
UID:1
DTSTART;VALUE=DATE:20251021
DURATION:P1D
SUMMARY:Matric examination
END:VEVENT
BEGIN:VEVENT
UID:2
DTSTART:20251022T190000Z
DTEND:20251022T230000Z
SUMMARY:Maintenance of the core
END:VEVENT
BEGIN:VEVENT
UID:3
DTSTART:20251023T190000Z
DTEND:20251023T230000Z
STATUS:CANCELLED
SUMMARY:Maintenance of the core
END:VEVENT
END:VCALENDAR
"""
NEWS = (
    ("Submarine cable AAE-1 cut near Qatar", "cable"),
    ("PTA denies Internet shutdown", "unknown"),
    ("Is it throttling? What experts say", "unknown"),
    ("Mobile Internet suspended across the country", "shutdown"),
    ("Government to offer new services", "unknown"),
    ("Users blame a web filter, the regulator a cable", "unknown"),
    ("Grid failure: power is out in Sindh", "power"),
    ("Maintenance of a submarine cable on 21 April", "maintenance"),
)
LIST = """event_uid,cable_name,accident_type,occurrence_date,repair_date,\
published_date,TrustWorthy,url,title
1,Sea-Me-We4(SMW-4),Cut,2025-01-02,,0205-01-02,verified,https://x.example/1,one
2,AAE-1,Cut,2025-02-02,2025-01-02,2025-02-03,Mentioned,https://x.example/2,two
3,AAE-1,Cut,,,2025-03-03,imported,https://x.example/3,three
"""


@pytest.fixture
def run(tmp_path):
    def call(*words):
        words = ["context", *map(str, words), "--store", str(tmp_path / "store")]
        return CliRunner().invoke(group, words, catch_exceptions=False)

    return call


@pytest.fixture
def table(tmp_path):
    file = tmp_path / "notices.csv"
    file.write_text(TABLE)
    return file


def test_added_they_are_merged_checked_listed_and_removed(run, table):
    (added,) = map(json.loads, run("add", table, "--json").stdout.splitlines())
    assert (added["new"], len(added["merged"])) == (2, 1)
    (rejected,) = added["rejected"]
    assert rejected["source"] == "Blog"
    assert "another date" in rejected["why"]["en"]

    listed = [json.loads(x) for x in run("list", "--json").stdout.splitlines()]
    assert [one["cause"] for one in listed] == ["cable", "maintenance"]
    assert listed[0]["also"] == ["Geo"]
    assert "PTCL" in run("list", "--language", "ur").stdout

    again = json.loads(run("add", table, "--json").stdout)
    assert again["new"] == 0

    assert json.loads(run("remove", listed[0]["id"], "--json").stdout) == {"removed": 1}
    assert len(run("list", "--json").stdout.splitlines()) == 1


def test_calendars_and_feeds_are_read_too(run, tmp_path):
    for name, text in (("plan.ics", CALENDAR), ("status.xml", FEED)):
        (tmp_path / name).write_text(text)
    run("add", tmp_path / "plan.ics", "--entity", "asn/17557", "--source", "PTCL")
    run("add", tmp_path / "status.xml", "--entity", "service/api")
    listed = [json.loads(x) for x in run("list", "--json").stdout.splitlines()]
    assert [(one["entity"], one["kind"], one["cause"]) for one in listed] == [
        ("service/api", "incident", "service"),
        ("asn/17557", "maintenance", "maintenance"),
    ]


def test_a_calendar_of_a_country_holds_days_and_what_is_called_off_is_left_out(
    run, tmp_path
):
    (tmp_path / "plan.ics").write_text(PAPERS)
    run("add", tmp_path / "plan.ics", "--entity", "country/PK")
    listed = [json.loads(x) for x in run("list", "--json").stdout.splitlines()]
    assert [(one["kind"], one["cause"]) for one in listed] == [
        ("calendar", "unknown"),
        ("maintenance", "maintenance"),
    ]
    off = [listed[1] | {"kind": "cancelled"}]
    (tmp_path / "off.json").write_text(json.dumps(off))
    again = json.loads(run("add", tmp_path / "off.json", "--json").stdout)
    assert [x["why"]["key"] for x in again["rejected"]] == [
        "context.rejected.cancelled"
    ]
    assert len(run("list", "--json").stdout.splitlines()) == 1


def test_headlines_of_a_country_name_a_cause_only_where_it_is_plain(run, tmp_path):
    items = "".join(
        f"<item><title>{words}</title><guid>{n}</guid>"
        f"<pubDate>Mon, {n + 6:02} Oct 2025 10:00:00 GMT</pubDate></item>"
        for n, (words, _) in enumerate(NEWS)
    )
    file = tmp_path / "news.xml"
    file.write_text(f"<rss><channel><title>News</title>{items}</channel></rss>")
    run("add", file, "--entity", "country/PK", "--trust", "0.9")
    listed = [json.loads(x) for x in run("list", "--json").stdout.splitlines()]
    assert [one["cause"] for one in listed] == [cause for _, cause in NEWS]
    assert {one["kind"] for one in listed} == {"incident"}
    assert {one["source"] for one in listed} == {"news.xml"}
    believed = {one["cause"]: one["trust"] for one in listed}
    assert believed["cable"] == 0.9
    assert believed["shutdown"] < 0.5  # a headline is no order


def test_a_list_of_cable_faults_loses_only_the_rows_that_are_wrong(run, tmp_path):
    file = tmp_path / "faults.csv"
    file.write_text(LIST)
    result = run("add", file, "--json")
    added = json.loads(result.stdout)
    assert added["new"] == 1
    assert [one["why"]["key"] for one in added["rejected"]] == [
        "context.rejected.backwards"
    ]
    assert "row 4: incomplete" in result.stderr
    assert added["aside"] == result.stderr.splitlines()


def test_an_order_given_ahead_is_kept(run, tmp_path):
    file = tmp_path / "orders.csv"
    file.write_text(
        "entity,start,end,cause,published,says\ncountry/PK,2024-02-08T03:00Z,"
        "2024-02-08T15:00Z,shutdown,2024-02-05,mobile service is suspended\n"
    )
    assert json.loads(run("add", file, "--json").stdout)["new"] == 0
    assert json.loads(run("add", file, "--kind", "order", "--json").stdout)["new"] == 1


def test_a_dry_run_stores_nothing(run, table, tmp_path):
    assert json.loads(run("add", table, "--dry-run", "--json").stdout)["new"] == 2
    assert not (tmp_path / "store" / "rabta.sqlite").exists()


def test_what_cannot_be_read_or_found_is_said(tmp_path):
    bad = tmp_path / "bad.csv"
    bad.write_text("entity,start,trust\ncountry/PK,2025-01-01,certain\n")
    words = ["context", "add", str(bad), "--store", str(tmp_path / "s")]
    result = CliRunner().invoke(group, words)
    assert "row 2, column 'trust': 'certain' is no trust" in str(result.exception)
    (tmp_path / "ok.csv").write_text("entity,start\ncountry/PK,2025-01-01\n")
    store = ["--store", str(tmp_path / "s")]
    CliRunner().invoke(group, ["context", "add", str(tmp_path / "ok.csv"), *store])
    result = CliRunner().invoke(group, ["context", "remove", "nothing", *store])
    assert "no announcement nothing" in str(result.exception)
