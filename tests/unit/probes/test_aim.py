"""What a probe is told, and where the probes are found."""

import asyncio
import subprocess
import sys

import pytest

from rabta import failure
from rabta.clock import ManualClock
from rabta.model import Probe, Rung, Target
from rabta.probes import PROBES, Aim, Binding


AIM = Aim(
    Target("anchor", Rung.ANYCAST, "192.0.2.1", (Probe.TCP,)),
    "192.0.2.1",
    "ptcl",
    Binding("eth0", "", 6, "none"),
    ManualClock(5),
)


def test_an_observation_says_who_asked_whom_over_what():
    """Target, uplink, family and address come from the aim."""
    seen = AIM.observe(Probe.TCP, 7, value=0.5, spent_bytes=60)

    assert (seen.time, seen.uplink, seen.family) == (7, "ptcl", 6)
    assert (seen.target, seen.address, seen.probe) == ("anchor", "192.0.2.1", Probe.TCP)
    assert (seen.value, seen.ok, seen.spent_bytes) == (0.5, True, 60)


def test_every_probe_but_the_link_itself_is_registered():
    """The system reports LINK; nobody asks for it."""
    assert set(PROBES) == set(Probe) - {Probe.LINK}


def test_importing_the_room_imports_no_protocol():
    """The module of a protocol is imported when it is first asked for."""
    code = (
        "import sys, rabta.probes;"
        "print([m for m in sys.modules if m.startswith('rabta.probes.')])"
    )
    said = subprocess.check_output([sys.executable, "-c", code], text=True)

    assert eval(said) == ["rabta.probes.binding", "rabta.probes.aim"]


@pytest.mark.parametrize("probe", sorted(PROBES))
def test_every_registered_probe_exists(probe):
    """What is registered leads to a coroutine function that takes an aim."""
    measuring = PROBES[probe](AIM)

    assert asyncio.iscoroutine(measuring)
    measuring.close()


async def test_without_an_engine_icmp_is_not_measured():
    """No engine, no probe, no blame."""
    seen = await asyncio.wait_for(PROBES[Probe.ICMP](AIM), 5)

    assert seen.failure == failure.UNSUPPORTED
    assert seen.failure in failure.NOT_MEASURED
