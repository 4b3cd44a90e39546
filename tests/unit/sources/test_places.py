"""What is put aside says which part of its document it is."""

import json

import pytest

from rabta.sources import (
    calendars,
    ihr,
    ioda,
    ooni,
    outage_lists,
    prometheus,
    radar,
    ripestat,
    status_pages,
)

from .helpers import parse


BAD = {"nothing": "of use"}
FEED = "<rss><title>X</title><item>sound?</item></rss>"
CALENDAR = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:never\nEND:VEVENT\n"
EVENT = {"location": "country/PK", "start": 99_999_999_999, "duration": 60}
DOCUMENTS = {
    "data[0][1]": (ioda.read, {"data": [[{"values": []}, {"values": [], "step": 0}]]}),
    "data[2]": (ioda.read, {"data": [{**EVENT, "start": "x"}] * 3}),
    "data.result[0]": (
        prometheus.read,
        {"status": "success", "data": {"resultType": "matrix", "result": [BAD]}},
    ),
    "result.annotations[0]": (
        radar.read,
        {"success": True, "result": {"annotations": [{"startDate": 1}]}},
    ),
    "result.trafficAnomalies[0]": (
        radar.read,
        {"success": True, "result": {"trafficAnomalies": [{"startDate": 1}]}},
    ),
    "result.serie_0": (
        radar.read,
        {"success": True, "result": {"serie_0": {"timestamps": [], "values": [1]}}},
    ),
    "results[1]": (ihr.read, {"results": [{"af": []}, {"af": {}}]}),
    "results[0]": (ooni.read, {"metadata": {}, "results": [BAD]}),
    "data.stats[0]": (
        ripestat.read,
        {"status": "ok", "data": {"resource": "PK", "stats": [BAD]}},
    ),
    "data.ipv4[0]": (
        ripestat.read,
        {"status": "ok", "data": {"resource": "1", "ipv4": [BAD]}},
    ),
    "scheduled_maintenances[0]": (
        status_pages.read,
        {"page": {"name": "X"}, "scheduled_maintenances": [BAD]},
    ),
    "item[0]": (status_pages.feed, FEED),
    "VEVENT[0]": (calendars.read, CALENDAR),
    "row 3": (
        outage_lists.ioda,
        "ID,Country,Begin time\n1,Pakistan,2024-01-01 00:00\n2,Pakistan,never\n",
    ),
}


@pytest.mark.parametrize("where", DOCUMENTS)
def test_what_is_put_aside_says_where_it_is(tmp_path, where):
    read, document = DOCUMENTS[where]
    file = tmp_path / "answer"
    text = document if isinstance(document, str) else json.dumps(document)
    file.write_text(text)
    _, _, tally = parse(file, read, "country/PK")
    assert tally.aside[-1].where == where
    assert not tally.place
