"""The rhythm of probing: polite, spread out, quick at the start."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from rabta.agent.schedule import Schedule
from rabta.model import Probe, Rung, Target


KEY = ("ptcl", 4)


def target(name, interval=10.0, probes=(Probe.ICMP, Probe.TCP)):
    return Target(name, Rung.ANYCAST, "192.0.2.1", probes, interval=interval)


def run(schedule, stop, step=0.05, start=0.0):
    taken = []
    now = start
    while now < stop:
        taken += [(now, slot) for slot in schedule.take(now)]
        now += step
    return taken


def test_every_kind_of_probe_keeps_its_interval():
    schedule = Schedule()
    schedule.set({KEY: [target("a"), target("b", interval=2.0)]}, 0.0)

    taken = run(schedule, 100.0)

    counts = {}
    for _, slot in taken:
        counts[slot.target.name, slot.probe] = (
            counts.get((slot.target.name, slot.probe), 0) + 1
        )
    assert all(10 <= counts["a", p] <= 11 for p in (Probe.ICMP, Probe.TCP))
    assert all(49 <= counts["b", p] <= 51 for p in (Probe.ICMP, Probe.TCP))


@given(
    st.lists(st.sampled_from([2.5, 5.0, 10.0, 60.0]), min_size=1, max_size=12),
    st.integers(1, 2),
)
def test_no_target_hears_from_us_twice_in_a_second(intervals, kinds):
    probes = (Probe.ICMP, Probe.TCP)[:kinds]
    schedule = Schedule()
    members = [
        target(f"t{n}", interval, probes) for n, interval in enumerate(intervals)
    ]
    schedule.set({KEY: members}, 0.0)

    last = {}
    for at, slot in run(schedule, 60.0):
        assert at - last.get(slot.target.name, -9.0) >= 0.99
        last[slot.target.name] = at


def test_the_first_round_is_over_within_five_seconds():
    schedule = Schedule()
    members = [target(f"t{n}", 60.0) for n in range(20)]
    schedule.set({KEY: members}, 0.0)

    assert len({slot for _, slot in run(schedule, 5.0)}) == 40


def test_probes_of_a_rung_are_spread_and_not_sent_in_one_clump():
    schedule = Schedule()
    schedule.set({KEY: [target(f"t{n}", 10.0) for n in range(10)]}, 0.0)

    times = [at for at, _ in run(schedule, 40.0) if at >= 20.0]

    assert max(b - a for a, b in pairwise(times)) < 1.6


def test_after_a_long_sleep_each_slot_runs_once():
    schedule = Schedule()
    schedule.set({KEY: [target("a", 1.0)]}, 0.0)
    run(schedule, 5.0)

    assert len(schedule.take(100_000.0)) == 2
    assert schedule.take(100_000.01) == []


def test_a_target_that_is_gone_is_not_probed_and_others_keep_their_rhythm():
    schedule = Schedule()
    schedule.set({KEY: [target("a"), target("b")]}, 0.0)
    run(schedule, 12.0)
    before = schedule.next_due()

    schedule.set({KEY: [target("a")]}, 12.0)

    assert {slot.target.name for _, slot in run(schedule, 40.0, start=12.0)} == {"a"}
    assert before is not None


def test_all_lines_keep_one_time_even_one_that_came_later():
    schedule = Schedule()
    members = [target(f"t{n}", 10.0) for n in range(5)]
    others = ("stormfiber", 4), ("nayatel", 4)
    schedule.set(dict.fromkeys((KEY, others[0]), members), 0.0)
    run(schedule, 37.3)
    schedule.set(dict.fromkeys((KEY, *others), members), 37.3)

    moments = {}
    for at, slot in run(schedule, 120.0, step=0.01, start=60.0):
        moments.setdefault((at, slot.target.name, slot.probe), set()).add(slot.key)

    assert all(keys == {KEY, *others} for keys in moments.values())
    assert len(moments) in range(55, 66)
