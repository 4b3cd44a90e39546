"""The rhythm of probing: polite, spread out, quick at the start."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rabta.agent.schedule import Schedule
from rabta.model import Probe, Rung, Target


KEY = ("ptcl", 4)


def target(name, interval=10.0, probes=(Probe.ICMP, Probe.TCP), rung=Rung.SERVICE):
    return Target(name, rung, "192.0.2.1", probes, interval=interval)


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


LINES = [(name, family) for name in ("ptcl", "nayatel", "jazz") for family in (4, 6)]


def office():
    """The rungs as shipped: interval and kinds of each, and how many members."""
    plan = [
        (Rung.ANYCAST, 4, 5.0, (Probe.ICMP, Probe.TCP, Probe.DNS)),
        (Rung.DOMESTIC, 7, 10.0, (Probe.ICMP, Probe.TCP)),
        (Rung.INTERNATIONAL, 12, 10.0, (Probe.ICMP, Probe.TCP)),
        (Rung.SERVICE, 4, 60.0, (Probe.DNS, Probe.TCP, Probe.TLS, Probe.HTTP)),
        (Rung.FIRST_HOP, 1, 2.0, (Probe.ICMP,)),
    ]
    return [
        Target(f"{rung}-{n}", rung, "192.0.2.1", probes, interval=interval)
        for rung, count, interval, probes in plan
        for n in range(count)
    ]


def closest(schedule, start, stop):
    """Return the least time between two lines' probes of an address, in its steps."""
    last, least = {}, {}
    now = start
    while now < stop:
        for slot in schedule.take(now):
            name = slot.target.name, slot.key[1]
            at, line = last.get(name, (-1e9, None))
            if line != slot.key:
                step = slot.target.interval / len(slot.target.probes)
                least[name] = min(least.get(name, 1e9), (now - at) / step)
            last[name] = now, slot.key
        now = max(schedule.next_due(), now)
    return least


@pytest.mark.parametrize("lines", [LINES[::2], LINES], ids=["IPv4", "both families"])
def test_no_two_lines_ask_a_target_in_the_same_moment(lines):
    """They come a twelfth of the time between two probes of one line apart at least.

    An address has one family: the other's lines ask elsewhere.
    """
    schedule = Schedule()
    schedule.set(dict.fromkeys(lines, office()), 0.0)
    closest(schedule, 0.0, 60.0)  # the first round hurries

    least = closest(schedule, 60.0, 660.0)

    assert {name for name, _ in least} == {one.name for one in office()}
    assert min(least.values()) >= 1 / 12


def test_a_line_that_comes_later_takes_its_turn_too():
    schedule = Schedule()
    schedule.set(dict.fromkeys(LINES[::2][:2], office()), 0.0)
    closest(schedule, 0.0, 37.3)
    schedule.set(dict.fromkeys(LINES[::2], office()), 37.3)
    closest(schedule, 37.3, 100.0)

    assert min(closest(schedule, 100.0, 400.0).values()) >= 1 / 12


def test_lines_that_come_and_go_leave_no_two_with_one_number():
    schedule = Schedule()
    first, second, third = LINES[::2]
    for lines in ([first, second], [second], [third, second]):
        schedule.set(dict.fromkeys(lines, office()), 0.0)
    closest(schedule, 0.0, 60.0)

    assert min(closest(schedule, 60.0, 300.0).values()) >= 1 / 12


def test_what_the_lines_ask_at_once_they_ask_of_different_targets():
    """So that taking turns does not wake the machine for every line anew."""
    schedule = Schedule()
    members = [target(f"t{n}", 5.0) for n in range(8)]
    schedule.set(dict.fromkeys(LINES[::2], members), 0.0)
    run(schedule, 20.0)

    moments = {}
    for at, slot in run(schedule, 80.0, step=0.01, start=20.0):
        moments.setdefault(round(at / 0.1), set()).add((slot.key, slot.target.name))

    assert all(len({name for _, name in m}) == len(m) for m in moments.values())
    assert len(moments) < 12 * 16 * 3 * 0.8  # rounds, slots and lines


def test_gateways_are_asked_together_as_nobody_hears_from_two():
    schedule = Schedule()
    gateway = Target("g", Rung.GATEWAY, "192.0.2.1", (Probe.ICMP,), interval=2.0)
    schedule.set({key: [gateway] for key in LINES}, 0.0)
    run(schedule, 10.0)

    moments = {}
    for at, slot in run(schedule, 30.0, step=0.01, start=10.0):
        moments.setdefault(at, set()).add(slot.key)

    assert all(keys == set(LINES) for keys in moments.values())


def test_a_kind_that_has_its_turn_in_each_fourth_round_keeps_out_of_the_others_way():
    schedule = Schedule()
    members = [target(f"t{n}", rung=Rung.ANYCAST) for n in range(8)]
    schedule.set({KEY: members}, 0.0)
    run(schedule, 40.0)

    taken = run(schedule, 440.0, step=0.02, start=40.0)
    count = {
        p: sum(slot.probe is p for _, slot in taken) for p in (Probe.ICMP, Probe.TCP)
    }
    tenths = [0] * 40
    for at, slot in taken:
        tenths[int((at - 40.0) / 10.0)] += slot.probe is Probe.ICMP
    last = {}
    for at, slot in taken:
        assert at - last.get(slot.target.name, -9.0) >= 0.99
        last[slot.target.name] = at

    assert count[Probe.TCP] in range(312, 329)
    assert count[Probe.ICMP] in range(76, 85)
    assert max(tenths) <= 4  # not all of them in one round


def test_a_target_that_gets_another_rhythm_stays_apart_from_itself():
    schedule = Schedule()
    members = [target(f"t{n}") for n in range(5)]
    schedule.set({KEY: members[:3]}, 0.0)
    run(schedule, 33.0)
    schedule.set({KEY: members}, 33.0)
    run(schedule, 47.0, start=33.0)
    slower = [replace(one, interval=20.0) for one in members]
    schedule.set({KEY: slower}, 47.0)
    run(schedule, 60.0, start=47.0)

    last = {}
    for at, slot in run(schedule, 200.0, start=60.0):
        assert at - last.get(slot.target.name, -9.0) >= 0.99
        last[slot.target.name] = at


def test_what_failed_is_asked_again_after_an_interval_and_not_in_its_next_turn():
    """Else a way that works again would look broken for three rounds more."""
    schedule = Schedule()
    schedule.set({KEY: [target("a", rung=Rung.ANYCAST)]}, 0.0)
    ((first, slot), *_) = [s for s in run(schedule, 45.0) if s[1].probe is Probe.ICMP]
    again = run(schedule, 90.0, start=45.0)
    (last,) = [at for at, one in again if one == slot]
    now = last + 2.0
    schedule.heard(slot, now, ok=False)
    schedule.heard(slot, now + 1.0, ok=False)

    failing = [at for at, one in run(schedule, now + 52.0, start=now) if one == slot]
    schedule.heard(slot, now + 52.0, ok=True)
    run(schedule, now + 65.0, start=now + 52.0)
    works = [s for s in run(schedule, now + 225.0, start=now + 65.0) if s[1] == slot]

    assert first < last
    assert now + 10.0 <= failing[0] < now + 10.1
    assert len(failing) in (4, 5)  # each round
    assert len(works) in (3, 4)  # each fourth


def test_what_is_due_earlier_anyway_is_not_put_off():
    schedule = Schedule()
    schedule.set({KEY: [target("a", 2.0)]}, 0.0)
    ((at, slot), *_) = run(schedule, 3.0)
    before = schedule.next_due()
    schedule.heard(slot, 3.0, ok=False)

    assert schedule.next_due() == before
    assert at < 3.0
