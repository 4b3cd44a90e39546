"""From observations to verdicts and disruptions, over a real store."""

from dataclasses import replace

import pytest

from rabta import failure
from rabta.agent.demo.office import CELLULAR, FIBRE, UPLINKS
from rabta.agent.demo.places import targets
from rabta.agent.demo.world import Effect, Incident
from rabta.agent.pipeline import Pipeline
from rabta.attribute import Context
from rabta.clock import DAY, HOUR, MINUTE, SECOND
from rabta.errors import StoreError
from rabta.model import Kind, Observation, Probe, Rung, State

from .conftest import START, WARM


FIBRE_CUT = {
    "uplinks": frozenset({FIBRE.name}),
    "rungs": frozenset(Rung) - {Rung.GATEWAY, Rung.CARRIER, Rung.ADDRESS},
}
GONE = Effect(failure.GENERIC_TIMEOUT)


def outages(built, entity=FIBRE.entity):
    return [d for d in built.disruptions(entity) if d.kind is Kind.OUTAGE]


def cut(start=WARM, length=MINUTE, **where):
    where = where or FIBRE_CUT
    return Incident("cut", START + start, START + start + length, GONE, **where)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_cut_is_named_within_a_second_and_a_half(office, seed):
    built = office(cut(), seed=seed)
    built.run(WARM + 10 * SECOND)

    outage = built.disruptions(FIBRE.entity)[0]
    verdict = outage.verdicts[-1]
    assert verdict.code == "isp-access"
    first = next(v for v in outage.verdicts if v.code == "isp-access")
    kept = built.store.verdicts(FIBRE.entity, 0, 2**62)
    assert first in kept
    # the watermark is the newest observation that went into the verdict
    assert first.time - (START + WARM) <= 1.5 * SECOND


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_cut_is_one_outage_with_its_onset_and_end(office, seed):
    built = office(cut(), seed=seed)
    built.run(WARM + 2 * MINUTE)

    (outage,) = outages(built)
    assert outage.depth == 1.0
    assert abs(outage.onset - (START + WARM)) <= SECOND
    assert abs(outage.end - (START + WARM + MINUTE)) <= 4 * SECOND


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_loss_of_fifteen_percent_is_no_outage(office, seed):
    lossy = Incident(
        "loss", START + WARM, START + WARM + 10 * MINUTE, Effect(extra_loss=0.15)
    )
    built = office(lossy, seed=seed)
    built.run(WARM + 10 * MINUTE)

    assert Kind.OUTAGE not in {d.kind for d in built.disruptions()}


def test_nothing_is_recorded_while_all_is_well(office):
    built = office()
    built.run(10 * MINUTE)

    assert built.disruptions() == []
    assert built.host().code == "fine"


def test_the_host_does_not_record_again_what_its_uplink_says(office):
    built = office(cut())
    built.run(WARM + 30 * SECOND)

    assert built.host().code == "isp-access"
    assert [d.entity for d in built.disruptions()] == [FIBRE.entity]


def test_all_uplinks_down_is_an_outage_of_the_host(office):
    everywhere = cut(rungs=FIBRE_CUT["rungs"])
    built = office(everywhere)
    built.run(WARM + 30 * SECOND)

    entities = {d.entity for d in outages(built, None)}
    assert entities >= {FIBRE.entity, CELLULAR.entity, "host"}


def test_before_the_first_look_no_uplink_is_called_missing(store):
    pipeline = Pipeline(store, Context(), started=START)

    host = pipeline.status(START, {}, ()).host

    assert host.state is State.UNKNOWN
    assert host.sentence.key == "verdict.host-starting"
    assert store.disruptions() == []


def test_no_uplink_after_a_look_is_a_verdict(store):
    pipeline = Pipeline(store, Context(), started=START)
    pipeline.set_uplinks((), {}, START)

    assert pipeline.status(START, {}, ()).host.code == "no-uplink"
    assert [d.entity for d in store.disruptions(open_only=True)] == ["host"]


def test_no_uplink_has_one_start_also_for_the_next_run(store):
    def since(pipeline, now):
        pipeline.set_uplinks((), {}, now)
        pipeline.evaluate(now)
        return pipeline.status(now, {}, ()).host.since

    first = Pipeline(store, Context(), started=START)
    assert since(first, START) == START
    assert since(first, START + MINUTE) == START

    second = Pipeline(store, Context(), started=START + HOUR)
    assert since(second, START + HOUR) == START

    third = Pipeline(store, Context(), started=START - DAY)  # the clock was set back
    assert since(third, START - DAY) == START - DAY


def test_no_uplink_begins_anew_after_there_was_one(office):
    built = office()
    starts = []
    for minutes in (1, 2):
        built.run(minutes * MINUTE)
        built.pipeline.set_uplinks((), {}, built.now)
        built.pipeline.evaluate(built.now)
        starts.append(built.host().since)
        built._driver.announce(UPLINKS, built.now, pace=1.0)

    assert starts == [START + MINUTE, START + 2 * MINUTE]


def test_after_a_clock_step_an_open_disruption_goes_on(office):
    built = office(cut(length=10 * MINUTE))
    built.run(WARM + 20 * SECOND)
    before = built.disruptions(FIBRE.entity)

    built.pipeline.restart()
    built._driver.announce(UPLINKS, built.now, pace=1.0)
    built.pipeline.evaluate(built.now)
    assert built.disruptions(FIBRE.entity)[0].end is None

    built.run(WARM + 2 * MINUTE)
    (after,) = built.disruptions(FIBRE.entity)
    assert after.id == before[0].id
    assert after.onset == before[0].onset
    assert after.end is None


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_night_that_nobody_measured_is_no_part_of_an_outage(office, seed):
    """A minute of it, then asleep; on waking all is well."""
    built = office(cut(), seed=seed)
    built.run(WARM + MINUTE)
    slept = built.now
    built.sleep(8 * HOUR)
    built.run(WARM + 8 * HOUR + 2 * MINUTE)

    (outage,) = outages(built)
    assert outage.unobserved == ((slept, slept + 8 * HOUR),)
    assert abs(outage.lasted(built.now) - 60) <= 4


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_an_outage_that_lasts_after_a_night_asleep_is_the_same_one(office, seed):
    built = office(cut(length=8 * HOUR + 4 * MINUTE), seed=seed)
    built.run(WARM + MINUTE)
    built.sleep(8 * HOUR)
    built.run(WARM + 8 * HOUR + 5 * MINUTE)

    (outage,) = outages(built)
    assert abs(outage.end - outage.onset - 8 * HOUR - 4 * MINUTE) <= 4 * SECOND
    assert abs(outage.lasted(built.now) - 4 * 60) <= 4


def test_an_agent_that_starts_again_goes_on_with_what_was_open(office):
    built = office(cut(length=10 * MINUTE))
    built.run(WARM + 20 * SECOND)
    built.restart(after=5 * SECOND)
    built.run(WARM + 2 * MINUTE)

    (outage,) = built.disruptions(FIBRE.entity)
    assert outage.end is None
    assert abs(outage.onset - (START + WARM)) <= SECOND


@pytest.mark.parametrize("after", [5, 60, 115])
@pytest.mark.parametrize("everything", [True, False])
def test_a_start_in_the_middle_of_a_cut_neither_ends_nor_adds_anything(
    office, after, everything
):
    """Nor is a service blamed: what is heard of first is not how it is."""
    rungs = FIBRE_CUT["rungs"]
    built = office(cut(length=2 * MINUTE, **({"rungs": rungs} if everything else {})))
    built.run(WARM + after * SECOND)
    built.restart()
    built.run(WARM + 5 * MINUTE)

    found = built.disruptions()
    cut_off = {FIBRE.entity, CELLULAR.entity, "host"} if everything else {FIBRE.entity}
    assert sorted(one.entity for one in found) == sorted(cut_off)
    assert all(abs(one.onset - START - WARM) < 2 * SECOND for one in found)
    assert all(abs(one.end - START - WARM - 2 * MINUTE) < 2 * SECOND for one in found)


def test_what_ended_while_the_agent_was_away_is_closed(office):
    built = office(cut(length=MINUTE))
    built.run(WARM + 20 * SECOND)
    built.restart(after=5 * MINUTE)
    built.run(WARM + 8 * MINUTE)

    (outage,) = built.disruptions(FIBRE.entity)
    assert outage.end is not None
    assert outage.end >= START + WARM + 20 * SECOND


def test_a_clock_set_back_ends_nothing_before_it_began(office):
    built = office(cut(length=MINUTE))
    built.run(WARM + 20 * SECOND)
    (outage,) = built.disruptions(FIBRE.entity)

    built.pipeline.restart()
    calm = built.pipeline
    calm.set_uplinks(UPLINKS, targets(), START - DAY)
    world = built.world
    for second in range(120):
        now = START - DAY + second * SECOND
        for key, members in targets().items():
            for target in members:
                for probe in target.probes:
                    calm.observe(world.probe(now, *key, target, probe, ()))
        calm.evaluate(now)

    (outage,) = built.disruptions(FIBRE.entity)
    assert outage.end is not None
    assert outage.end >= outage.onset


def test_a_verdict_the_disk_refused_is_kept_at_the_next_chance(office, monkeypatch):
    built = office(cut())
    built.run(WARM + 20 * SECOND)
    real = built.store.close_disruption

    def full(*_):
        raise StoreError("no space left")

    monkeypatch.setattr(built.store, "close_disruption", full)
    with pytest.raises(StoreError):
        built.run(WARM + 2 * MINUTE)
    monkeypatch.setattr(built.store, "close_disruption", real)
    built.now = START + WARM + 2 * MINUTE
    built.run(WARM + 3 * MINUTE)

    (outage,) = built.disruptions(FIBRE.entity)
    assert outage.end is not None


def test_a_lost_carrier_is_an_outage_of_the_link(office):
    unplugged = cut(uplinks=FIBRE_CUT["uplinks"])
    built = office(replace(unplugged, effect=Effect(failure.NETWORK_DOWN)))
    built.run(WARM)
    dark = replace(FIBRE, carrier=False), CELLULAR
    built.pipeline.context = replace(built.pipeline.context, uplinks=dark)
    built._driver.announce(dark, built.now, pace=1.0)
    built.run(WARM + 5 * SECOND)

    (outage,) = outages(built)
    assert outage.verdicts[-1].code == "lan-link"
    assert abs(outage.onset - (START + WARM)) <= SECOND


def test_observations_of_unknown_lines_and_targets_are_passed_over(store):
    pipeline = Pipeline(store, Context(), started=START)
    pipeline.set_uplinks(UPLINKS, targets(), START)
    for uplink, target in (("nobody", "anycast-a"), (FIBRE.name, "nothing")):
        pipeline.observe(Observation(START, uplink, 4, target, Probe.ICMP, 0.01))

    assert pipeline.status(START, {}, ()).health.last_sample is None
    assert pipeline.deadline(("nobody", 4), "x", Probe.ICMP) == 2.0
    assert pipeline.wants(("nobody", 4), START) == ()


@pytest.mark.parametrize("step", [3600 * SECOND, 365 * DAY])
def test_a_clock_set_back_does_not_leave_the_last_sample_in_the_future(store, step):
    """Nor does a straggler that was sent before the step."""
    pipeline = Pipeline(store, Context(), started=START)
    pipeline.set_uplinks(UPLINKS, targets(), START)
    some = next(iter(targets()[FIBRE.name, 4])).name
    back = START - step
    for time in (START, back, START + 1, back + SECOND, back + SECOND // 2):
        seen = Observation(time, FIBRE.name, 4, some, Probe.ICMP, 0.01)
        pipeline.observe(seen)

    assert pipeline.status(back, {}, ()).health.last_sample == back + SECOND


def test_the_status_has_every_lane_and_service(office):
    built = office()
    built.run(WARM)

    status = built.pipeline.status(built.now, {}, ())

    assert [one.uplink for one in status.uplinks] == list(UPLINKS)
    assert {one.name for one in status.services} == {
        "code",
        "meetings",
        "payments",
        "shop",
    }
    for lane in status.uplinks:
        (line,) = lane.lines
        assert line.state is State.UP
        assert 0 < line.rtt_seconds < 0.3
        assert line.loss_ratio < 0.05
    assert all(len(one.cells) == 2 for one in status.services)
