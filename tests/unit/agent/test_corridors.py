"""Own delays on the ways out of the country reach the cause model."""

from collections import defaultdict

from rabta.agent.corridors import paths_of
from rabta.attribute.cause.path import corridor_of
from rabta.clock import HOUR, MINUTE, ManualClock
from rabta.config.targets import corridors_of_country
from rabta.model import Observation, Probe
from rabta.store import Store


ONSET = 1_757_000_100_000_000 // HOUR * HOUR


def test_one_way_out_that_got_longer_stands_out_from_two_uplinks(tmp_path):
    by_corridor = defaultdict(list)
    for target, corridor in corridors_of_country("PK").items():
        by_corridor[corridor].append(target)
    longer, other = sorted(by_corridor)[:2]
    seen = []
    for uplink in ("a", "b"):
        for corridor in (longer, other):
            for target in by_corridor[corridor][:2]:
                for n in range(-96, 24):
                    time = ONSET + n * 15 * MINUTE
                    extra = 0.09 if corridor == longer and n >= 0 else 0.0
                    rtt = 0.12 + extra + 0.0002 * (n % 3)
                    one = Observation(time, uplink, 4, target, Probe.TCP, rtt)
                    seen.append(one)
    with Store.open(tmp_path, clock=ManualClock(ONSET + 7 * HOUR)) as store:
        store.record(sorted(seen, key=lambda one: one.time))
        found = corridor_of(paths_of(store, "PK", ONSET))
        assert paths_of(store, "XX", ONSET) == ()
    assert found is not None
    assert (found.name, found.networks, found.stands_out) == (longer, 2, True)
