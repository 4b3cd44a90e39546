"""Each public source as its service answers, replayed over loopback."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest

from rabta.agent.fetching import Ask, fetch, first_pages
from rabta.clock import DAY, HOUR, SECOND, ManualClock
from rabta.errors import FetchError, UsageError
from rabta.sources.polite import Fetcher
from rabta.store import Store
from tests.unit.sources.helpers import NOW
from tests.unit.sources.service import Answer, in_turn, service


START, STOP = NOW - 20 * DAY, NOW - 10 * DAY
DAY_TEXT = "2026-11-25"


@pytest.fixture
def run(tmp_path, request):
    """Fetch from a service that answers as told; the pages, the store, what was asked.

    The answerer gets (path, query). A parameter is what this machine's clock shows.
    """
    clock = ManualClock(getattr(request, "param", NOW))
    waits = []

    def sleep(seconds):
        waits.append(seconds)
        clock.advance(round(seconds * SECOND))

    with (
        service() as told,
        Store.open(tmp_path / "store", clock=clock) as store,
    ):
        fetcher = Fetcher(tmp_path / "fetched", clock=clock, sleep=sleep)

        def go(source, entity, answerer, *, start=START, stop=STOP):
            def answer(path, _):
                parts = urlsplit(path)
                query = {k: v[0] for k, v in parse_qs(parts.query).items()}
                found = answerer(parts.path, query)
                return found if isinstance(found, Answer) else Answer(encode(found))

            told.answer = answer
            where = entity.replace("BASE", told.base)
            ask = Ask(source, where, start, stop, told.base)
            return list(fetch(ask, fetcher, store, clock))

        go.store, go.asked, go.waits, go.base = store, told.asked, waits, told.base
        yield go
        fetcher.close()


def encode(value):
    return value if isinstance(value, bytes) else json.dumps(value).encode()


def page(rows, after=None):
    return {"count": len(rows), "next": after, "previous": None, "results": rows}


HEGEMONY = {
    "timebin": f"{DAY_TEXT}T00:00:00Z",
    "country": "PK",
    "asn": 17557,
    "asn_name": "PTCL",
    "hege": 0.6,
    "af": 4,
    "weight": 1.0,
    "weightscheme": "eyeball",
    "transitonly": True,
}
BURST = {
    "id": 1,
    "streamtype": "country",
    "streamname": "PK",
    "starttime": f"{DAY_TEXT}T10:00:00Z",
    "endtime": f"{DAY_TEXT}T10:00:00Z",
    "avglevel": 11.5,
    "nbdiscoprobes": 9,
    "totalprobes": 40,
    "ongoing": False,
}


def test_ihr_is_followed_over_its_pages_though_it_calls_itself_by_another_name(run):
    def ihr(path, query):
        if "disco" in path:
            return page([BURST])
        number = int(query.get("page", "1"))
        row = {**HEGEMONY, "timebin": f"{DAY_TEXT}T0{number}:00:00Z"}
        inside = f"http://inner.example/hegemony/countries?page={number + 1}"
        return page([row], inside if number < 3 else None)

    pages = run("ihr", "country/PK", ihr)
    assert len(pages) == 4
    (series,) = run.store.series()
    assert (series.metric, series.target) == ("as_hegemony", "asn/17557")
    assert series.vantage == "af/4 eyeball transit"
    assert len(run.store.signals("country/PK", start=START, stop=NOW)[0][1]) == 3
    (report,) = run.store.reports(start=START, stop=NOW)
    assert report.end is None  # an end at its start is how IHR says it knows none
    assert "9 of 40 probes" in report.says


def test_ihr_tells_of_a_networks_dependences_delays_and_changes(run):
    rows = {
        "/hegemony/": {**HEGEMONY, "country": None, "originasn": 9541},
        "/hegemony/alarms/": {
            "timebin": f"{DAY_TEXT}T00:00:00Z",
            "originasn": 9541,
            "asn": 17557,
            "deviation": 40.5,
            "af": 4,
        },
        "/network_delay/": {
            "timebin": f"{DAY_TEXT}T00:00:00Z",
            "startpoint_name": "3320",
            "endpoint_name": "9541",
            "median": 120.0,
        },
    }
    run("ihr", "asn/9541", lambda path, _: page([rows[path]] if path in rows else []))
    metrics = {one.metric for one in run.store.series()}
    assert metrics == {"as_hegemony", "network_delay_seconds"}
    (report,) = run.store.reports(start=START, stop=NOW)
    assert "AS17557 changed" in report.says
    spans = [
        parse_qs(urlsplit(path).query) for path, _ in run.asked if "hegemony/?" in path
    ]
    assert len(spans) == 2  # a week at most is answered at once
    assert spans[0]["timebin__lte"] < spans[1]["timebin__gte"]


TOR = f"""#
# The Tor Project
#
# URL: https://metrics.torproject.org/userstats-%s-country.csv?start=x
#
date,country,users,lower,upper,frac
{DAY_TEXT},pk,1234,,,80
""".replace("%s", "{}")


def test_tor_users_of_relays_and_of_bridges_are_two_series(run):
    run(
        "tor",
        "country/PK",
        lambda path, _: TOR.format(path.split("-")[1]).encode(),
    )
    assert {one.metric for one in run.store.series()} == {
        "tor_users_per_day",
        "tor_bridge_users_per_day",
    }
    assert parse_qs(urlsplit(run.asked[0][0]).query)["country"] == ["pk"]


def test_a_page_of_regret_is_no_table_of_users(run):
    pages = run("tor", "country/PK", lambda *_: b"<html>Down, sorry, back soon</html>")
    assert all("another schema" in one.problem for one in pages)


def test_years_that_ndt_never_published_are_missing_and_no_failure(run):
    day = {
        "date": "2024-03-01",
        "continent_code": "AS",
        "country_code": "PK",
        "bucket_min": 0,
        "download_MED": 12.5,
        "upload_MED": 4.0,
        "download_minRTT_MED": 80.0,
        "dl_samples_day": 50,
    }

    def ndt(path, _):
        if "/2024/" not in path:
            return Answer(b"<Error><Code>NoSuchKey</Code></Error>", status=404)
        return [{**day, "bucket_min": one} for one in range(8)]

    pages = run("ndt", "country/PK", ndt, start=NOW - 1000 * DAY)
    assert [one.missing for one in pages] == [False, True, True]
    assert run.asked[0][0] == "/AS/PK/2024/histogram_daily_stats.json"
    found = run.store.signals("country/PK", start=0, stop=NOW)
    values = {info.metric: cells.tolist() for info, _, cells in found}
    assert values == {
        "median_download_bits_per_second": [12.5e6],
        "median_upload_bits_per_second": [4e6],
        "median_min_rtt_seconds": [pytest.approx(0.08)],
        "tests_per_day": [50],
    }


def statuspage(path, _):
    name = "incidents" if path.endswith("incidents.json") else "scheduled_maintenances"
    one = {"id": name, "name": "Slow", "created_at": f"{DAY_TEXT}T10:00:00Z"}
    return {"page": {"name": "GitHub"}, name: [one]}


def test_a_status_page_is_asked_by_its_address(run):
    run("status-page", "BASE", statuspage)
    assert [path for path, _ in run.asked] == [
        "/api/v2/incidents.json",
        "/api/v2/scheduled-maintenances.json",
    ]
    found = run.store.reports(start=START, stop=NOW)
    assert {one.entity for one in found} == {"service/github"}


RSS = (
    b"<rss><channel><title>Acme</title><item><title>Down</title><guid>1</guid>"
    b"<pubDate>Wed, 25 Nov 2026 10:00:00 GMT</pubDate></item></channel></rss>"
)
ICS = (
    b"BEGIN:VCALENDAR\nX-WR-CALNAME:Acme\nBEGIN:VEVENT\nUID:1\n"
    b"DTSTART:20261125T100000Z\nEND:VEVENT\n"
)


@pytest.mark.parametrize(("name", "body"), [("history.rss", RSS), ("plan.ics", ICS)])
def test_a_feed_or_calendar_is_asked_as_it_is(run, name, body):
    run("status-page", f"BASE/x/{name}", lambda *_: body)
    (one,) = run.store.reports(start=START, stop=NOW)
    assert one.entity == "service/acme"
    assert run.asked[0][0] == f"/x/{name}"


def event(number):
    start = START // SECOND + number
    return {"location": "country/PK", "start": start, "duration": 60, "datasource": "b"}


def test_outages_of_the_whole_world_are_followed_while_pages_are_full(run):
    def ioda(_, query):
        number = int(query.get("page", "0"))
        rows = [event(5000 * number + one) for one in range((2000, 3)[number])]
        return {"type": "x", "requestParameters": {}, "data": rows}

    pages = run("ioda", "world", ioda)
    assert [one.intake.reports for one in pages] == [2000, 3]


def test_alerts_of_an_entity_are_reports(run):
    place = {"code": "PK", "type": "country", "name": "Pakistan"}
    alert = {
        "datasource": "bgp",
        "entity": place,
        "time": START // SECOND,
        "level": "critical",
        "value": 5,
        "historyValue": 100,
    }

    def ioda(path, _):
        rows = [alert] if "alerts" in path else []
        return {"type": "x", "requestParameters": {}, "data": rows}

    run("ioda", "country/PK", ioda)
    (one,) = run.store.reports(start=START, stop=NOW)
    assert one.says == "bgp critical: 5, usually 100"


PROBES = 2000


def probes_of(run, *, broken=""):
    """Answer with two thousand probes, which all leave together and come back.

    The one number 999999 has been there since long before and does not leave.
    """
    stays = {"id": 999_999, "asn_v4": 1}
    stays["status"] = {"id": 1, "name": "Connected", "since": "2020-01-01T00:00:00Z"}

    def atlas(path, query):
        if "/probes/" in path:
            number = int(query.get("page", "1"))
            rows = [{"id": 1000 * number + one, "asn_v4": 1} for one in range(500)]
            more = f"{run.base}/probes/?page={number + 1}&page_size=500"
            return page(rows + [stays] * (number == 1), more if number < 4 else None)
        ids = query["probe_ids"].split(",")
        if broken in ids:
            return Answer(status=404)
        told = [
            {
                "prb_id": int(one),
                "timestamp": START // SECOND + 1000 + at,
                "event": "disconnect" if at == 0 else "connect",
                "controller": "c",
                "asn": 1,
            }
            for one in ids
            if one != "999999"
            for at in (0, 900)
        ]
        return b"".join(encode(one) + b"\n" for one in told)

    return atlas


def connected(store):
    """Return the connected probes of the country, every five minutes."""
    for one, _, values in store.signals("country/PK", start=START, stop=NOW):
        if one.metric == "connected_probes":
            return values.tolist()
    return []


def test_all_probes_of_a_country_are_counted_however_many_answers_hold_them(run):
    run("atlas", "country/PK", probes_of(run))
    asked = [path for path, _ in run.asked if "7000" in path]
    ids = [
        one
        for path in asked
        for one in parse_qs(urlsplit(path).query)["probe_ids"][0].split(",")
    ]
    assert len(ids) == len(set(ids)) == PROBES + 1
    assert len(asked) > 1
    assert max(map(len, asked)) < 8000
    assert connected(run.store) == [1, 1, 1, PROBES + 1]
    (report,) = run.store.reports(start=START, stop=NOW, entity="country/PK")
    assert f"{PROBES} of {PROBES + 1} probes" in report.says


def test_of_some_of_the_probes_nothing_is_told(run):
    """The others would look gone."""
    pages = run("atlas", "country/PK", probes_of(run, broken="4001"))
    assert any(one.missing for one in pages)
    assert connected(run.store) == []


SOURCES = {
    "ihr": ("country/PK", page([HEGEMONY])),
    "tor": ("country/PK", TOR.format("relay").encode()),
    "status-page": ("BASE/a.json", statuspage("/incidents.json", {})),
    "ioda": ("world", {"requestParameters": {}, "data": [event(1)]}),
}


@pytest.mark.parametrize("source", SOURCES)
def test_a_service_in_trouble_is_waited_for_and_a_cut_answer_asked_again(run, source):
    entity, body = SOURCES[source]
    whole = encode(body)
    answers = in_turn(
        Answer(status=429, headers={"Retry-After": "7"}),
        Answer(status=503),
        Answer(whole, cut=len(whole) // 2),
        Answer(whole),
    )
    pages = run(source, entity, answers)
    assert run.waits[0] == 7
    assert not any(one.problem for one in pages)
    assert run.store.series() or run.store.reports(start=0, stop=NOW)


@pytest.mark.parametrize("source", SOURCES)
def test_another_schema_is_told_and_asked_for_again(run, source):
    entity, _ = SOURCES[source]
    pages = run(source, entity, lambda *_: {"api": 9, "items": [1]})
    assert all(one.problem for one in pages)
    before = len(run.asked)
    run(source, entity, lambda *_: {"api": 9, "items": [1]})
    assert len(run.asked) == 2 * before


@pytest.mark.parametrize("run", [NOW - 3650 * DAY], indirect=True)
@pytest.mark.parametrize("source", SOURCES)
def test_values_are_judged_by_the_services_clock(run, source):
    """A machine set back ten years takes today's values for what they are."""
    entity, body = SOURCES[source]
    date = {"Date": "Sun, 13 Dec 2026 00:00:00 GMT"}
    pages = run(source, entity, lambda *_: Answer(encode(body), headers=date))
    assert all(abs(one.skew + 3650 * DAY) < HOUR for one in pages)
    assert sum(one.intake.future for one in pages) == 0
    assert all(one.intake.tally.kept for one in pages)


@pytest.mark.parametrize(
    ("source", "entity"),
    [
        ("tor", "asn/17557"),
        ("ndt", "country/XX"),
        ("ihr", "region/1"),
        ("status-page", "country/PK"),
        ("status-page", "http://"),
        ("ooni", "https://example.org"),
        ("tor", "world"),
        ("status-page", "http://[bad"),
    ],
)
def test_what_a_source_does_not_know_is_bad_usage(source, entity):
    with pytest.raises(UsageError, match="knows nothing"):
        first_pages(Ask(source, entity, START, STOP))


def test_nothing_is_kept_of_what_is_refused(run):
    with pytest.raises(FetchError, match="403"):
        run("tor", "country/PK", lambda *_: Answer(status=403))
