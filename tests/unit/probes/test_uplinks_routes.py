"""From routing tables to uplinks, without a kernel."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from rabta.probes.uplinks.routes import bare_uplink, choose_source, uplinks_of
from rabta.probes.uplinks.tables import Address, Link, Route, Rule, Tables


ETH = Link(1, "eth0", carrier=True)
WLAN = Link(2, "wlan0", carrier=True)
LO = Link(9, "lo", carrier=True, loopback=True)

OURS = (
    Address(1, 4, "192.168.1.5", 24),
    Address(2, 4, "10.0.0.5", 8),
    Address(1, 6, "fe80::5", 64, global_scope=False),
)


def tables(*routes: Route, rules: tuple[Rule, ...] = ()) -> Tables:
    return Tables((LO, ETH, WLAN), OURS, routes, rules)


def default(index: int, gateway: str, **more: object) -> Route:
    family = 6 if ":" in gateway else 4
    destination = "::/0" if family == 6 else "0.0.0.0/0"
    return replace(Route(index, family, destination, gateway), **more)


def test_lower_metric_comes_first():
    found = uplinks_of(
        tables(
            default(1, "192.168.1.1", metric=600), default(2, "10.0.0.1", metric=100)
        )
    )

    assert [uplink.interface for uplink in found] == ["wlan0", "eth0"]
    assert found[0].line(4).source == "10.0.0.5"


def test_two_routers_on_one_interface_are_one_uplink():
    """A probe is bound to an interface, so the router the system prefers counts."""
    found = uplinks_of(
        tables(default(1, "192.168.1.2", metric=9), default(1, "192.168.1.1", metric=1))
    )

    assert [line.gateway for uplink in found for line in uplink.lines] == [
        "192.168.1.1"
    ]


def test_uplinks_with_ipv4_come_before_ipv6_alone():
    found = uplinks_of(
        tables(default(1, "fe80::1", metric=1), default(2, "10.0.0.1", metric=1000))
    )

    assert [uplink.interface for uplink in found] == ["wlan0", "eth0"]


def test_tables_no_rule_points_to_do_not_count():
    rules = (Rule(4, 0, 255), Rule(4, 32766, 254))
    routes = (default(1, "192.168.1.1", table=100), default(2, "10.0.0.1"))

    found = uplinks_of(tables(*routes, rules=rules))

    assert [uplink.interface for uplink in found] == ["wlan0"]


def test_a_table_for_all_traffic_comes_before_one_for_some():
    rules = (
        Rule(4, 100, 101, conditional=True),
        Rule(4, 200, 102),
        Rule(4, 32766, 254),
    )
    routes = (default(1, "192.168.1.1", table=101), default(2, "10.0.0.1", table=102))

    found = uplinks_of(tables(*routes, rules=rules))

    assert [uplink.interface for uplink in found] == ["wlan0", "eth0"]


def test_half_of_the_internet_is_no_default_route():
    assert uplinks_of(tables(Route(1, 4, "0.0.0.0/1", "192.168.1.1"))) == ()
    assert uplinks_of(tables(Route(1, 6, "2000::/3", "fe80::1"))) != ()


def test_loopback_is_no_way_out():
    assert uplinks_of(tables(default(9, "127.0.0.2"))) == ()


def test_a_route_may_name_its_source():
    (uplink,) = uplinks_of(tables(default(1, "192.168.1.1", source="192.168.1.99")))

    assert uplink.line(4).source == "192.168.1.99"


def test_source_in_the_network_of_the_gateway_is_preferred():
    ours = [Address(1, 4, "172.16.0.5", 16), Address(1, 4, "192.168.1.5", 24)]

    assert choose_source(ours, 4, "192.168.1.1") == ("192.168.1.5", False)
    assert choose_source(ours, 4, "172.16.9.9") == ("172.16.0.5", False)


def test_global_and_lasting_addresses_are_preferred():
    temporary = Address(1, 6, "2001:db8::7", 64, secondary=True)
    lasting = Address(1, 6, "2001:db8::8", 64)
    private = Address(1, 6, "fd00::9", 64)
    local = Address(1, 6, "fe80::1", 64, global_scope=False)

    assert choose_source([local, private, temporary, lasting], 6)[0] == "2001:db8::8"
    assert choose_source([local, private, temporary], 6)[0] == "2001:db8::7"
    assert choose_source([local, private], 6)[0] == "fd00::9"
    assert choose_source([local], 6)[0] == ""


def test_self_assigned_ipv4_is_shown_when_there_is_nothing_else():
    """169.254.0.0/16 is a finding of its own (RFC 3927), not the lack of an address."""
    local = Address(1, 4, "169.254.3.4", 16, global_scope=False)

    assert choose_source([local], 4) == ("169.254.3.4", False)
    assert choose_source([local, *OURS[:1]], 4) == ("192.168.1.5", False)


def test_an_address_another_host_has_is_a_conflict_only_without_a_better_one():
    taken = Address(1, 6, "2001:db8::1", 64, usable=False, duplicate=True)

    assert choose_source([taken], 6) == ("2001:db8::1", True)
    assert choose_source([taken, Address(1, 6, "2001:db8::2", 64)], 6) == (
        "2001:db8::2",
        False,
    )


def test_deprecated_and_tentative_addresses_are_not_used():
    assert choose_source([Address(1, 6, "2001:db8::1", 64, usable=False)], 6) == (
        "",
        False,
    )


def test_an_interface_without_route_has_the_lines_it_has_addresses_for():
    assert [line.family for line in bare_uplink(ETH, OURS).lines] == [4]
    (line,) = bare_uplink(Link(5, "usb0", carrier=False), OURS).lines
    assert (line.family, line.source, line.has_route) == (4, "", False)


ROUTES = st.builds(
    Route,
    index=st.sampled_from([1, 2, 7, 9]),
    family=st.sampled_from([4, 6]),
    destination=st.sampled_from(
        ["0.0.0.0/0", "::/0", "0.0.0.0/1", "128.0.0.0/1", "10.0.0.0/8", "2000::/3"]
    ),
    gateway=st.sampled_from(["", "192.168.1.1"]),
    metric=st.integers(0, 3),
    table=st.sampled_from([100, 253, 254]),
)


@given(routes=st.lists(ROUTES, max_size=12))
def test_every_uplink_is_one_interface_with_at_most_one_line_per_family(routes):
    """Whatever the tables hold, and in whatever order."""
    found = uplinks_of(tables(*routes))

    names = [uplink.interface for uplink in found]
    assert len(names) == len(set(names))
    assert set(names) <= {"eth0", "wlan0"}
    for uplink in found:
        families = [line.family for line in uplink.lines]
        assert families == sorted(set(families))
        assert families
    reordered = uplinks_of(tables(*reversed(routes)))
    assert [uplink.interface for uplink in reordered] == names
