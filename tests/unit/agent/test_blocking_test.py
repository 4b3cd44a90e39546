"""What a test of a service asks over one line."""

from dataclasses import replace
from pathlib import Path

from rabta.agent.blocking_test import BlockingTest, Way
from rabta.clock import ManualClock
from rabta.config import Config, Service, Store
from rabta.config.targets import service_targets
from rabta.model import DnsDetail, Line, Observation, Probe, Uplink
from rabta.probes import Binding


HELPER = "198.51.100.7"


def test_an_unrelated_server_is_asked_under_the_services_name_and_its_own():
    """Only one that passes with its own can accuse a filter of the other."""
    service = Service("code", "Code", "https://code.example.org/")
    config = Config(store=Store(Path()), services=(service,))
    line = Line(4, "192.0.2.2", "192.0.2.1")
    uplink = Uplink("wan1", "eth0", 2, "wired", True, (line,))
    bound = Binding("eth0", "192.0.2.2", 4, "none")
    test = BlockingTest(config, "code", Way(uplink, line, bound), ManualClock(1))
    targets = service_targets(config, "code")
    host = next(one.host for one in targets if one.role == "neutral-helper")
    named = DnsDetail(host, "NOERROR", (HELPER,), 1)
    told = Observation(1, "wan1", 4, f"names/{host}", Probe.DNS, 0.1, detail=named)

    test.seen = [(replace(test.target, name=told.target, role="host"), told)]

    asked = [(t.sni, p) for t, p, address in test._attempts() if address == HELPER]
    assert sorted(asked) == [
        ("code.example.org", Probe.TLS),
        (host, Probe.TLS),
    ]
