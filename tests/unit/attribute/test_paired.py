"""The paired test: slow twice and by far, or nobody is accused."""

import random

import pytest

from rabta.attribute.paired import Couple, Transfer, holm, judge


def rounds(target, control, *, spread=0.05, loaded=0.1, count=2, pairs=5, seed=1):
    rng = random.Random(seed)

    def transfer(rate, loaded):
        return Transfer(rate * rng.uniform(1 - spread, 1 + spread), 0.1, loaded)

    return [
        [Couple(transfer(target, loaded), transfer(control, 0.1)) for _ in range(pairs)]
        for _ in range(count)
    ]


def test_two_slow_rounds_are_throttling_and_a_fixed_rate_is_a_policer():
    pace = judge(rounds(140e3, 8e6))
    assert pace.throttled
    assert pace.limiter == "policed"
    assert pace.ratio == pytest.approx(140e3 / 8e6, rel=0.1)


def test_a_round_trip_that_swells_under_load_is_a_shaper():
    assert judge(rounds(140e3, 8e6, loaded=0.6)).limiter == "shaped"


def measured(*rounds):
    """Kilobits per second, round trip before and under load; the control is fast."""
    return [
        [
            Couple(Transfer(1e3 * r, idle, loaded), Transfer(6e6, 0.14, 0.13))
            for r, idle, loaded in some
        ]
        for some in rounds
    ]


# fmt: off
LATE = (
    ((378, 0.195, 0.397), (334, 0.24, 0.394), (387, 0.229, 0.271),
     (356, 0.255, 0.399), (368, 0.232, 0.329)),
    ((357, 0.23, 0.404), (375, 0.131, 0.367), (366, 0.253, 0.441),
     (381, 0.188, 0.246), (412, 0.285, 0.34)),
)
"""Round trips that a busy host saw late."""
AWAY = (
    ((108, 0.138, 1.107), (115, 0.219, 1.113), (101, 0.149, 1.113),
     (107, 0.153, 1.112), (112, 0.178, 1.114)),
    ((137, 0.681, 1.113), (105, 0.162, 1.113), (161, 0.135, 0.524),
     (103, 0.137, 1.112), (102, 0.143, 1.112)),
)
"""One transfer that got away."""
# fmt: on


@pytest.mark.parametrize("seen", [LATE, AWAY], ids=["late", "away"])
def test_a_shaper_is_known_on_a_busy_host_too(seen):
    pace = judge(measured(*seen))
    assert (pace.throttled, pace.limiter) == (True, "shaped")


def test_a_rate_that_wanders_is_neither():
    pace = judge(rounds(1e6, 8e6, spread=0.6))
    assert pace.throttled
    assert pace.limiter == ""


@pytest.mark.parametrize(
    "made",
    [
        rounds(140e3, 8e6, count=1),
        rounds(140e3, 8e6, pairs=4),
        rounds(5e6, 8e6),
        rounds(8e6, 8e6),
        [rounds(140e3, 8e6)[0], rounds(8e6, 8e6)[0]],
        [],
    ],
    ids=["one round", "few pairs", "not by half", "alike", "only once", "nothing"],
)
def test_less_than_that_is_no_throttling(made):
    assert not judge(made).throttled


def test_luck_passes_for_throttling_in_hardly_any_of_many_congested_lines():
    accused = sum(
        judge(rounds(4e6, 4e6, spread=0.9, seed=seed)).throttled for seed in range(500)
    )
    assert accused == 0


def test_one_line_of_many_is_found_and_luck_on_many_accuses_none():
    hit, fine = rounds(140e3, 8e6), rounds(8e6, 8e6)
    lines = [fine] * 11 + [hit]
    levels = holm([judge(one).chance for one in lines])
    assert levels[-1] == pytest.approx(0.05 / 12)
    told = [judge(*one).throttled for one in zip(lines, levels, strict=True)]
    assert told == [False] * 11 + [True]


def test_holm_gives_the_smallest_the_strictest_level_and_stops_at_the_first_failure():
    assert holm([0.01, 0.03, 0.02]) == pytest.approx([0.05 / 3, 0.05, 0.025])
    assert holm([0.2, 0.01]) == pytest.approx([0.0, 0.025])
    assert holm([]) == []
