"""The real ``rabta up`` on a real host: what it says of a whole and a broken world."""

import sys
import time
from collections.abc import Iterator

import pytest

from .daemon import Rabta, all_fine
from .world import FOLDER, Lab


pytestmark = [pytest.mark.lab, pytest.mark.slow]


@pytest.fixture(scope="module")
def rabta(lab: Lab) -> Iterator[Rabta]:
    with Rabta(lab, FOLDER / "rabta", pace=0.2) as running:
        yield running


def test_a_whole_world_is_fine(rabta: Rabta) -> None:
    """Both uplinks and all services are found, measured, and nothing is wrong."""
    assert rabta.wait(all_fine, 60, 5) is not None, rabta.codes
    assert rabta.codes.keys() >= {"uplink/indus", "uplink/ravi", "service/code"}
    lines = [line for one in rabta.status["uplinks"] for line in one["lines"]]
    assert [line["family"] for line in lines] == [4, 6, 4, 6]


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("link-down", "lan-link"),
        ("gateway-dead", "lan-gateway"),
        ("first-hop-dead", "isp-access"),
        ("upstream-cut", "isp-core"),
        ("resolver", "dns-resolver"),
    ],
)
def test_a_broken_uplink_is_named_and_the_other_is_not(
    lab: Lab, rabta: Rabta, fault: str, code: str
) -> None:
    """The fault is called by its name within seconds; afterwards all is fine."""
    with lab.fault(fault, uplink=1):
        named = rabta.wait(lambda codes: codes["uplink/indus"] == code, 30, 1)

        assert named is not None, rabta.codes
        assert rabta.codes["uplink/ravi"] == "fine"
    assert rabta.wait(all_fine, 60, 1) is not None, rabta.codes


def test_a_blocked_service_is_named_and_no_other(lab: Lab, rabta: Rabta) -> None:
    """The uplinks stay fine, and so do the other services."""
    with lab.fault("sni-blocked", service="code", uplinks=[1, 2]):
        named = rabta.wait(lambda c: c["service/code"] == "sni-blocking", 60, 1)

        assert named is not None, rabta.codes
        others = {k: v for k, v in rabta.codes.items() if k not in _CONCERNED}
        assert set(others.values()) == {"fine"}


_CONCERNED = {"service/code", "host"}


def test_queued_work_waits_for_its_uplink_and_starts_when_it_is_back(
    lab: Lab, rabta: Rabta
) -> None:
    """While the uplink a job needs is down it waits; then it runs without a push."""
    done = FOLDER / "done"
    words = ["run", "--detach", "--uplink", "indus", "--config", str(rabta.file)]
    with lab.fault("gateway-dead", uplink=1):
        seen = rabta.wait(lambda codes: codes["uplink/indus"] == "lan-gateway", 30)
        assert seen is not None, rabta.codes
        lab.run([sys.executable, "-m", "rabta", *words, "--", "touch", str(done)])
        time.sleep(3)
        assert not done.exists()
    end = time.monotonic() + 60
    while not done.exists() and time.monotonic() < end:
        time.sleep(0.1)
    assert done.exists()
