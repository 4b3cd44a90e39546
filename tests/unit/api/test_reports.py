"""Reports can be had from the dashboard, and what cannot be had is said."""

import json

import httpx2
import pytest


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
