"""Worse than usual: when it is said and when it is over."""

import random

from rabta.attribute.change import DelayChange, LossChange, RateChange
from rabta.attribute.delay import Delay
from rabta.clock import SECOND


def losses(change: LossChange, rate: float, count: int, seed: int = 1) -> int | None:
    """Feed *count* probes; after how many the change opened."""
    chance = random.Random(seed)
    for number in range(count):
        if chance.random() < rate:
            change.lost(number * SECOND)
        else:
            change.answered()
        if change.open:
            return number
    return None


def test_heavy_loss_is_seen_within_a_minute_of_seconds():
    found = [losses(LossChange(), 0.15, 300, seed) for seed in range(40)]

    assert None not in found
    assert sorted(n for n in found if n is not None)[20] < 60


def test_one_percent_is_no_change():
    found = [losses(LossChange(), 0.01, 3600, seed) for seed in range(20)]

    assert sum(n is not None for n in found) <= 1


def test_loss_is_over_after_a_long_run_of_answers():
    change = LossChange()
    losses(change, 0.2, 300)
    assert change.open

    for _ in range(110):
        change.answered()

    assert not change.open


def test_onset_is_the_first_loss_of_the_run():
    change = LossChange()
    for _ in range(50):
        change.answered()
    for number in range(8):
        change.lost((100 + number) * SECOND)

    assert change.open
    assert change.onset == 100 * SECOND


class Path:
    def __init__(self, seed: int = 3) -> None:
        self.change = DelayChange()
        self.delay = Delay()
        self.now = 0
        self._random = random.Random(seed)

    def run(self, rtt: float, count: int, noise: float = 0.08) -> int | None:
        for number in range(count):
            self.now += SECOND
            value = rtt * self._random.lognormvariate(0, noise)
            self.delay.update(value)
            self.change.sample(self.now, value, self.delay.smooth)
            if self.change.open:
                return number
        return None


def test_a_longer_path_is_seen_within_a_dozen_probes():
    path = Path()
    assert path.run(0.150, 200) is None

    found = path.run(0.230, 40)

    assert found is not None
    assert found < 12
    assert path.change.onset >= 195 * SECOND


def test_a_few_late_answers_at_the_start_do_not_become_the_usual():
    """A machine that starts is late itself."""
    path = Path()
    path.run(0.4, 6, noise=0.6)
    path.run(0.015, 30)

    found = path.run(0.12, 40)
    assert found is not None
    assert found < 20


def test_the_quick_answers_of_a_portal_do_not_blunt_it():
    """A router answers in place of the world for twenty seconds."""
    path = Path()
    path.run(0.03, 60)
    path.run(0.0005, 20)
    path.run(0.03, 40)

    found = path.run(0.13, 40)
    assert found is not None
    assert found < 15


def test_what_may_be_a_change_does_not_become_the_usual():
    """A noisy path that gets slower by half opens late, but it opens."""
    path = Path()
    path.run(0.24, 300, noise=0.3)
    spread = path.change.spread
    path.run(0.5, 8, noise=0.3)
    assert path.change.open or path.change.spread < 1.3 * spread

    assert path.change.open or path.run(0.5, 60, noise=0.3) is not None


def test_noise_of_a_fifth_is_no_change():
    assert Path().run(0.150, 20_000, noise=0.2) is None


def test_a_significant_but_small_rise_is_kept_quiet():
    """Twice the delay of a switch next door harms nobody: it is 2 ms."""
    path = Path()
    path.run(0.002, 200)

    assert path.run(0.004, 400) is None


def test_a_few_spikes_are_no_change():
    path = Path()
    path.run(0.05, 100)
    for _ in range(10):
        path.run(0.9, 1)
        assert path.run(0.05, 30) is None


def test_delay_is_over_after_five_good_answers():
    path = Path()
    path.run(0.05, 100)
    path.run(0.2, 100)
    assert path.change.open

    path.run(0.05, 30, noise=0.01)
    for _ in range(6):
        path.run(0.05, 1, noise=0.01)

    assert not path.change.open


def test_half_the_rate_three_times_is_a_change():
    change = RateChange()
    for number in range(5):
        change.sample(number, 10e6)
    change.sample(6, 4e6)
    change.sample(7, 4e6)
    assert not change.open
    change.sample(8, 4e6)
    assert change.open
    assert change.onset == 6
    change.sample(9, 9e6)
    assert not change.open


def test_one_outlier_after_many_a_little_slower_is_no_change():
    """A busy machine: microseconds more for a while, then once late itself."""
    path = Path()
    assert path.run(40e-6, 100) is None
    assert path.run(55e-6, 20) is None

    assert path.run(0.2, 1) is None
    assert path.run(55e-6, 20) is None
