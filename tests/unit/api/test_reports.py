"""Reports can be had from the dashboard, and what cannot be had is said."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import httpx2
import pytest

from rabta.clock import SystemClock
from rabta.report.evidence.log import Log
from tests.browser.office import office


def get(served, path, **query):
    return httpx2.get(f"{served.url}{path}", params=query, timeout=120)


def test_the_page_offers_months_readers_and_uplinks(served):
    page = get(served, "/reports").text

    assert '<form class="card pairs" method="get" action="/api/v1/report">' in page
    assert page.count("<option") > 8


def test_a_report_is_downloaded_as_the_command_line_writes_it(served):
    month = get(served, "/reports").text.split('<option value="')[1][:7]

    answer = get(
        served, "/api/v1/report", period=month, **{"for": "client", "format": "json"}
    )

    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/json"
    assert "rabta-report-" in answer.headers["content-disposition"]
    assert json.loads(answer.content)["period"] == month
    assert answer.headers["rabta-proof"] == "none"


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "without proof"), ("ur", "ثبوت کے بغیر")],
)
def test_that_a_month_has_no_proof_is_said_beside_the_buttons(served, language, said):
    page = get(served, "/reports", lang=language).text
    buttons, _, below = page.partition(">JSON</button>")

    assert said in below.partition("</form>")[0]
    months = buttons.partition("</select>")[0]
    assert months.count("<option") == months.count(" data-unproven>")


def test_a_report_with_its_evidence_says_so_and_its_month_is_not_marked():
    with office() as one:
        with Log.open(one.store.path, clock=SystemClock()) as log:
            assert log.close_hours()
        page = get(one, "/reports").text
        last = page.partition("</select>")[0]
        month = re.findall(r'<option value="([0-9-]+)">', last)[0]

        answer = get(
            one, "/api/v1/report", period=month, **{"for": "client", "format": "json"}
        )

    assert answer.headers["rabta-proof"] == "sealed", answer.text
    assert json.loads(answer.content)["evidence"]


def test_reports_are_written_one_at_a_time_and_the_rest_asks_again(served):
    month = get(served, "/reports").text.split('<option value="')[1][:7]
    query = {"period": month, "for": "client", "format": "json"}
    start = Barrier(4)

    def ask(_):
        start.wait()
        return get(served, "/api/v1/report", **query)

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(ask, range(4)))
    written = [one for one in answers if one.status_code == 200]
    refused = [one for one in answers if one.status_code == 503]

    assert len(written) == 1, [one.text for one in answers]
    assert len(refused) == 3
    assert all(int(one.headers["retry-after"]) > 0 for one in refused)
    assert "another report" in refused[0].json()["detail"]
    again = get(served, "/api/v1/report", **query)
    assert again.status_code == 200, again.text


@pytest.mark.parametrize(
    ("query", "code", "said"),
    [
        ({"period": "1999-01"}, 404, "nothing was measured"),
        ({"period": "soon"}, 422, "is no period"),
        ({"period": "2026-10", "for": "nobody"}, 422, ""),
        (
            {"period": "2026-10-01..2199-01-01", "uplink": "--help"},
            404,
            "there is no uplink",
        ),
        ({}, 422, ""),
    ],
)
def test_what_cannot_be_had_is_said(served, query, code, said):
    answer = get(served, "/api/v1/report", **query)

    assert answer.status_code == code
    assert said in answer.json()["detail"]
