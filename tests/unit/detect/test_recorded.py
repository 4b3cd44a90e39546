"""What was found in recordings that others labelled."""

from datetime import UTC
from statistics import median
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from rabta.clock import HOUR, MINUTE
from rabta.detect.batch import detect
from rabta.detect.hierarchy import Node, explain, node, together

from .recorded import covered, ioda, moment, needs_data, observatory, windows


pytestmark = needs_data


@pytest.mark.parametrize(
    ("name", "zone"),
    [
        ("ioda_country_IQ_iraq.csv", "Asia/Baghdad"),
        ("ioda_country_IQ_iraq.csv", "UTC"),
        ("ioda_region_4369_zhytomyr.csv", "Europe/Kyiv"),
    ],
)
def test_labelled_windows_are_found_to_ten_minutes_and_nothing_else(name, zone):
    signals, times, labels = ioda(name)

    told = detect(signals, entity="x", timezone=ZoneInfo(zone)).disruptions

    said = covered(times, told)
    hits = np.count_nonzero(said & labels)
    assert hits / np.count_nonzero(said) >= 0.97
    assert hits / np.count_nonzero(labels) >= 0.97
    errors = [
        min(abs(one.onset - onset) for one in told)
        for onset, _ in windows(times, labels)
    ]
    assert median(errors) <= 10 * MINUTE
    assert len(windows(times, labels)) == len(told)
    assert all(one.confirmed for one in told)


def test_the_exam_shutdowns_are_one_pattern_of_local_mornings():
    signals, _, _ = ioda("ioda_country_IQ_iraq.csv")

    told = detect(signals, entity="country/IQ", timezone=ZoneInfo("Asia/Baghdad"))

    (pattern,) = told.recurring
    assert (pattern.start.hour, pattern.end.hour) == (4, 8)
    assert len(pattern.occurrences) == 8
    assert 4 not in pattern.days  # never on a Friday


def test_iran_2019_is_a_blackout_of_the_country_that_outlasts_the_recording():
    parts = observatory("irn-2019-11-11_gif.csv", ["name_1"], "time_e")

    whole = together("country/IR", list(parts.values()), UTC)
    (one,) = detect([whole], entity="country/IR", timezone=UTC).disruptions

    assert abs(one.onset - moment("2019-11-16 21:00")) <= 2 * HOUR
    assert one.end is None
    assert one.depth > 0.85


def test_iran_2019_reaches_every_province_and_so_is_national():
    parts = observatory("irn-2019-11-11_gif.csv", ["name_1"], "time_e")

    for place, signal in parts.items():
        told = detect([signal], entity=place, timezone=UTC).disruptions
        assert abs(told[-1].onset - moment("2019-11-16 22:00")) <= 3 * HOUR, place
        assert told[-1].end is None, place

    onset = moment("2019-11-16 22:00")
    nodes = tuple(node(place, s, UTC, onset, None) for place, s in parts.items())
    lost = sum(n.lost for n in nodes)
    root = Node("country/IR", sum(n.expected for n in nodes), lost, nodes)
    assert explain(root).entities == ("country/IR",)


def test_venezuela_2019_is_found_in_the_country_and_in_all_states_but_one():
    parts = observatory("ven-2019-07-22_gif.csv", ["name_1"], "time_e")
    onset = moment("2019-07-22 16:00")

    whole = together("country/VE", list(parts.values()), UTC)
    (one,) = detect([whole], entity="country/VE", timezone=UTC).disruptions

    assert abs(one.onset - onset) <= 3 * HOUR
    found = {
        place
        for place, signal in parts.items()
        for one in detect([signal], entity=place, timezone=UTC).disruptions
        if abs(one.onset - onset) <= 3 * HOUR
    }
    assert set(parts) - {"Bolívar"} == found  # smoothed there to a tenth or two


def test_hurricane_laura_ranks_the_counties_of_its_landfall_first():
    parts = observatory(
        "usa-2020-08-31_HurrLaura.csv", ["name_1", "name_2"], "time_e_utc"
    )
    last = max(int(signal.times[-1]) for signal in parts.values())
    cost = {}
    for place, signal in parts.items():
        told = detect([signal], entity=place, timezone=UTC).disruptions
        cost[place] = sum(f.depth * ((f.end or last) - f.onset) for f in told)
    ranked = sorted((p for p in cost if cost[p]), key=lambda p: -cost[p])

    assert {"Louisiana/Calcasieu", "Texas/Orange"} == set(ranked[:2])
    landfall = {"Jefferson", "Jefferson Davis", "Acadia", "Natchitoches"}
    assert landfall <= {place.partition("/")[2] for place in ranked[:8]}
    assert len(ranked) <= 30  # of 216
