"""Sums of very many records are those of a naive account, and bounded."""

import json
from collections import Counter, defaultdict
from random import Random

import numpy as np
import pytest

from rabta.clock import HOUR
from rabta.sources import bins, ooni

from .helpers import balanced, parse


@pytest.fixture(autouse=True)
def often(monkeypatch):
    monkeypatch.setattr(bins, "_PENDING", 300)


def test_hours_are_those_of_a_naive_account():
    rng = Random(2)
    made = bins.Bins()
    expected = defaultdict(list)
    for _ in range(60):
        rows = [
            (rng.choice("abcdefgh"), rng.randrange(90) * HOUR // 2, rng.random())
            for _ in range(90)
        ]
        for name, time, value in rows:
            expected[name, time // HOUR * HOUR].append(value)
        numbers = [made.number((name,)) for name, _, _ in rows]
        made.add(numbers, [one[1] for one in rows], [one[2] for one in rows])
    found = {
        (name, time): (count, total)
        for (name,), one in made.series()
        for time, count, total in zip(
            one.times.tolist(), one.counts.tolist(), one.sums.tolist(), strict=True
        )
    }
    assert found.keys() == expected.keys()
    for key, values in expected.items():
        assert found[key] == (len(values), pytest.approx(sum(values)))
    assert all(np.diff(one.times).min() > 0 for _, one in made.series())


def test_keys_are_counted_until_there_is_no_room(monkeypatch):
    monkeypatch.setattr(bins, "_KEYS", 500)
    rng = Random(1)
    keys = [("x", rng.randrange(400)) for _ in range(5000)]
    made, expected = bins.Counts(), Counter(keys)
    for one in keys:
        made.add(one)
    assert {one: made.of(one) for one in expected} == dict(expected)
    assert made.of(("y", 1)) == 0
    for number in range(5000):
        made.add(("z", number))
    assert {one: made.of(one) for one in expected} == dict(expected)
    assert made.of(("z", 4999)) == 0


def test_what_has_no_series_or_report_of_its_own_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(bins, "_SERIES", 20)
    monkeypatch.setattr("rabta.agent.interference._MOST", 10)
    rows = [
        {
            "test_name": "web_connectivity",
            "probe_cc": "PK",
            "probe_asn": "AS17557",
            "measurement_start_time": "2026-11-20T10:00:00Z",
            "input": f"https://h{number}.example/",
            "test_keys": {"accessible": False, "blocking": "dns"},
        }
        for number in range(50)
    ]
    file = tmp_path / "a.jsonl"
    file.write_text("".join(json.dumps(one) + "\n" for one in rows))
    pieces, reports, tally = parse(file, ooni.read)
    assert balanced(tally)
    assert len(reports) == 10
    kept = sum(1 for one in pieces if one.target)
    said = " ".join(tally.notes)
    assert "40 measurements that are consistent with interference" in said
    assert f"{50 - kept} measurements are in the series of their country" in said
    country = next(
        one
        for one in pieces
        if one.entity == "country/PK" and one.metric.endswith("per_hour")
    )
    assert country.values.tolist() == [50.0]
