"""What a choice comes to in rules, routes and filters."""

from dataclasses import replace

from rabta.model import Line, Needs, Uplink
from rabta.steer.decider import Decider, Wishes
from rabta.steer.plan import RULES_END, TABLE, Carriers, Route, plan_for
from rabta.steer.ways import ways_for


def uplink(number, *families, resolvers=()):
    lines = {
        4: Line(4, f"10.{number}.0.2", f"10.{number}.0.1", True, resolvers),
        6: Line(6, f"2001:db8:{number}::2", f"fe80::1%wan{number}", True),
    }
    name = f"line{number}"
    return Uplink(
        name, f"wan{number}", number, "wired", True, tuple(lines[f] for f in families)
    )


ONE = uplink(1, 4, 6, resolvers=("10.1.0.1",))
TWO = uplink(2, 4, resolvers=("10.2.0.1",))
SLOTS = {"line1": 1, "line2": 2}


def to(name, calls=""):
    return Carriers(name, calls or name)


def test_everything_follows_the_choice_and_own_addresses_stay_at_home():
    plan = plan_for({4: to("line2")}, (ONE, TWO), SLOTS)

    assert Route(4, TABLE, 2, "10.2.0.1", "10.2.0.2") in plan.routes
    sources = {rule.source: rule.table for rule in plan.rules if rule.source}
    assert sources == {"10.1.0.2/32": TABLE + 1, "10.2.0.2/32": TABLE + 2}
    order = [rule.priority for rule in plan.rules]
    assert order == sorted(order)
    assert plan.rules[0].suppress
    assert plan.rules[-1].priority == RULES_END


def test_a_family_that_nothing_carries_is_unreachable_at_once():
    plan = plan_for({6: Carriers("", "")}, (ONE, TWO), SLOTS)
    assert Route(6, TABLE) in plan.routes


def test_an_uplink_without_the_family_has_no_part_in_it():
    plan = plan_for({6: to("line1")}, (ONE, TWO), SLOTS)
    assert {route.table for route in plan.routes} == {TABLE, TABLE + 1}
    assert any(rule.source == "2001:db8:1::/64" for rule in plan.rules)


def test_an_uplink_that_lost_its_route_gets_none():
    gone = Uplink("line1", "wan1", 1, "wired", False, (Line(4, "", "", False),))
    plan = plan_for({4: to("line2")}, (gone, TWO), SLOTS)
    assert all(route.index == 2 for route in plan.routes)


def test_calls_apart_and_name_lookups_move_with_the_link():
    filters = plan_for({4: to("line2", "line1")}, (ONE, TWO), SLOTS).filters
    assert "udp dport { 3478-3481" in filters
    assert "ip daddr 10.1.0.1 udp dport 53" in filters
    assert "dnat ip to 10.2.0.1" in filters
    together = plan_for({4: to("line1")}, (ONE, TWO), SLOTS).filters
    assert "3478" not in together
    assert "dnat ip to 10.1.0.1" in together


def test_nothing_is_led_around_a_tunnel():
    tunnel = replace(ONE, name="wg0", medium="tunnel")
    decider = Decider(Wishes())
    decision = decider.decide((tunnel, TWO), None, {}, 0, 0.0)

    assert decider.wanted() == {}
    assert [one.key for one in decision.problems] == ["steer.blind", "steer.tunnel"]
    ways = ways_for(Needs(), "example.com", (TWO, tunnel), None)
    assert [way.uplink for way in ways] == ["wg0"]
    named = ways_for(Needs(uplink="line2"), "example.com", (TWO, tunnel), None)
    assert [way.uplink for way in named] == ["line2"]
