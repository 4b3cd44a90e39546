"""What the system says of an interface becomes an observation like any other."""

from dataclasses import replace

import pytest

from rabta import failure
from rabta.agent.demo.office import FIBRE
from rabta.agent.links import link_observations
from rabta.model import Probe


LINE = FIBRE.lines[0]


def test_a_link_in_order_is_told_with_its_address_and_gateway():
    (seen,) = link_observations(FIBRE, 7)

    assert seen.ok
    assert (seen.time, seen.probe, seen.uplink) == (7, Probe.LINK, FIBRE.name)
    assert seen.detail.gateway == LINE.gateway
    assert seen.spent_bytes == 0


@pytest.mark.parametrize(
    ("uplink", "line", "name"),
    [
        ({"carrier": False}, {"source": "", "has_route": False}, failure.NO_CARRIER),
        ({}, {"source": "", "has_route": False}, failure.NO_ADDRESS),
        ({}, {"has_route": False}, failure.NO_ROUTE),
        ({}, {"conflict": True}, failure.ADDRESS_CONFLICT),
        ({"carrier": None}, {}, None),
    ],
)
def test_the_lowest_thing_wrong_is_named(uplink, line, name):
    uplink = replace(FIBRE, lines=(replace(LINE, **line),), **uplink)

    (seen,) = link_observations(uplink, 0)

    assert seen.failure == name


def test_each_family_is_told_apart():
    six = replace(LINE, family=6, source="", gateway="")
    both = replace(FIBRE, lines=(LINE, six))

    assert [s.failure for s in link_observations(both, 0)] == [None, failure.NO_ADDRESS]
