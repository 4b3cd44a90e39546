"""Answers of IODA's API."""

import json

import numpy as np
import pytest

from rabta.errors import DataError
from rabta.sources import ioda
from rabta.sources.recognise import recognise

from .helpers import balanced, parse, recorded


def envelope(tmp_path, data, **more):
    file = tmp_path / "ioda.json"
    body = {"type": "x", "requestParameters": {}, "error": None, "data": data, **more}
    file.write_text(json.dumps(body))
    return file


SIGNAL = {
    "entityType": "country",
    "entityCode": "PK",
    "datasource": "bgp",
    "from": 1_700_000_000,
    "step": 300,
    "values": [10, None, 9.5],
}


def test_a_signal_is_a_series_with_its_gap(tmp_path):
    file = envelope(tmp_path, [[SIGNAL]])
    assert recognise(file).name == "ioda"
    (one,), _, tally = parse(file, ioda.read)
    assert (one.source, one.metric, one.entity) == ("ioda", "bgp", "country/PK")
    assert np.isnan(one.values[1])
    assert one.values[[0, 2]].tolist() == [10, 9.5]
    assert np.diff(one.times).tolist() == [300_000_000] * 2
    assert one.worse == "lower"
    assert tally.kept == 1


def test_an_old_window_has_no_values_and_is_no_error(tmp_path):
    pieces, reports, tally = parse(envelope(tmp_path, [[]]), ioda.read)
    assert (pieces, reports, tally.records) == ([], [], 0)


def test_delay_and_loss_are_worse_when_higher(tmp_path):
    file = envelope(tmp_path, [[{**SIGNAL, "datasource": "ping-slash24-latency"}]])
    (one,), _, _ = parse(file, ioda.read)
    assert one.worse == "higher"


def test_events_and_alerts_are_reports(tmp_path):
    event = {
        "location": "country/CF",
        "start": 1_706_692_200,
        "duration": 3600,
        "datasource": "bgp",
        "score": 69517.24,
    }
    alert = {
        "datasource": "bgp",
        "entity": {"type": "country", "code": "CF", "name": "C"},
        "time": 1_706_692_200,
        "level": "critical",
        "value": 3,
        "historyValue": 40,
    }
    _, reports, _ = parse(envelope(tmp_path, [event, alert]), ioda.read)
    first, second = reports
    assert first.entity == second.entity == "country/CF"
    assert first.end is not None
    assert first.end - first.start == 3_600_000_000
    assert second.kind == "alert"
    assert second.says == "bgp critical: 3, usually 40"


def test_events_and_alerts_of_no_known_type_of_entity_are_put_aside(tmp_path):
    event = {"location": "coun}try/PK", "start": 1_706_692_200, "duration": 60}
    alert = {"entity": {"type": "planet", "code": "3"}, "time": 1_706_692_200}
    odd = [{**event, "datasource": "bgp"}, {**alert, "datasource": "bgp", "level": "x"}]

    _, reports, tally = parse(envelope(tmp_path, odd), ioda.read)

    assert not reports
    assert tally.reasons == {"an unknown type of entity": 2}


def test_another_schema_is_put_aside_and_the_rest_read(tmp_path):
    odd = [
        {**SIGNAL, "step": "often"},
        {**SIGNAL, "values": ["a"]},
        {**SIGNAL, "step": 0},
        {**SIGNAL, "entityType": "planet"},
    ]
    pieces, _, tally = parse(envelope(tmp_path, [[SIGNAL, *odd]]), ioda.read)
    assert len(pieces) == 1
    assert tally.put_aside_count == 4
    assert balanced(tally)


@pytest.mark.parametrize("text", ['{"data": 7, "requestParameters": {}}', '{"data":'])
def test_a_file_without_anything_to_use_is_refused(tmp_path, text):
    (tmp_path / "f").write_text(text)
    with pytest.raises(DataError):
        parse(tmp_path / "f", ioda.read)


def test_the_error_of_the_service_is_told(tmp_path):
    with pytest.raises(DataError, match="no such entity"):
        parse(envelope(tmp_path, [], error="no such entity"), ioda.read)


def test_recorded_shapes_are_read(tmp_path):
    shapes = json.loads(recorded("api-samples/ioda_v2_shapes.json").read_text())
    data = [[shapes["signals_raw_country"]]]
    (one,), _, _ = parse(envelope(tmp_path, data), ioda.read)
    assert (one.metric, one.entity) == ("gtr.WEB_SEARCH", "country/TR")
    _, reports, _ = parse(envelope(tmp_path, shapes["outages_events"]), ioda.read)
    assert [one.entity for one in reports] == ["country/CF", "country/US"]
    places = [shapes["entities_query_region"], shapes["entities_query_asn"]]
    _, _, tally = parse(envelope(tmp_path, places), ioda.read)
    assert tally.passed == 2
