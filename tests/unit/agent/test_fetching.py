"""Pages of services into a store, over real sockets."""

import json

import pytest

from rabta.agent.fetching import Ask, fetch, first_pages
from rabta.agent.provenance import public
from rabta.clock import DAY, HOUR, SECOND, ManualClock
from rabta.errors import FetchError, UsageError
from rabta.sources import SOURCES
from rabta.sources.polite import Fetcher
from rabta.store import Store
from tests.unit.sources.helpers import NOW
from tests.unit.sources.service import Answer, in_turn, service


START, STOP = NOW - 40 * DAY, NOW - 10 * DAY


@pytest.fixture
def served():
    with service() as told:
        yield told


@pytest.fixture
def clock():
    return ManualClock(NOW)


@pytest.fixture
def store(tmp_path, clock):
    with Store.open(tmp_path / "store", clock=clock) as opened:
        yield opened


@pytest.fixture
def fetcher(tmp_path, clock):
    made = Fetcher(tmp_path / "fetched", clock=clock, sleep=lambda _: None)
    yield made
    made.close()


def answer(data):
    body = {"type": "x", "requestParameters": {}, "error": None, "data": data}
    return Answer(json.dumps(body).encode())


def signal(start):
    return {
        "entityType": "country",
        "entityCode": "PK",
        "datasource": "bgp",
        "from": start,
        "step": 300,
        "values": list(range(100)),
    }


def ioda(path, _):
    if "/outages/" in path:
        event = {"location": "country/PK", "start": START // SECOND, "duration": 60}
        return answer([{**event, "datasource": "bgp"}])
    return answer([[signal(int(path.partition("from=")[2].partition("&")[0]))]])


def test_every_page_lands_in_the_store(served, fetcher, store, clock):
    served.answer = ioda
    ask = Ask("ioda", "country/PK", START, STOP, served.base)
    pages = list(fetch(ask, fetcher, store, clock))
    assert len(pages) == 6  # two months: signals, events and alerts
    (series,) = store.series()
    assert (series.source, series.entity) == ("ioda", "country/PK")
    assert series.first == START
    assert len(store.reports(start=START, stop=STOP)) == 1


def test_where_each_answer_came_from_is_kept(served, fetcher, store, clock):
    served.answer = ioda
    ask = Ask("ioda", "country/PK", START, STOP, served.base)
    pages = list(fetch(ask, fetcher, store, clock))
    kept = store.provenance(100)
    assert {one.what for one in kept} == {one.url for one in pages}
    assert {one.time for one in kept} == {clock.now()}
    assert all(one.licence and len(one.sha256) == 64 for one in kept)


def test_no_secret_is_kept_of_an_address():
    asked = "https://me:pw@x.example/a?api_key=s3cret&from=1#token=s3cret"
    assert public(asked) == "https://x.example/a?api_key=HIDDEN&from=1"


def test_an_interrupted_fetch_asks_only_for_what_it_does_not_have(
    served, fetcher, store, clock
):
    served.answer = ioda
    ask = Ask("ioda", "country/PK", START, STOP, served.base)
    next(fetch(ask, fetcher, store, clock))  # and then the power fails
    assert len(served.asked) == 1
    pages = list(fetch(ask, fetcher, store, clock))
    assert len(served.asked) == 6
    assert [one.fresh for one in pages] == [False, *[True] * 5]


def test_a_changed_schema_costs_its_page_alone_and_is_asked_for_again(
    served, fetcher, store, clock
):
    served.answer = lambda path, _: (
        Answer(b'{"data": {"new": "form"}, "requestParameters": {}}')
        if "/outages/" in path
        else ioda(path, _)
    )
    ask = Ask("ioda", "country/PK", START, STOP, served.base)
    pages = list(fetch(ask, fetcher, store, clock))
    assert sum(bool(one.problem) for one in pages) == 4
    assert len(store.series()) == 1
    list(fetch(ask, fetcher, store, clock))
    assert len(served.asked) == 10


def measurement(number, clock="10:00"):
    return {
        "test_name": "web_connectivity",
        "probe_cc": "PK",
        "probe_asn": "AS17557",
        "measurement_start_time": f"2026-11-20T{clock}:00Z",
        "measurement_uid": str(number),
        "input": "https://example.org/",
        "anomaly": number % 2 == 0,
        "failure": False,
    }


def counted(store):
    """Return the measurements of the country by the hour."""
    for one, times, counts in store.signals("country/PK", start=START, stop=NOW):
        if one.metric.endswith("per_hour"):
            return dict(zip(times.tolist(), counts.tolist(), strict=True))
    return {}


def in_pages(served, rows, size):
    """Answer with *size* rows a page, each of which names the next."""

    def page(path, _):
        at = int(path.partition("offset=")[2] or 0)
        more = f"{served.base}/measurements?offset={at + size}"
        body = {
            "metadata": {"next_url": more if at + size < len(rows) else None},
            "results": rows[at : at + size],
        }
        return Answer(json.dumps(body).encode())

    return page


ROWS = [measurement(one, f"{8 + one // 30:02}:{2 * one % 60:02}") for one in range(90)]
"""Thirty in each of three hours."""


def test_an_hour_over_two_pages_is_one_hour(served, fetcher, store, clock):
    served.answer = in_pages(served, ROWS, 40)
    ask = Ask("ooni", "country/PK", STOP - HOUR, STOP, served.base)
    first, second, third = fetch(ask, fetcher, store, clock)
    assert first.waiting
    assert second.waiting
    assert not first.empty
    assert third.intake.values
    assert set(counted(store).values()) == {30.0}
    assert len(counted(store)) == 3


def test_a_measurement_on_two_pages_is_counted_once(served, fetcher, store, clock):
    served.answer = in_pages(served, [*ROWS[:40], *ROWS[30:]], 40)
    ask = Ask("ooni", "country/PK", STOP - HOUR, STOP, served.base)
    pages = list(fetch(ask, fetcher, store, clock))
    assert set(counted(store).values()) == {30.0}
    assert sum(one.intake.tally.duplicates for one in pages) == 10


def test_a_fetch_that_broke_between_two_pages_tells_no_part_of_an_hour(
    served, fetcher, store, clock
):
    ask = Ask("ooni", "country/PK", STOP - HOUR, STOP, served.base)
    whole = in_pages(served, ROWS, 40)
    served.answer = lambda path, _: (
        Answer(status=400) if "offset=40" in path else whole(path, _)
    )
    with pytest.raises(FetchError, match="400"):
        list(fetch(ask, fetcher, store, clock))
    assert list(counted(store).values()) == [30.0]
    served.answer = whole
    pages = list(fetch(ask, fetcher, store, clock))
    assert [one.fresh for one in pages] == [False, True, True]
    assert list(counted(store).values()) == [30.0] * 3


def test_a_fetch_that_was_killed_between_two_pages_goes_on_with_the_whole_hour(
    served, fetcher, store, clock
):
    served.answer = in_pages(served, ROWS, 40)
    ask = Ask("ooni", "country/PK", STOP - HOUR, STOP, served.base)
    pages = fetch(ask, fetcher, store, clock)
    next(pages)
    pages.close()
    assert not counted(store)
    assert [one.fresh for one in fetch(ask, fetcher, store, clock)] == [False, 1, 1]
    assert list(counted(store).values()) == [30.0] * 3


def test_ooni_is_asked_for_whole_days():
    ask = Ask("ooni", "country/PK", NOW - 30 * HOUR, NOW - 25 * HOUR, "https://x")
    (url,) = first_pages(ask)
    assert "since=2026-12-11T00%3A00%3A00Z&until=2026-12-12T00%3A00%3A00Z" in url


def test_pages_that_name_the_next_are_followed(served, fetcher, store, clock):
    def page(path, _):
        number = int(path.partition("offset=")[2] or 0)
        more = f"{served.base}/measurements?offset={number + 1}"
        body = {
            "metadata": {"next_url": more if number < 3 else None},
            "results": [measurement(10 * number + n) for n in range(10)],
        }
        return Answer(json.dumps(body).encode())

    served.answer = page
    ask = Ask("ooni", "country/PK", STOP - HOUR, STOP, served.base)
    pages = list(fetch(ask, fetcher, store, clock))
    assert len(pages) == 4
    assert {one.source for one in store.series()} == {"ooni"}


def test_a_next_page_on_another_machine_is_told_and_not_asked_for(
    served, fetcher, store, clock
):
    body = {"metadata": {"next_url": "http://127.0.0.2:1/secret"}, "results": []}
    served.answer = in_turn(Answer(json.dumps(body).encode()))
    ask = Ask("ooni", "country/PK", STOP - HOUR, STOP, served.base)
    (page,) = fetch(ask, fetcher, store, clock)
    assert "goes on at 127.0.0.2:1" in page.stopped
    assert "secret" not in page.stopped
    assert not page.whole


def test_an_answer_too_large_to_look_for_the_next_is_told(
    served, fetcher, store, clock, monkeypatch
):
    monkeypatch.setattr("rabta.agent.fetching.DOCUMENT", 100)
    row = json.dumps({**measurement(1), "padding": "x" * 200})
    served.answer = in_turn(Answer(row.encode()))
    ask = Ask("ooni", "country/PK", STOP - HOUR, STOP, served.base)
    (page,) = fetch(ask, fetcher, store, clock)
    assert "the next page is not read" in page.stopped


def test_a_fetch_of_too_many_answers_says_that_more_are_left(
    served, fetcher, store, clock, monkeypatch
):
    monkeypatch.setattr("rabta.agent.fetching._MOST", 4)
    served.answer = ioda
    ask = Ask("ioda", "country/PK", START, STOP, served.base)
    *pages, last = fetch(ask, fetcher, store, clock)
    assert [one.stopped for one in pages] == [""] * 4
    assert "2 or more are left" in last.stopped
    assert "--from" in last.stopped
    assert len(served.asked) == 4


def test_a_service_that_gives_one_page_for_ever_is_asked_twice(
    served, fetcher, store, clock
):
    event = {"location": "country/PK", "start": START // SECOND, "duration": 60}
    full = {"type": "outages.events", "requestParameters": {}, "data": [event] * 2000}
    served.answer = in_turn(Answer(json.dumps(full).encode()))
    ask = Ask("ioda", "world", STOP - HOUR, STOP, served.base)
    one, two = fetch(ask, fetcher, store, clock)
    assert one.whole
    assert "the same answer for the next page" in two.stopped


def test_an_answer_without_anything_says_so(served, fetcher, store, clock):
    served.answer = lambda path, _: answer([] if "/outages/" in path else [[]])
    ask = Ask("ioda", "country/PK", START, STOP, served.base)
    pages = list(fetch(ask, fetcher, store, clock))
    assert all(one.empty and one.whole for one in pages)
    served.answer = ioda
    ask = Ask("ioda", "country/PK", START - DAY, STOP, served.base)
    assert not any(one.empty for one in fetch(ask, fetcher, store, clock))


def test_an_answer_cut_off_keeps_its_good_part_and_is_asked_for_again(
    served, fetcher, store, clock
):
    rows = [measurement(one, f"{9 + one // 10:02}:{one:02}") for one in range(20)]
    lines = "".join(json.dumps(one) + "\n" for one in rows)
    served.answer = in_turn(Answer(lines[:-30].encode()), Answer(lines.encode()))
    ask = Ask("ooni", "country/PK", STOP - HOUR, STOP, served.base)
    (page,) = fetch(ask, fetcher, store, clock)
    assert page.partial.startswith("cut off at byte")
    assert set(counted(store).values()) == {10.0}  # nothing of the hour cut off
    (page,) = fetch(ask, fetcher, store, clock)
    assert page.whole
    assert len(counted(store)) == 2
    assert len(served.asked) == 2


def test_days_gone_by_are_kept_though_the_span_ends_now(served, fetcher, store, clock):
    served.answer = lambda *_: Answer(json.dumps(measurement(1)).encode())
    ask = Ask("ooni", "country/PK", NOW - 5 * DAY, NOW, served.base)
    days = len(list(fetch(ask, fetcher, store, clock)))
    clock.advance(2 * HOUR)
    ask = Ask("ooni", "country/PK", NOW - 5 * DAY, NOW + 2 * HOUR, served.base)
    pages = list(fetch(ask, fetcher, store, clock))
    assert sum(one.fresh for one in pages) <= 3  # of the last day, which may change
    assert len(pages) >= days > 4


def test_a_page_that_names_itself_ends(served, fetcher, store, clock):
    ask = Ask("ooni", "country/PK", STOP - HOUR, STOP, served.base)
    first = first_pages(ask)[0]
    body = {"metadata": {"next_url": first}, "results": []}
    served.answer = in_turn(Answer(json.dumps(body).encode()))
    ask = Ask("ooni", "country/PK", STOP - HOUR, STOP, served.base)
    assert len(list(fetch(ask, fetcher, store, clock))) == 1


def test_the_probes_of_a_country_lead_to_their_history(served, fetcher, store, clock):
    def atlas(path, _):
        if "/probes/" in path:
            rows = [{"id": one, "country_code": "PK", "asn_v4": 1} for one in range(9)]
            body = {"count": 9, "next": None, "results": rows}
            return Answer(json.dumps(body).encode())
        lines = [
            {
                "prb_id": probe,
                "timestamp": START // SECOND + 1000 + probe,
                "event": "connect",
                "controller": "c",
                "asn": 1,
            }
            for probe in range(9)
        ]
        return Answer("".join(json.dumps(one) + "\n" for one in lines).encode())

    served.answer = atlas
    ask = Ask("atlas", "country/PK", START, STOP, served.base)
    pages = list(fetch(ask, fetcher, store, clock))
    assert len(pages) == 2
    assert "probe_ids=0,1,2" in served.asked[1][0]
    found = {(one.metric, one.entity) for one in store.series()}
    assert found == {
        ("connected_probes", "country/PK"),
        ("connected_probes", "asn/1"),
    }


def test_a_refusal_leaves_what_came_before_in_the_store(served, fetcher, store, clock):
    served.answer = in_turn(ioda(f"from={START // SECOND}&", {}), Answer(status=400))
    ask = Ask("ioda", "country/PK", START, STOP, served.base)
    with pytest.raises(FetchError, match="400"):
        list(fetch(ask, fetcher, store, clock))
    assert len(store.series()) == 1


WHOLE = {"status-page", "ris", "delegated"}
"""Whose answers hold what they hold, whoever is asked for."""
FETCHED = [n for n, one in SOURCES.items() if one.fetched and n not in WHOLE]


@pytest.mark.parametrize("source", FETCHED)
@pytest.mark.parametrize("entity", ["country/PK", "asn/17557"])
def test_every_source_knows_countries_and_networks(source, entity):
    if (source, entity) == ("tor", "asn/17557"):
        return  # Tor Metrics counts by country alone
    for url in first_pages(Ask(source, entity, START, STOP)):
        assert url.startswith("https://")
        assert entity.partition("/")[2] in url.upper()


@pytest.mark.parametrize(
    ("source", "entity"),
    [
        ("prometheus", "country/PK"),
        ("nothing", "country/PK"),
        ("ooni", "planet/X"),
        ("ioda", "country/../../x"),
        ("ioda", "country/pk"),
        ("ioda", "asn/AS1"),
        ("ioda", "country/"),
    ],
)
def test_what_cannot_be_fetched_is_bad_usage(source, entity):
    with pytest.raises(UsageError):
        first_pages(Ask(source, entity, START, STOP))
