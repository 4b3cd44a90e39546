"""What comes again: one row on the pages, every window in the API."""

import csv
import html
import io

import pytest
import requests

from rabta.clock import HOUR
from rabta.store import Batch, SeriesKey
from tests.browser import evenings
from tests.browser.office import office


@pytest.fixture(scope="module")
def told():
    with office() as served:
        yield served, evenings.fill(served.store, served.now)


def get(told, path):
    answer = requests.get(told[0].url + path, timeout=10)
    assert answer.status_code == 200, answer.text
    return answer


def page(told, path):
    return html.unescape(get(told, path).text)


@pytest.mark.parametrize("path", ["/?from=-30d", "/events?from=-30d"])
def test_a_pattern_is_one_row_that_holds_its_windows(told, path):
    shown = page(told, path)

    assert shown.count('class="recurs"') == 1
    assert f"× {evenings.COUNT}" in shown
    assert "Repeats: " in shown
    for number in told[1]:
        assert f'href="/events/{number}"' in shown
    assert '<a href="/events?pattern=1"' in shown


def test_a_pattern_has_a_page_of_its_windows_each_a_row(told):
    shown = page(told, "/events?pattern=1")

    for number in told[1]:
        assert f'id="event-{number}"' in shown
    assert 'id="event-1"' not in shown
    assert 'class="recurs"' not in shown


def test_a_window_says_which_of_them_it_is(told):
    shown = page(told, f"/events/{told[1][2]}?lang=en")

    assert "Comes again" in shown
    assert f"number 3 of {evenings.COUNT}" in shown


def test_the_same_in_urdu(told):
    shown = page(told, "/events?from=-30d&lang=ur")

    assert "دہرایا گیا" in shown


def test_the_api_keeps_each_window_once_with_its_pattern(told):
    found = get(told, "/api/events?pattern=1").json()

    assert [one["id"] for one in found] == told[1][::-1]
    assert {one["pattern"]["id"] for one in found} == {"uplink/ptcl#1"}
    assert found[0]["pattern"]["occurrence"] == evenings.COUNT
    every = get(told, "/api/events").json()
    assert len({one["id"] for one in every}) == len(every)
    assert sum(one["pattern"] is not None for one in every) == evenings.COUNT
    one = get(told, f"/api/events/{told[1][0]}").json()
    assert one["pattern"] == found[-1]["pattern"]
    assert get(told, "/api/events?pattern=99").json() == []


def test_csv_names_the_pattern_in_its_last_column(told):
    answer = get(told, "/api/events?format=csv").content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(answer)))

    assert [*rows[0]][-1] == "pattern"
    alike = [row for row in rows if row["pattern"]]
    assert [int(row["id"]) for row in alike] == told[1][::-1]


def test_what_begins_as_usual_says_so_on_the_list_and_on_its_page(told):
    number = evenings.begin(told[0].store, told[0].now)

    listed = page(told, "/events?from=-30d&lang=en")
    assert "Comes at its usual hour: " in listed
    assert "Comes at its usual hour: " in page(told, f"/events/{number}?lang=en")
    (lasting,) = get(told, "/api/events?ongoing=true&entity=uplink/ptcl").json()
    assert lasting["pattern"] is None
    told[0].store.close_disruption(number, lasting["onset"])


def test_a_countrys_page_tells_its_mornings_as_one(told):
    store, now = told[0].store, told[0].now
    key = SeriesKey("ioda", "bgp", "country/IQ")
    store.append([Batch(key, "/24", "lower", [now - HOUR], [5000.0])])
    numbers = evenings.fill(store, now, entity="country/IQ")

    shown = page(told, "/entity/country/IQ?lang=en")

    assert shown.count('class="happened"') == 1
    assert "Repeats: " in shown
    for number in numbers:
        assert f'href="/events/{number}"' in shown
