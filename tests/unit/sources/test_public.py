"""RIPEstat, Radar, and the coming and going of RIPE Atlas probes."""

import json
import random
import tarfile

import numpy as np
import pytest

from rabta.clock import MINUTE, SECOND
from rabta.errors import DataError
from rabta.sources import atlas_history, radar, ripestat
from rabta.sources.recognise import recognise

from .helpers import balanced, parse, recorded


def put(tmp_path, value):
    file = tmp_path / "answer"
    file.write_text(value if isinstance(value, str) else json.dumps(value))
    return file


COUNTRY = {
    "status": "ok",
    "data": {
        "resource": "pk",
        "stats": [
            {
                "asns_ris": 100,
                "v4_prefixes_ris": -1,
                "timeline": [{"starttime": "2024-01-01T00:00:00"}],
            },
            {"asns_ris": 90, "timeline": [{"starttime": "2024-01-02T00:00:00"}]},
            {"asns_ris": "many"},
            {"asns_ris": 80, "timeline": [{"starttime": "2104-01-02T00:00:00"}]},
        ],
    },
}


def test_ripestat_tells_of_a_country_and_its_unknown_is_missing(tmp_path):
    file = put(tmp_path, COUNTRY)
    assert recognise(file).name == "ripestat"
    (one,), _, tally = parse(file, ripestat.read)
    assert (one.entity, one.metric) == ("country/PK", "visible_asns")
    assert one.values.tolist() == [100, 90]
    assert tally.put_aside_count == 2
    assert balanced(tally)


def test_ripestat_must_say_what_it_is_about(tmp_path):
    file = put(tmp_path, {"stats": []})
    with pytest.raises(DataError, match="--entity"):
        parse(file, ripestat.read)


def test_recorded_answers_of_ripestat_are_read(tmp_path):
    with tarfile.open(recorded("ripestat/ripestat_mockdata.tar.gz")) as tar:
        tar.extractall(tmp_path, filter="data")
    folder = tmp_path / "test/__mockdata/ripeResponses"
    for name, entity in (("prefixCount", ""), ("countryResourceStats", "country/NL")):
        file = folder / f"{name}.json"
        assert recognise(file).name == "ripestat"
        pieces, _, tally = parse(file, ripestat.read, entity)
        assert tally.kept > 10
        assert not tally.aside
        assert {one.entity for one in pieces} == {entity or "asn/3333"}


def test_recorded_annotations_of_radar_are_reports_per_place():
    file = recorded("api-samples/cloudflare_radar_annotations_2025-01.json")
    assert recognise(file).name == "radar"
    _, reports, tally = parse(file, radar.read)
    assert tally.kept == tally.records == 5
    syria = next(one for one in reports if one.entity == "country/SY")
    assert syria.cause == "CABLE_CUT"
    assert syria.end is not None
    assert {one.entity for one in reports} >= {"asn/29256", "country/IE", "asn/8359"}
    ireland = next(one for one in reports if one.entity == "country/IE")
    assert ireland.end is None


def test_traffic_of_radar_is_a_series_of_what_was_asked_for(tmp_path):
    answer = {
        "success": True,
        "result": {
            "serie_0": {
                "timestamps": ["2025-01-01T00:00:00Z", "2025-01-01T00:15:00Z"],
                "values": ["0.5", "1"],
            }
        },
    }
    file = put(tmp_path, answer)
    assert recognise(file).name == "radar"
    (one,), _, _ = parse(file, radar.read, "country/PK")
    assert one.values.tolist() == [0.5, 1.0]
    assert one.relative
    answer["result"]["meta"] = {"normalization": "PERCENTAGE_CHANGE"}
    none, _, tally = parse(put(tmp_path, answer), radar.read, "country/PK")
    assert (none, list(tally.reasons)) == (
        [],
        ["values of another kind: 'PERCENTAGE_CHANGE'"],
    )
    with pytest.raises(DataError, match="--entity"):
        parse(file, radar.read)


def test_a_full_page_of_radar_leads_to_the_next():
    full = {"success": True, "result": {"annotations": [{}] * 500}}
    first = "http://radar/radar/annotations/outages?location=PK&limit=500"
    (second,) = radar.following(first, json.dumps(full).encode())
    assert second == f"{first}&offset=500"
    (third,) = radar.following(second, json.dumps(full).encode())
    assert third == f"{first}&offset=1000"
    full["result"]["annotations"].pop()
    assert radar.following(third, json.dumps(full).encode()) == []


def test_an_error_of_radar_is_told(tmp_path):
    with pytest.raises(DataError, match="quota"):
        parse(put(tmp_path, {"success": False, "errors": ["quota"]}), radar.read)


NOON = 10 * 86_400 + 43_200


def history(*, outage=True):
    """40 probes of one network over 20 days; then 30 leave within a minute."""
    rng = random.Random(7)
    start = 1_700_000_000
    events = []

    def tell(probe, time, what):
        one = {"prb_id": probe, "timestamp": time, "event": what, "asn": 17557}
        events.append({**one, "controller": "ctr-x", "type": "connection"})

    for probe in range(40):
        time = start + rng.randrange(20 * 86_400)
        tell(probe, time, "disconnect")
        tell(probe, time + 120, "connect")
        if outage and probe < 30:
            noon = start + NOON + rng.randrange(60)
            tell(probe, noon, "disconnect")
            tell(probe, noon + 3600, "connect")
    return events, start


def lines(events):
    return "".join(json.dumps(one) + "\n" for one in events)


def test_probes_that_leave_together_are_a_burst(tmp_path):
    events, start = history()
    file = put(tmp_path, lines(events))
    assert recognise(file).name == "atlas-connections"
    (one,), reports, tally = parse(file, atlas_history.read)
    assert (one.entity, one.metric) == ("asn/17557", "connected_probes")
    assert tally.kept == len(events)
    noon = (start + NOON) * SECOND
    (burst,) = reports
    assert abs(burst.start - noon) < MINUTE
    assert burst.end - burst.start < 2 * MINUTE
    assert "of 40 probes" in burst.says
    before = one.values[one.times < noon - 10 * MINUTE]
    during = one.values[(one.times > noon + 5 * MINUTE) & (one.times < noon + 3e9)]
    assert np.median(before) >= 38
    assert during.max() <= 12


def naive(events):
    """Return how many probes are connected after each event, by set and dict alone."""
    told, unique = set(), []
    for one in events:
        key = (one["prb_id"], one["timestamp"], one["event"])
        if key not in told:
            told.add(key)
            unique.append(one)
    unique.sort(key=lambda one: one["timestamp"])
    first = {one["prb_id"]: one["event"] for one in reversed(unique)}
    there = {probe for probe, event in first.items() if event == "disconnect"}
    steps = {}
    for one in unique:
        there |= {one["prb_id"]}
        there -= {one["prb_id"]} if one["event"] == "disconnect" else set()
        steps[one["timestamp"] // 300] = len(there)
    return steps, len(events) - len(unique)


@pytest.mark.parametrize("about", ["", "country/PK"])
def test_connected_probes_are_those_of_a_naive_account(tmp_path, about):
    rng = random.Random(3)
    events = [
        {
            "prb_id": rng.randrange(1, 60),
            "timestamp": 1_700_000_000 + rng.randrange(40_000),
            "event": rng.choice(["connect", "disconnect"]),
            "controller": "x",
            "asn": rng.choice([1, 2]),
        }
        for _ in range(1500)
    ]
    events += rng.sample(events, 40)
    file = put(tmp_path, lines(events))
    pieces, _, tally = parse(file, atlas_history.read, about)
    assert {one.entity for one in pieces} == {"asn/1", "asn/2"} | ({about} - {""})
    assert balanced(tally)
    for one in pieces:
        asn = one.entity.partition("/")[2]
        mine = [e for e in events if about == one.entity or str(e["asn"]) == asn]
        expected, _ = naive(mine)
        found = dict(zip((one.times // 300_000_000).tolist(), one.values, strict=True))
        assert {time: found[time] for time in expected} == expected
    assert tally.duplicates == naive(events)[1] >= 40


def test_a_history_too_long_to_be_held_is_refused_with_the_cure(tmp_path, monkeypatch):
    monkeypatch.setattr(atlas_history, "_MOST", 50)
    file = put(tmp_path, lines(history()[0]))
    with pytest.raises(DataError, match="shorter periods"):
        parse(file, atlas_history.read)


def test_probes_that_leave_one_by_one_are_none(tmp_path):
    events, _ = history(outage=False)
    _, reports, _ = parse(put(tmp_path, lines(events)), atlas_history.read)
    assert reports == []


def test_a_network_of_few_probes_says_nothing(tmp_path):
    events = [one for one in history()[0] if one["prb_id"] < 5]
    pieces, reports, _ = parse(put(tmp_path, lines(events)), atlas_history.read)
    assert (pieces, reports) == ([], [])
