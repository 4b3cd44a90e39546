"""A radio that was bad until lately is not to blame for what comes after it."""

import pytest

from rabta.model import Probe, Rung, Target

from .world import Effect, SimLine, World, plan, uplink


BAD, OVER, NEXT = 120.0, 240.0, 260.0
"""Seconds since the start: the radio loses packets, no more, then the provider does."""


@pytest.mark.parametrize("seed", range(8))
def test_loss_of_the_provider_after_bad_reception_is_not_the_radio(seed):
    """The gateway's own loss is still open then: a few answers prove nothing."""

    def fate(_: SimLine, target: Target, __: Probe, sent: int) -> Effect | None:
        at = (sent - start) / 1e6
        if BAD <= at < OVER:
            return Effect(loss=0.06)
        provider = at >= NEXT and target.rung is not Rung.GATEWAY
        return Effect(loss=0.3) if provider else None

    world = World([SimLine(uplink(medium="wifi"), plan())], seed, fate=fate)
    start = world.now
    world.run(NEXT + 40)

    assert "lan-wifi" not in [code for at, code in world.told() if at >= NEXT]
