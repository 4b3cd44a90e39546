"""Countries and networks as JSON: states, gaps, baselines, whose data it is."""

import pytest
import requests

from rabta.agent.public import judge_entity
from rabta.api.elsewhere import summaries
from rabta.clock import DAY, HOUR, ManualClock
from rabta.store import Batch, SeriesKey, Store
from tests.browser import elsewhere
from tests.browser.office import office


@pytest.fixture(scope="module")
def abroad():
    with office() as one:
        elsewhere.fill(one.store, one.now)
        yield one


def ask(served, path, **query):
    return requests.get(f"{served.url}/api/v1{path}", params=query, timeout=10)


def test_entities_are_listed_the_worst_first_and_stale_ones_are_not_known(abroad):
    told = ask(abroad, "/entities").json()
    assert [one["entity"] for one in told] == [
        "country/IR",
        "asn/17557",
        "country/IN",
        "country/PK",
        "country/TJ",
    ]
    assert [one["state"] for one in told] == ["down", "up", "up", "up", "unknown"]
    assert told[-1]["stale"]
    assert told[-1]["last_state"] == "up"
    assert told[0]["ongoing"] == 1
    assert told[1]["name"] == "AS17557"


def test_the_list_can_be_searched_in_both_languages(abroad):
    for words in ("pakis", "پاکستان", "country/pk"):
        (one,) = ask(abroad, "/entities", q=words).json()
        assert one["code"] == "PK"
    assert ask(abroad, "/entities", q="nowhere").json() == []


def test_one_entity_has_disruptions_reports_and_whose_data_it_is(abroad):
    told = ask(abroad, "/entities/country/PK").json()
    (cut,) = told["disruptions"]
    assert cut["entity"] == "country/PK"
    assert abs(cut["onset"] - (abroad.now - 2 * DAY)) < HOUR
    assert "PK" in cut["verdicts"][0]["sentence"]["ur"]
    assert told["judged_until"] == told["summary"]["last"]
    assert [one["says"] for one in told["reports"]] == ["bgp: 4900 to 1500"]
    ioda, ooni = told["sources"]
    assert "IODA" in ioda["holder"]
    assert ooni["commercial"] is False
    votes = {one["name"]: one["has_vote"] for one in told["signals"]}
    assert votes == {
        "IODA bgp": True,
        "IODA ping-slash24": True,
        "OONI anomaly_ratio": False,
    }


def test_signals_have_gaps_where_nothing_was_measured_and_a_baseline(abroad):
    told = ask(abroad, "/entities/country/PK/signals", buckets=400).json()
    bgp, _, ooni = told["signals"]
    values = dict(zip(bgp["time"], bgp["value"], strict=True))
    usual = dict(zip(bgp["time"], bgp["usual"], strict=True))
    inside = [t for t in values if 1 * HOUR < t - (abroad.now - 4 * DAY) < 7 * HOUR]
    assert inside
    assert all(values[time] is None for time in inside)
    assert all(usual[time] > 3000 for time in inside)
    cut = [t for t in values if 1 * HOUR < t - (abroad.now - 2 * DAY) < 3 * HOUR]
    assert all(values[time] < 0.5 * usual[time] for time in cut)
    assert ooni["step_seconds"] >= 3600
    assert all(one is None for one in ooni["usual"])


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/entities/country/XX", 404),
        ("/entities/uplink/ptcl", 404),
        ("/entities/country/XX/signals", 404),
        ("/entities/country/PK?from=never", 422),
        ("/entities/country/..%2f", 422),
    ],
)
def test_what_is_not_there_is_answered_with_a_problem(abroad, path, code):
    answer = ask(abroad, path)
    assert answer.status_code == code
    assert answer.headers["content-type"].startswith("application/problem+json")


def test_a_span_before_all_data_is_all_gaps(abroad):
    asked = {"from": "2001-01-01", "to": "2001-01-08"}
    told = ask(abroad, "/entities/country/PK/signals", **asked).json()
    for one in told["signals"]:
        assert set(one["value"]) == {None}


def test_what_was_never_judged_is_not_called_fine(tmp_path):
    now = 1_700_000_000_000_000
    with Store.open(tmp_path, clock=ManualClock(now)) as store:
        key = SeriesKey("ioda", "bgp", "country/PK")
        store.append([Batch(key, "/24", "lower", [now - HOUR], [1.0])])
        judge_entity(store, "country/PK")
        (one,) = summaries(store, now)
        assert (one.state, one.last_state) == ("unknown", "unknown")
        assert not one.stale
