"""The paired test: its statistics and its rules."""

import random
from itertools import combinations

import pytest

from rabta.attribute.throttling import (
    Pair,
    area,
    ks_distance,
    ks_p,
    split,
    throttling,
)
from rabta.clock import MINUTE


def pairs(
    target: float, control: float, begin: int = 0, count: int = 5, spread: float = 0.05
) -> list[Pair]:
    chance = random.Random(begin + count)
    return [
        Pair(
            begin * MINUTE + number * MINUTE // 4,
            target * chance.uniform(1 - spread, 1 + spread),
            control * chance.uniform(1 - spread, 1 + spread),
        )
        for number in range(count)
    ]


def test_exact_p_counts_every_way_to_mix_two_samples():
    """By hand: of all 252 ways to split ten values, two are wholly apart."""
    assert ks_p([1, 2, 3, 4, 5], [6, 7, 8, 9, 10]) == pytest.approx(2 / 252)


@pytest.mark.parametrize("first", [(1, 2, 4, 6, 7), (1, 2, 3, 4, 9), (1, 4, 5, 8, 10)])
def test_exact_p_agrees_with_brute_force(first):
    values = list(range(1, 11))
    second = [v for v in values if v not in first]
    seen = ks_distance(first, second)
    ways = list(combinations(values, 5))
    as_far = sum(
        ks_distance(way, [v for v in values if v not in way]) >= seen - 1e-9
        for way in ways
    )

    assert ks_p(first, second) == pytest.approx(as_far / len(ways))


def test_asymptotic_p_is_close_to_the_exact_one():
    chance = random.Random(1)
    first = sorted(chance.gauss(0, 1) for _ in range(20))
    second = sorted(chance.gauss(0.7, 1) for _ in range(20))
    exact = ks_p(first, second)
    longer = ks_p(sorted([*first, -9.0]), sorted([*second, 9.0]))

    assert 0.001 < exact < 0.2
    assert longer == pytest.approx(exact, abs=0.03)


def test_equal_samples_have_no_distance_and_no_area():
    same = [1.0, 2.0, 3.0]
    assert ks_distance(same, same) == 0
    assert ks_p(same, same) == 1
    assert area(same, same) == 0


def test_area_is_signed_and_a_share_of_the_smaller_maximum():
    assert area([1.0] * 5, [2.0] * 5) == pytest.approx(1.0)
    assert area([2.0] * 5, [1.0] * 5) == pytest.approx(-1.0)


def test_two_rounds_ten_minutes_apart_are_needed():
    first, second = pairs(1e5, 2e7), pairs(1e5, 2e7, begin=15)

    once, twice = throttling(first), throttling(first + second)

    assert once is not None
    assert not once.throttled
    assert twice is not None
    assert twice.throttled
    assert twice.since == first[0].time


def test_ten_pairs_in_a_row_are_one_round():
    found = throttling(pairs(1e5, 2e7, count=10))
    assert found is not None
    assert found.rounds == 1
    assert not found.throttled


def test_fewer_than_five_pairs_say_nothing():
    assert throttling(pairs(1e5, 2e7, count=4)) is None


def test_pairs_a_quarter_of_an_hour_apart_make_no_round():
    steady = [Pair(n * 15 * MINUTE, 1e5, 2e7) for n in range(10)]
    assert [len(one) for one in split(steady)] == [1] * 10
    assert throttling(steady) is None


@pytest.mark.parametrize(
    ("target", "control"), [(2e7, 2e7), (1.2e7, 2e7), (2e7, 1e5), (1e5, 1e5)]
)
def test_what_is_not_half_as_fast_is_not_throttled(target, control):
    found = throttling(pairs(target, control) + pairs(target, control, begin=15))
    assert found is not None
    assert not found.throttled


def test_one_slow_round_of_two_is_not_throttling():
    found = throttling(pairs(1e5, 2e7) + pairs(2e7, 2e7, begin=15))
    assert found is not None
    assert not found.throttled


def test_a_steady_rate_is_a_policer_and_a_varying_one_is_not():
    steady = throttling(pairs(1e5, 2e7) + pairs(1e5, 2e7, begin=15))
    wild = throttling(
        pairs(1e5, 2e7, spread=0.6) + pairs(1e5, 2e7, begin=15, spread=0.6)
    )

    assert steady is not None
    assert steady.policed
    assert wild is not None
    assert not wild.policed


def test_false_alarms_on_equal_rates_are_rare():
    """Two rounds, a ratio and three tests: by chance hardly ever."""
    chance = random.Random(5)
    alarms = 0
    for _ in range(400):
        made = [
            Pair(r * 15 * MINUTE + n, chance.lognormvariate(0, 0.8), 1.0)
            for r in range(2)
            for n in range(5)
        ]
        made = [Pair(p.time, p.target, chance.lognormvariate(0, 0.8)) for p in made]
        found = throttling(made)
        alarms += found is not None and found.throttled
    assert alarms <= 2


def test_more_tests_at_once_ask_for_more():
    close = [
        Pair(r * 15 * MINUTE + n, 1.0 + n / 100, 3.0)
        for r in range(2)
        for n in range(5)
    ]
    alone, many = throttling(close), throttling(close, tests=20)
    assert alone is not None
    assert alone.throttled
    assert many is not None
    assert not many.throttled
