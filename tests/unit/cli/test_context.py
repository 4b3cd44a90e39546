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
