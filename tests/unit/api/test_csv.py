"""The same facts as tables."""

import csv
import io

import pytest
import requests

from rabta.clock import SECOND
from tests.browser.office import Office


def rows(office: Office, path: str) -> list[dict[str, str]]:
    answer = requests.get(office.url + path, timeout=10)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_events_as_csv_have_the_facts_and_sentences_of_the_json(served):
    table = rows(served, "/api/events?format=csv")
    document = requests.get(f"{served.url}/api/events", timeout=10).json()
    assert [int(row["id"]) for row in table] == [one["id"] for one in document]
    for row, one in zip(table, document, strict=True):
        shown = one["verdicts"][one["shown"]]
        assert row["entity"] == one["entity"]
        assert float(row["depth"]) == one["depth"]
        assert float(row["extra_seconds"]) == one["extra_seconds"]
        assert row["en"] == shown["sentence"]["en"]
        assert row["ur"] == shown["sentence"]["ur"]
        assert bool(row["end"]) is (one["end"] is not None)


def test_points_as_csv_have_a_row_per_line_and_bucket_and_gaps_stay_empty(served):
    known = requests.get(f"{served.url}/api/series", timeout=10).json()
    number = next(one["id"] for one in known if one["target"] == "west-1")
    asked = f"/api/points?series={number}&series={number}&from=-3h&step=60"
    table = rows(served, asked + "&format=csv")
    (line, _) = requests.get(served.url + asked, timeout=10).json()["lines"]
    first = [row for row in table if row["line"] == "1"]
    assert len(table) == 2 * len(first)
    assert len(first) == len(line["time"])
    for row, sent, median in zip(first, line["sent"], line["median"], strict=True):
        assert int(row["sent"]) == sent
        assert row["median"] == ("" if median is None else str(median))
    assert line["time"][0] % SECOND == 0
    assert first[0]["time"].endswith(".000Z")


@pytest.mark.parametrize("path", ["/", "/events", "/uplinks/storm"])
def test_pages_link_to_their_values_as_csv(served, path):
    page = requests.get(served.url + path, timeout=10).text
    found = [part.split('"')[0] for part in page.split('href="')[1:]]
    links = [one.replace("&amp;", "&") for one in found if "format=csv" in one]
    assert links
    for link in links:
        assert rows(served, link)


def test_another_format_is_a_problem_that_names_those_there_are(served):
    answer = requests.get(f"{served.url}/api/events?format=xml", timeout=10)
    assert answer.status_code == 422
    assert "csv" in answer.json()["detail"]
