"""Causes are ranked, gated and sum to at most one."""

import pytest

from rabta.attribute.causes import ranked
from rabta.attribute.table import LINE_ROWS, SERVICE_ROWS
from rabta.model import Cause


ROWS = [*LINE_ROWS, *SERVICE_ROWS]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.number}-{row.code}")
@pytest.mark.parametrize("power_lost", [True, False])
def test_probabilities_are_ranked_and_sum_to_one(row, power_lost):
    found = ranked(row.causes, row.confidence, power_lost=power_lost)

    values = [p for _, p in found]
    assert values == sorted(values, reverse=True)
    assert sum(values) == pytest.approx(1.0, abs=0.02)


def test_power_leads_when_the_mains_is_gone():
    shares = ((Cause.LAN, 0.8), (Cause.POWER, 0.15))
    assert ranked(shares, 0.95)[0][0] is Cause.LAN
    assert ranked(shares, 0.95, power_lost=True)[0][0] is Cause.POWER


def test_a_shutdown_needs_two_networks_and_never_passes_one_half():
    shares = ((Cause.SHUTDOWN, 0.9),)
    assert Cause.SHUTDOWN not in dict(ranked(shares, 0.9, networks=1))
    assert dict(ranked(shares, 0.9, networks=2))[Cause.SHUTDOWN] == 0.5


def test_codes_are_stable_and_rows_in_order():
    numbers = [row.number for row in LINE_ROWS]
    # what explains nothing else is told when nothing else is
    assert [numbers.pop(-3), numbers.pop(-2)] == [0, 1]
    assert numbers == sorted(numbers)
    assert [row.number for row in SERVICE_ROWS] == [
        13,
        13,
        14,
        15,
        16,
        17,
        18,
        19,
        20,
        22,
        22,
    ]
    assert {row.code for row in ROWS} == {
        "captive-portal", "http-intercepted", "local-power", "lan-link", "lan-gateway",
        "lan-wifi",
        "isp-access", "isp-core", "regional-outage", "national-gateway-outage",
        "isp-international", "corridor-degradation", "corridor-degradation-isp",
        "corridor-degradation-national", "gateway-degradation", "anycast-operator",
        "dns-resolver", "dns-intercepted", "dns-tampering-resolver",
        "dns-tampering-path", "ip-blocking", "sni-blocking", "http-blocking",
        "quic-blocking", "throttling", "service-outage", "peering", "bufferbloat",
        "undetermined",
    }  # fmt: skip
