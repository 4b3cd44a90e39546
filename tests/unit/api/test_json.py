"""What the JSON says."""

import pytest
import requests

from rabta.clock import HOUR, MINUTE
from tests.browser.office import Office


def get(office: Office, path: str, code: int = 200):
    answer = requests.get(office.url + path, timeout=10)
    assert answer.status_code == code, answer.text
    kind = "application/json" if code == 200 else "application/problem+json"
    assert answer.headers["content-type"] == kind
    return answer.json()


def test_sentences_are_spoken_in_every_language_beside_their_data(served):
    sentence = get(served, "/api/status")["host"]["sentence"]
    assert sentence["key"] == "sample.abroad"
    assert sentence["args"] == {"uplink": "storm"}
    assert sentence["en"].startswith("Traffic abroad over storm")
    assert "بیرونِ ملک" in sentence["ur"]


def test_uplinks_and_services_are_the_parts_of_the_status(served):
    status = get(served, "/api/status")
    assert get(served, "/api/uplinks") == status["uplinks"]
    assert get(served, "/api/services") == status["services"]
    assert get(served, "/api/uplinks/storm") == status["uplinks"][1]


def test_an_unknown_uplink_is_a_problem_that_names_those_there_are(served):
    problem = get(served, "/api/uplinks/wlan7", 404)
    assert "ptcl, storm" in problem["detail"]
    assert problem["status"] == 404
    assert problem["cure"]


def test_why_gives_evidence_history_and_what_was_not_measured(served):
    why = get(served, "/api/why")
    assert [one["nats"] for one in why["verdict"]["evidence"]] == [3.2, 1.4, -0.7]
    assert [one["state"] for one in why["verdicts"]] == ["up", "degraded"]
    missing = {(m["uplink"], m["family"], m["rung"]) for m in why["not_measured"]}
    assert ("ptcl", 4, "first-hop") in missing
    assert ("ptcl", 4, "gateway") not in missing


def test_why_of_a_disruption_is_its_newest_version_and_claims_no_gaps(served):
    why = get(served, "/api/why?event=2")
    assert why["verdict"] == why["verdicts"][-1]
    assert len(why["verdicts"]) == 2
    assert why["not_measured"] is None
    get(served, "/api/why?event=99", 404)


def test_events_can_be_narrowed_and_come_newest_first(served):
    assert [one["id"] for one in get(served, "/api/events")] == [2, 1]
    assert [one["id"] for one in get(served, "/api/events?ongoing=true")] == [2]
    assert [one["id"] for one in get(served, "/api/events?entity=uplink/ptcl")] == [1]
    assert [one["id"] for one in get(served, "/api/events?from=-1h")] == [2]
    assert [one["id"] for one in get(served, "/api/events?limit=1")] == [2]
    assert get(served, "/api/events/2")["kind"] == "outage"
    get(served, "/api/events/3", 404)


def series(office: Office, target: str, uplink: str = "storm") -> int:
    return next(
        one["id"]
        for one in get(office, "/api/series")
        if one["target"] == target and one["vantage"] == f"uplink/{uplink}/4"
    )


def test_points_are_equal_buckets_in_which_a_gap_is_a_gap(served):
    number = series(served, "west-1")
    chart = get(served, f"/api/points?series={number}&from=-3h&step=60")
    (line,) = chart["lines"]
    assert chart["step_seconds"] == 60
    steps = {b - a for a, b in zip(line["time"], line["time"][1:], strict=False)}
    assert steps == {MINUTE}
    hole = [
        (sent, median)
        for time, sent, median in zip(
            line["time"], line["sent"], line["median"], strict=True
        )
        if served.now - 139 * MINUTE < time < served.now - 122 * MINUTE
    ]
    assert len(hole) > 10
    assert set(hole) == {(0, None)}


def test_points_of_several_series_are_merged_into_one_line(served):
    west, gulf = series(served, "west-1"), series(served, "gulf-1")
    chart = get(
        served,
        f"/api/points?series={west}&series={gulf}&series={west},{gulf}"
        "&from=-3h&to=-2h30min".replace("-2h30min", "-150min"),
    )
    first, second, both = chart["lines"]
    assert [one["id"] for one in both["series"]] == [west, gulf]
    for bucket, sent in enumerate(both["sent"]):
        assert sent == first["sent"][bucket] + second["sent"][bucket]
        lost = first["lost"][bucket] + second["lost"][bucket]
        assert both["lost"][bucket] == lost
        if both["median"][bucket] is not None and not lost and sent == 2:
            low, high = second["median"][bucket], first["median"][bucket]
            assert low < both["median"][bucket] < high


def test_points_never_exceed_the_buckets_asked_for_by_much(served):
    number = series(served, "gulf-1")
    for span in ("-5min", "-1h", "-24h", "-365d", "0"):
        chart = get(served, f"/api/points?series={number}&from={span}&buckets=100")
        assert len(chart["lines"][0]["time"]) <= 102 or span == "0"


def test_observations_are_evidence_one_can_narrow_down(served):
    path = "/api/observations?from=-30min&uplink=storm&target=west-1&failed=true"
    seen = get(served, path)
    assert seen
    assert {one["failure"] for one in seen} == {"generic_timeout_error"}
    assert {one["target"] for one in seen} == {"west-1"}
    traced = get(served, "/api/observations?from=-1h&probe=path&limit=1")
    assert traced[0]["detail"]["hops"][1]["address"] == ""


@pytest.mark.parametrize(
    "path",
    [
        "/api/points?series=x",
        "/api/points",
        "/api/points?series=1&from=yesterday",
        "/api/points?series=1&step=0",
        "/api/events?limit=0",
        "/api/events?from=2026-13-01",
        "/api/events/none",
        "/api/observations?probe=telepathy",
        "/api/why?event=-1",
    ],
)
def test_a_bad_parameter_is_a_problem_that_names_it_and_the_cure(served, path):
    problem = get(served, path, 422)
    assert problem["status"] == 422
    assert problem["detail"]
    assert "/api/docs" in problem["cure"]


def test_an_unknown_series_is_not_found(served):
    assert "no series 99999" in get(served, "/api/points?series=99999", 404)["detail"]


def test_health_tells_what_rabta_costs_and_cannot_do(served):
    health = get(served, "/api/health")
    assert health["memory_bytes"] > 10_000_000
    assert health["processor_seconds"] > 0
    assert health["health"]["problems"][0]["en"].startswith("The disk is full")
    assert health["health"]["started"] == served.now - 6 * HOUR


def test_what_does_not_exist_is_a_problem_for_programs_and_a_page_for_people(served):
    get(served, "/api/nothing", 404)
    page = requests.get(
        f"{served.url}/uplinks/nothing", headers={"Accept": "text/html"}, timeout=10
    )
    assert page.status_code == 404
    assert "There is no such page" in page.text
    assert requests.put(f"{served.url}/api/status", timeout=10).status_code == 405
