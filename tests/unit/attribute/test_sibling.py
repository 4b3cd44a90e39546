"""A sibling says something only from another address."""

import pytest

from rabta import failure
from rabta.attribute.service import Service
from rabta.clock import SECOND
from rabta.model import Observation, Probe, Rung, State, Target


HOST = "shop.example"
MAIN = Target("shop", Rung.SERVICE, HOST, (Probe.TCP,), 60)
SIBLING = Target(
    "shop/sibling",
    Rung.CONTROL,
    "www.shop.example",
    (Probe.TCP,),
    900,
    control_for="shop",
    role="sibling",
)


def seen(target, at, failed, address):
    value = None if failed else 0.02
    return Observation(at, "a", 4, target.name, Probe.TCP, value, failed, address)


@pytest.mark.parametrize(
    ("address", "failed", "expected"),
    [
        ("198.18.7.8", None, State.UP),
        ("198.18.7.8", failure.GENERIC_TIMEOUT, State.DOWN),
        ("198.18.7.7", failure.GENERIC_TIMEOUT, State.UNKNOWN),
        ("198.18.7.7", None, State.UNKNOWN),
    ],
)
def test_one_at_the_services_own_address_is_left_out(address, failed, expected):
    service = Service(MAIN)
    service.set_targets(MAIN, [SIBLING])
    for n in range(3):
        at = n * SECOND + 1
        service.observe(seen(MAIN, at, failure.GENERIC_TIMEOUT, "198.18.7.7"), None)
        service.observe(seen(SIBLING, at + 1, failed, address), None)

    assert service.state(4 * SECOND).sibling is expected
