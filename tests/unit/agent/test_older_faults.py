"""A fault that is older than the start is seen by what was usual before."""

from dataclasses import replace

import pytest

from rabta.agent.demo.office import FIBRE, UPLINKS
from rabta.agent.demo.world import Effect, Incident
from rabta.clock import DAY, HOUR, MINUTE, SECOND
from rabta.model import Kind, Rung, State

from .conftest import START


OFF = 4 * HOUR
BEFORE, AFTER = 6 * MINUTE, 5 * MINUTE
"""Enough to know what is usual, at an answer every ten seconds, and to miss it."""


def slow(start, extra, length=DAY):
    """Every way abroad over the fibre takes *extra* seconds longer."""
    return Incident(
        "slow",
        START + start,
        START + start + length,
        Effect(extra_seconds=extra),
        uplinks=frozenset({FIBRE.name}),
        rungs=frozenset({Rung.INTERNATIONAL}),
    )


def begun(built):
    return [d for d in built.disruptions(FIBRE.entity) if d.end is None]


@pytest.mark.parametrize("seed", [1, 2])
def test_what_became_slow_while_the_power_was_off_is_seen_after_it(office, seed):
    built = office(slow(HOUR, 0.3), seed=seed)
    built.run(BEFORE)
    built.restart(after=OFF)
    built.run(BEFORE + OFF + AFTER)

    (one,) = begun(built)
    assert one.kind is Kind.DEGRADATION
    assert 0.2 < one.extra_seconds < 0.4


@pytest.mark.parametrize("seed", [1, 2])
def test_what_became_slow_while_it_slept_is_seen_on_waking(office, seed):
    built = office(slow(HOUR, 0.3), seed=seed)
    built.run(BEFORE)
    built.sleep(OFF)
    built.run(BEFORE + OFF + AFTER)

    assert [one.kind for one in begun(built)] == [Kind.DEGRADATION]


@pytest.mark.parametrize("seed", [1, 2])
def test_an_evening_a_little_slower_than_the_night_is_no_fault(office, seed):
    """Nobody saw delays rise, and a fifth more is what busy hours are like."""
    built = office(slow(HOUR, 0.02), seed=seed)
    built.run(BEFORE)
    built.restart(after=OFF)
    built.run(BEFORE + OFF + AFTER)

    assert built.disruptions() == []


def test_a_fault_does_not_become_the_usual_however_often_power_fails(office):
    built = office(slow(HOUR, 0.3))
    built.run(BEFORE)
    until = BEFORE
    for _ in range(2):
        built.restart(after=OFF)
        until += OFF + AFTER
        built.run(until)

    assert [one.kind for one in begun(built)] == [Kind.DEGRADATION]


def test_what_is_usual_elsewhere_says_nothing_here(office, monkeypatch):
    """The same machine behind another router or provider: other ways, other delays."""
    built = office(slow(HOUR, 0.3))
    built.run(BEFORE)
    moved = tuple(replace(one, asn=one.asn + 1) for one in UPLINKS)
    monkeypatch.setattr("tests.unit.agent.conftest.UPLINKS", moved)
    built.restart(after=OFF)
    built.run(BEFORE + OFF + AFTER)

    assert built.disruptions() == []
    host = built.pipeline.status(built.now + SECOND, {}, ()).host
    assert host.state is State.UP


def test_weeks_later_it_is_learnt_anew(office):
    built = office(slow(HOUR, 0.3, 60 * DAY))
    built.run(BEFORE)
    built.restart(after=29 * DAY)
    built.run(BEFORE + 29 * DAY + AFTER)

    assert built.disruptions() == []
