"""How many silences it takes, and how few answers."""

import pytest

from rabta.attribute.belief import (
    ANSWER,
    DARK,
    DARK_GROUP,
    LIMIT,
    SETTLED,
    SILENCE,
    probability,
    silence_weight,
)


def test_seven_silences_settle_a_reliable_host_and_six_do_not():
    """At 15 % loss seven in a row come once in 600,000 probes, six in 90,000."""
    assert 6 * SILENCE < DARK <= 7 * SILENCE


def test_a_group_needs_ten():
    assert 9 * SILENCE < DARK_GROUP <= 10 * SILENCE


def test_two_answers_undo_any_certainty():
    assert -LIMIT + ANSWER < SETTLED < -LIMIT + 2 * ANSWER


@pytest.mark.parametrize("rate", [1.0, 0.97, 0.85, 0.7])
def test_silence_of_a_good_member_weighs_the_same_at_any_loss_up_to_a_third(rate):
    assert silence_weight(rate) == SILENCE


def test_silence_of_a_member_that_never_answers_weighs_nothing():
    assert silence_weight(0.0) == 0
    assert 0 < silence_weight(0.3) < SILENCE / 2


def test_probability_is_that_of_the_odds():
    assert probability(0) == 0.5
    assert probability(SETTLED) == pytest.approx(0.9)
    assert probability(-LIMIT) == pytest.approx(0.01)
