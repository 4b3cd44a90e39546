"""Public signals of an entity become disruptions, once, and versions after that."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

from rabta.agent import usual
from rabta.agent.parts import whole_of
from rabta.agent.public import judge_entities, judge_entity
from rabta.agent.public_records import Looked
from rabta.agent.public_signals import PUBLIC, is_judged, is_public, kind_of
from rabta.cli import group
from rabta.clock import DAY, HOUR, MINUTE, ManualClock
from rabta.detect.signal import SignalKind
from rabta.locale import LANGUAGES, render
from rabta.model import State
from rabta.store import Batch, SeriesKey, Store


STEP = 5 * MINUTE
START = 1_700_000_100_000_000 // DAY * DAY
ENTITY = "country/PK"


def wave(days, *, level=5000.0, seed=1):
    """A daily wave with a little noise."""
    count = days * DAY // STEP
    times = START + STEP * np.arange(count, dtype=np.int64)
    noise = np.random.default_rng(seed).normal(0, 0.01, count)
    return times, level * (1 + 0.1 * np.sin(2 * np.pi * times / DAY) + noise)


def cut(times, values, day, hours, share=0.1):
    """Take most of the values away for some hours of a day."""
    begin = START + day * DAY + 6 * HOUR
    inside = (times >= begin) & (times < begin + hours * HOUR)
    return times, np.where(inside, values * share, values)


def put(store, metric, signal, *, source="ioda", entity=ENTITY):
    times, values = signal
    key = SeriesKey(source, metric, entity)
    store.append([Batch(key, "/24", "lower", times, values)])


@pytest.fixture
def store(tmp_path):
    clock = ManualClock(START + 400 * DAY)
    with Store.open(tmp_path, clock=clock) as one:
        yield one


@pytest.fixture
def cut_twice(store):
    for seed, metric in enumerate(("bgp", "ping-slash24")):
        put(store, metric, cut(*wave(20, seed=seed), 15, 5))
    return store


@pytest.mark.parametrize("level", [0.5, 3.0])
def test_percent_is_read_as_percent_whether_or_not_it_passes_one(store, level):
    """Half a percent lost is no half, and what is usual is told in percent too."""
    times, values = wave(20, level=level)
    lost = np.where((times // HOUR) % (20 * 24) < 6, values * 1.5, values)
    key = SeriesKey("ioda", "ping-slash24-loss", ENTITY)
    store.append([Batch(key, "%", "higher", times, lost)])
    assert judge_entity(store, ENTITY) == Looked(judged=1, opened=0)
    (one,) = usual.read(store.path, ENTITY).usual.values()
    assert np.nanmedian(one.values) == pytest.approx(level, rel=0.05)


def test_a_cut_in_both_signals_is_one_disruption_with_evidence(cut_twice):
    assert judge_entity(cut_twice, ENTITY) == Looked(judged=1, opened=1)
    (one,) = cut_twice.disruptions(entity=ENTITY)
    assert abs(one.onset - (START + 15 * DAY + 6 * HOUR)) <= 3 * STEP
    assert abs(one.end - (START + 15 * DAY + 11 * HOUR)) <= 3 * STEP
    assert 0.8 < one.depth <= 1
    verdict = one.verdict
    assert verdict.state is State.DOWN
    assert {e.id for e in verdict.evidence} >= {
        "signal/IODA bgp",
        "signal/IODA ping-slash24",
        "confirmed",
    }
    assert verdict.causes[0][0] == "unknown"
    for language in LANGUAGES:
        assert "PK" in render(verdict.sentence, language)
        for said in (*verdict.alternatives, *(e.says for e in verdict.evidence)):
            assert render(said, language)


def test_all_series_are_not_looked_at_for_each_of_many_networks(store, monkeypatch):
    """There may be as many of them as networks, or many more."""
    for number in range(6):
        put(
            store, "bgp", cut(*wave(20, seed=number), 15, 5), entity=f"asn/{number + 1}"
        )
    every = []
    series = Store.series

    def counted(self, entity=""):
        every.append(1) if not entity else None
        return series(self, entity)

    monkeypatch.setattr(Store, "series", counted)
    looked = judge_entities(store, [f"asn/{number + 1}" for number in range(6)])
    assert looked.judged == looked.opened == 6
    assert len(every) == 1
    assert store.entities() == {f"asn/{number + 1}" for number in range(6)}


def test_what_did_not_change_is_not_judged_again(cut_twice):
    judge_entity(cut_twice, ENTITY)
    assert judge_entity(cut_twice, ENTITY) == Looked(unchanged=1)
    assert len(cut_twice.disruptions(entity=ENTITY)) == 1


def test_more_data_add_a_disruption_and_leave_the_first_one_alone(cut_twice):
    judge_entity(cut_twice, ENTITY)
    (first,) = cut_twice.disruptions(entity=ENTITY)
    for seed, metric in enumerate(("bgp", "ping-slash24")):
        longer = cut(*cut(*wave(27, seed=seed), 15, 5), 24, 3)
        put(cut_twice, metric, longer)
    looked = judge_entity(cut_twice, ENTITY)
    assert looked.opened == 1
    found = cut_twice.disruptions(entity=ENTITY)
    assert [one.id for one in found][-1] == first.id
    assert len(found) == 2


def test_data_that_were_corrected_withdraw_what_they_showed(cut_twice):
    judge_entity(cut_twice, ENTITY)
    for seed, metric in enumerate(("bgp", "ping-slash24")):
        put(cut_twice, metric, wave(20, seed=seed))
    assert judge_entity(cut_twice, ENTITY).withdrawn == 1
    (one,) = cut_twice.disruptions(entity=ENTITY)
    assert one.end == one.onset
    assert len(one.verdicts) == 2
    assert one.verdicts[-1].state is State.UP


def test_a_cut_that_lasts_is_open_and_closed_when_it_is_over(store):
    for seed, metric in enumerate(("bgp", "ping-slash24")):
        times, values = cut(*wave(20, seed=seed), 19, 30)
        put(store, metric, (times, values))
    judge_entity(store, ENTITY)
    (one,) = store.disruptions(entity=ENTITY)
    assert one.end is None
    for seed, metric in enumerate(("bgp", "ping-slash24")):
        put(store, metric, cut(*wave(23, seed=seed), 19, 30))
    assert judge_entity(store, ENTITY).revised == 1
    (same,) = store.disruptions(entity=ENTITY)
    assert same.id == one.id
    assert abs(same.end - (START + 20 * DAY + 12 * HOUR)) <= 3 * STEP


def test_a_gap_is_no_disruption(store):
    times, values = wave(20)
    kept = (times < START + 15 * DAY) | (times > START + 16 * DAY)
    put(store, "bgp", (times[kept], values[kept]))
    judge_entity(store, ENTITY)
    assert store.disruptions(entity=ENTITY) == []


def test_signs_of_blocking_are_shown_but_have_no_vote_on_outages(store):
    put(store, "anomaly_ratio", cut(*wave(20), 15, 5), source="ooni")
    judge_entity(store, ENTITY)
    assert store.disruptions(entity=ENTITY) == []
    assert not any(is_judged(one) for one in store.series())


def test_what_is_usual_is_kept_by_the_hour(cut_twice):
    judge_entity(cut_twice, ENTITY)
    known = usual.read(cut_twice.path, ENTITY)
    assert len(known.usual) == 2
    for one in known.usual.values():
        at = np.array([START + 15 * DAY + 8 * HOUR])
        assert one.at(at, HOUR)[0] == pytest.approx(5000, rel=0.2)
        assert np.isnan(one.at(at + 300 * DAY, HOUR)[0])


def test_a_damaged_file_of_what_is_usual_costs_a_second_look(cut_twice):
    judge_entity(cut_twice, ENTITY)
    (file,) = (cut_twice.path / "detection/public").iterdir()
    file.write_bytes(b"no zip")
    assert usual.read(cut_twice.path, ENTITY) is None
    assert judge_entity(cut_twice, ENTITY) == Looked(judged=1)
    assert usual.read(cut_twice.path, ENTITY) is not None


def test_only_what_is_public_is_judged_and_progress_is_told(cut_twice):
    told = []
    looked = judge_entities(
        cut_twice,
        [ENTITY, "uplink/ptcl", "asn/64500"],
        progress=lambda done, of: told.append((done, of)),
    )
    assert looked == Looked(judged=2, opened=1)
    assert told == [(1, 2), (2, 2)]
    assert not is_public("service/github")
    assert all(is_public(f"{kind}/1") for kind in PUBLIC)


@pytest.mark.parametrize(
    ("metric", "unit", "kind"),
    [
        ("bgp", "/24", SignalKind.PREFIXES),
        ("visible_prefixes", "", SignalKind.PREFIXES),
        ("merit-nt", "sources", SignalKind.COUNT),
        ("gtr.WEB_SEARCH", "", SignalKind.COUNT),
        ("ping-slash24-loss", "%", SignalKind.FRACTION),
        ("ping-slash24-latency", "ms", SignalKind.RTT),
        ("download", "bit/s", SignalKind.THROUGHPUT),
    ],
)
def test_what_a_series_counts_follows_from_its_unit_and_metric(
    store, metric, unit, kind
):
    key = SeriesKey("ioda", metric, ENTITY)
    store.append([Batch(key, unit, "lower", [START], [1.0])])
    assert kind_of(store.series()[0]) is kind


NETWORKS = {"asn/17557": 3000.0, "asn/23674": 1000.0, "asn/38193": 1000.0}
"""Of Pakistan, as the shipped data know, with what each usually has."""


def put_country(store, lost, *, silent=()):
    """A country and its networks, of which some lose *lost* of what they have."""
    shares = {name: 1 - lost.get(name, 0.0) for name in NETWORKS}
    total = sum(NETWORKS[name] * share for name, share in shares.items())
    put(store, "bgp", cut(*wave(20), 15, 5, total / 5000.0))
    for seed, (name, level) in enumerate(NETWORKS.items(), 2):
        signal = cut(*wave(20, level=level, seed=seed), 15, 5, shares[name])
        if name in silent:
            signal = cut(*signal, 15, 5, np.nan)
        put(store, "bgp", signal, entity=name)


def parts_of(store):
    """What is said of parts, in the newest verdict on the country."""
    (one,) = store.disruptions(entity=ENTITY)
    return [
        render(e.says, "en") for e in one.verdict.evidence if e.id.startswith("parts-")
    ]


def test_the_networks_that_hold_nine_tenths_of_a_loss_are_named(store):
    put_country(store, {"asn/17557": 0.8, "asn/23674": 0.02})
    judge_entities(store, [ENTITY, *NETWORKS])

    (said,) = parts_of(store)
    assert said.startswith("9")
    assert said.endswith("% of what was lost is in AS17557")


def test_a_loss_of_nearly_all_networks_is_the_whole_country(store):
    put_country(store, dict.fromkeys(NETWORKS, 0.7))
    judge_entities(store, [ENTITY, *NETWORKS])

    (said,) = parts_of(store)
    assert said.startswith("most of the 3 parts")


def test_networks_that_hold_too_little_of_a_loss_or_are_silent_explain_nothing(store):
    put_country(store, {"asn/17557": 0.8}, silent=["asn/17557"])
    judge_entities(store, [ENTITY, *NETWORKS])

    assert parts_of(store) == []


def test_networks_that_come_in_later_add_a_version_to_the_country(store):
    put_country(store, {"asn/17557": 0.8})
    judge_entity(store, ENTITY)
    assert parts_of(store) == []

    looked = judge_entities(store, NETWORKS)

    assert len(parts_of(store)) == 1
    assert looked.revised == 1
    assert judge_entities(store, NETWORKS).unchanged == 4


def test_a_region_belongs_to_the_country_its_code_says():
    assert whole_of("region/PK-SD") == "country/PK"
    assert whole_of("region/1226") == ""
    assert whole_of("asn/17557") == "country/PK"


def test_events_name_the_parts_in_words_and_in_json(store):
    put_country(store, {"asn/17557": 0.8})
    judge_entities(store, [ENTITY, *NETWORKS])
    store.close()

    done = CliRunner().invoke(
        group, ["events", "--store", str(store.path), "--entity", ENTITY]
    )
    told = CliRunner().invoke(
        group, ["events", "--store", str(store.path), "--entity", ENTITY, "--json"]
    )

    assert done.exit_code == 0, done.output
    assert "of what was lost is in AS17557" in done.output.splitlines()[1]
    (document,) = [json.loads(line) for line in told.output.splitlines()]
    evidence = document["verdicts"][document["shown"]]["evidence"]
    (fact,) = [one for one in evidence if one["id"] == "parts-1"]
    assert "AS17557" in json.dumps(fact)
