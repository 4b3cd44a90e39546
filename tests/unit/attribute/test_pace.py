"""How soon a cut is told, how soon it is over, and what random loss does not do."""

import pytest

from rabta.clock import SECOND
from rabta.model import Rung
from tests.unit.attribute.world import (
    BEYOND,
    EVERYTHING,
    FROM_FIRST_HOP,
    START,
    Effect,
    SimLine,
    World,
    cut,
    plan,
    uplink,
)


RUNS = 40
OUTAGE = {
    "captive-portal",
    "local-power",
    "lan-link",
    "lan-gateway",
    "isp-access",
    "isp-core",
    "regional-outage",
    "national-gateway-outage",
    "isp-international",
}


def told_after(rungs, seed: int, loss: float = 0.0) -> list[tuple[float, str]]:
    """What is said after a cut at some odd moment, in seconds since the cut."""
    begin = 30 + seed * 0.37 % 10
    line = SimLine(uplink(), plan(), loss=loss)
    world = World([line], seed=seed, fate=cut(rungs, begin))
    world.run(begin + 6)
    return [(at - begin, code) for at, code in world.told() if at > begin]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rungs", "code"),
    [
        (EVERYTHING, "lan-gateway"),
        (FROM_FIRST_HOP, "isp-access"),
        (BEYOND, "isp-core"),
    ],
)
@pytest.mark.parametrize("loss", [0.0, 0.03])
def test_a_cut_is_told_within_a_second_and_a_half(rungs, code, loss):
    """Median 1.5 s at most, the slowest 3 s, and the first word is the right one."""
    stories = [told_after(rungs, seed, loss) for seed in range(RUNS)]
    times = sorted(story[0][0] for story in stories)

    assert [story[0][1] for story in stories] == [code] * RUNS
    assert times[RUNS // 2] <= 1.5
    assert times[-1] <= 3.0


@pytest.mark.slow
def test_losing_only_what_is_abroad_is_told_within_seconds():
    """Fewer probes meet it, and each takes longer."""
    stories = [told_after((Rung.INTERNATIONAL,), seed) for seed in range(RUNS)]
    times = sorted(story[0][0] for story in stories)

    assert {story[0][1] for story in stories} == {"isp-international"}
    assert times[RUNS // 2] <= 2.0
    assert times[-1] <= 4.0


@pytest.mark.slow
@pytest.mark.parametrize("rungs", [EVERYTHING, FROM_FIRST_HOP, BEYOND])
def test_ten_cuts_of_six_seconds_are_ten_records(rungs):
    """Each is told once and is over within three seconds of its end."""
    spans = [(30 + 30 * n, 36 + 30 * n) for n in range(10)]
    fates = [cut(rungs, begin, end) for begin, end in spans]

    def fate(*asked):
        return next((effect for f in fates if (effect := f(*asked))), None)

    world = World([SimLine(uplink(), plan())], seed=9, fate=fate)
    world.run(340)
    told = [(at, code) for at, code in world.told() if at > 20]

    down = [at for at, code in told if code in OUTAGE]
    up = [at for at, code in told if code == "fine"]
    assert len(down) == len(up) == 10
    assert len(told) == 20
    for (begin, end), at, over in zip(spans, down, up, strict=True):
        assert begin < at < begin + 3
        assert end < over < end + 3


def filled(seconds: float, ramp: float, seed: int) -> list[tuple[float, str]]:
    """What is said while an upload fills the access line's queue for 20 s."""

    def fate(_, target, __, sent):
        since = (sent - START) / SECOND - 40
        if target.rung is Rung.GATEWAY or not 0 <= since < 20:
            return None
        return Effect(queue=min(1.0, since / ramp) * seconds)

    world = World([SimLine(uplink(), plan())], seed=seed, fate=fate)
    world.run(75)
    return world.told()


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("seconds", "ramp"), [(0.5, 0.01), (1.5, 3.0)])
def test_a_queue_that_fills_is_no_outage(seconds, ramp, seed):
    """Every answer comes late at once: that is an upload and not a cut."""
    assert [code for _, code in filled(seconds, ramp, seed)] == ["fine"]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_a_queue_of_a_second_and_a_half_in_an_instant_is_mistaken_once_at_most(seed):
    """Nothing tells it from a cut until its first answer comes: then it is over."""
    told = filled(1.5, 0.01, seed)
    wrong = [(at, code) for at, code in told if code in OUTAGE]
    assert len(wrong) <= 1
    assert told[-1][1] == "fine"
    assert told[-1][0] < 43


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
def test_fifteen_percent_loss_for_ten_minutes_is_no_outage(seed):
    world = World([SimLine(uplink(), plan(), loss=0.15)], seed=seed)
    world.run(600)
    codes = {code for _, code in world.told()}
    assert not codes & OUTAGE, world.told()


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_the_same_where_only_gateway_and_first_hop_are_known(seed):
    chain = [t for t in plan() if t.rung in (Rung.GATEWAY, Rung.FIRST_HOP)]
    world = World([SimLine(uplink(), chain, loss=0.15)], seed=seed)
    world.run(600)
    assert not {code for _, code in world.told()} & OUTAGE


def test_steady_probing_costs_no_bursts_on_a_clean_line():
    world = World([SimLine(uplink(), plan())], seed=1)
    world.run(100)
    steady = sum(len(t.probes) * 100 / t.interval for t in plan())
    assert world.sent < 1.1 * steady


def test_loss_costs_a_handful_of_extra_probes_each():
    """At 1 % loss the extra probes stay below a fifth of the steady ones."""
    world = World([SimLine(uplink(), plan(), loss=0.01)], seed=1)
    world.run(300)
    steady = sum(len(t.probes) * 300 / t.interval for t in plan())
    assert world.sent < 1.2 * steady


def test_no_rung_is_blamed_in_passing():
    """From cut to verdict and back no other code is told, however the dice fall."""
    for seed in range(8):
        begin = 31 + seed * 0.7
        world = World(
            [SimLine(uplink(), plan(), loss=0.02)],
            seed=seed,
            fate=cut(FROM_FIRST_HOP, begin, begin + 8),
        )
        world.run(60)
        codes = [code for at, code in world.told() if at > 5]
        assert codes == ["isp-access", "fine"], (seed, world.told())
