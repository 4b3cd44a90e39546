"""Own delays on the ways out of the country reach the cause model."""

from collections import defaultdict

import msgspec
import pytest

from rabta.agent.corridors import paths_of
from rabta.attribute.cause.path import corridor_of
from rabta.clock import HOUR, MINUTE, ManualClock
from rabta.config.targets import corridors_of_country
from rabta.model import Observation, PathDetail, Probe
from rabta.model.observation import Hop
from rabta.store import Store


ONSET = 1_757_000_100_000_000 // HOUR * HOUR


def lane(name, **more):
    """One uplink as the status document has it."""
    return {"uplink": {"name": name, "medium": "wired", "isp": "", "asn": 0, **more}}


def longer_from(uplinks, folder, lanes):
    """Return what stands out after one way out got longer on all of *uplinks*."""
    by_corridor = defaultdict(list)
    for target, corridor in corridors_of_country("PK").items():
        by_corridor[corridor].append(target)
    longer, other = sorted(by_corridor)[:2]
    seen = []
    for uplink in uplinks:
        for corridor in (longer, other):
            for target in by_corridor[corridor][:2]:
                for n in range(-96, 24):
                    time = ONSET + n * 15 * MINUTE
                    extra = 0.09 if corridor == longer and n >= 0 else 0.0
                    rtt = 0.12 + extra + 0.0002 * (n % 3)
                    one = Observation(time, uplink, 4, target, Probe.TCP, rtt)
                    seen.append(one)
    with Store.open(folder, clock=ManualClock(ONSET + 7 * HOUR)) as store:
        store.record(sorted(seen, key=lambda one: one.time))
        store.put_status(msgspec.json.encode({"uplinks": lanes}))
        found = corridor_of(paths_of(store, "PK", ONSET))
        assert paths_of(store, "XX", ONSET) == ()
    if found is not None:
        assert (found.name, found.stands_out) == (longer, True)
    return found


@pytest.mark.parametrize(
    ("first", "second", "networks"),
    [
        ({"asn": 17557}, {"asn": 9541}, 2),
        ({"isp": "PTCL"}, {"isp": "Nayatel"}, 2),
        ({"asn": 17557}, {"asn": 17557}, 1),
        ({"isp": "PTCL"}, {"isp": "PTCL"}, 1),
        ({"isp": "PTCL"}, {"isp": "PTCL", "asn": 17557}, 1),
        ({"isp": "PTCL"}, {"asn": 9541}, 1),
        ({"asn": 17557}, {}, 1),
        ({"asn": 17557}, {"asn": 9009, "medium": "tunnel"}, 1),
        ({}, {}, 0),
    ],
)
def test_two_uplinks_are_two_networks_only_where_that_is_known(
    tmp_path, first, second, networks
):
    lanes = [lane("a", **first), lane("b", **second)]
    assert longer_from(("a", "b"), tmp_path, lanes).networks == networks


def test_what_goes_through_a_tunnel_says_nothing_of_the_ways_out(tmp_path):
    lanes = [lane("a", asn=9009, medium="tunnel")]
    assert longer_from(("a",), tmp_path, lanes) is None


def path(uplink, family, corridor, time, abroad):
    hops = (Hop(1, "39.32.1.1", 0.01), Hop(2, abroad, 0.11), Hop(3, "1.2.3.4", 0.12))
    return Observation(
        time, uplink, family, f"path-{corridor}", Probe.PATH, 0.12,
        detail=PathDetail(hops, reached=True),
    )  # fmt: skip


def test_a_path_that_leaves_elsewhere_is_told_of_its_way_out_alone(tmp_path):
    by_corridor = defaultdict(list)
    for target, corridor in corridors_of_country("PK").items():
        by_corridor[corridor].append(target)
    first, other = sorted(by_corridor)[:2]
    seen = []
    for corridor in (first, other):
        for target in by_corridor[corridor][:2]:
            for n in range(-96, 24):
                time = ONSET + n * 15 * MINUTE
                seen.append(Observation(time, "a", 4, target, Probe.TCP, 0.12))
        for n in range(-10, 5):
            moved = corridor == first and n >= 0
            abroad = "203.208.9.1" if moved else "62.115.4.9"
            seen.append(path("a", 4, corridor, ONSET + n * HOUR, abroad))
    with Store.open(tmp_path, clock=ManualClock(ONSET + 7 * HOUR)) as store:
        store.record(sorted(seen, key=lambda one: one.time))
        told = {one.target: one.changed for one in paths_of(store, "PK", ONSET)}
    assert told[by_corridor[first][0]] is True
    assert told[by_corridor[other][0]] is False
    assert {told[by_corridor[one][1]] for one in (first, other)} == {None}
