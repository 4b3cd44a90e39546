"""What is asked how often over which line, and what stands for what in the other."""

import pytest

from rabta.agent.rig import Rigs
from rabta.clock import SystemClock
from rabta.config import Config, Store
from rabta.model import Line, Probe, Rung, Target, Uplink


FOUR = Line(4, "127.0.0.1", "127.0.0.2")
SIX = Line(6, "::1", "")
ICMP, TCP, DNS = Probe.ICMP, Probe.TCP, Probe.DNS


def uplink(*lines):
    return Uplink("lo", "lo", 1, "wired", carrier=True, lines=lines)


def target(name, family, rung=Rung.INTERNATIONAL, corridor="", probes=(ICMP, TCP)):
    return Target(
        *(name, rung, "192.0.2.1", probes),
        families=(family,),
        corridor=corridor,
        operator=name.partition("-")[0],
    )


ALL = (
    target("uno-v4", 4, Rung.ANYCAST, probes=(DNS, ICMP, TCP)),
    target("due-v6", 6, Rung.ANYCAST),
    target("uno-v6", 6, Rung.ANYCAST),
    target("gulf-v4", 4, corridor="gulf"),
    target("west-v6", 6, corridor="west"),
    target("gulf-v6", 6, corridor="gulf"),
    target("shop-v4", 4, Rung.SERVICE),
)


@pytest.fixture
def rigs(tmp_path):
    empty = tmp_path / "targets.toml"
    empty.write_text("")
    config = Config(Store(tmp_path), targets_file=empty, extra_targets=ALL)
    made = Rigs(config, SystemClock())
    yield made
    made.close()


@pytest.mark.parametrize(
    ("name", "other"),
    [("uno-v4", "uno-v6"), ("gulf-v4", "gulf-v6"), ("shop-v4", None)],
)
def test_the_other_family_has_a_counterpart_on_the_same_rung_and_way(rigs, name, other):
    rigs.follow([uplink(FOUR, SIX)])
    (one,) = (t for t in ALL if t.name == name)

    found = rigs.counterpart(("lo", 4), one)

    assert (found.name if found else None) == other


def test_without_another_family_there_is_no_counterpart(rigs):
    rigs.follow([uplink(FOUR)])

    assert rigs.counterpart(("lo", 4), ALL[0]) is None
