"""The first rule that fits a host says what may carry it."""

from rabta.config import RelayRule
from rabta.steer.relay.rules import ANY, permits, rule_for, tiers
from rabta.steer.ways import Way


ZOOM = RelayRule(hosts=("*.zoom.us",), prefer="storm")
BULK = RelayRule(hosts=("*.dropbox.com", "files.example"), unmetered=True)
REST = RelayRule(hosts=("*",), never=("vsat",))


def test_a_pattern_is_a_name_all_below_a_name_or_everything():
    rules = (ZOOM, BULK, REST)
    for host in ("zoom.us", "us02web.zoom.us"):
        assert rule_for(rules, host) is ZOOM
    assert rule_for(rules, "notzoom.us") is REST
    assert rule_for(rules, "files.example") is BULK
    assert rule_for(rules, "more.files.example") is REST
    assert rule_for((ZOOM,), "192.0.2.1") is ANY


def test_the_preferred_is_first_and_what_costs_is_last():
    a, storm = Way("a", ()), Way("storm", ())
    lte = Way("lte", (), metered=True)
    assert tiers(ANY, (a, storm, lte), {}) == [(a, storm), (lte,)]
    assert tiers(ZOOM, (a, storm, lte), {}) == [(storm,), (a,), (lte,)]
    assert tiers(RelayRule(("*",), prefer="lte"), (a, lte), {}) == [(lte,), (a,)]
    assert tiers(RelayRule(("*",), prefer="gone"), (a, lte), {}) == [(a,), (lte,)]


def test_what_is_forbidden_is_not_there():
    lte, vsat = Way("lte", (), metered=True), Way("vsat", ())
    assert tiers(BULK, (lte,), {}) == []
    assert tiers(REST, (lte, vsat), {}) == [(lte,)]
    both = RelayRule(("*",), prefer="lte", unmetered=True)
    assert tiers(both, (lte,), {}) == []
    assert not permits(BULK, "lte", metered=True)
    assert permits(BULK, "a", metered=False)


def test_the_users_tiers_come_before_cost_and_after_the_rule():
    a, storm = Way("a", ()), Way("storm", ())
    lte = Way("lte", (), metered=True)
    order = {"a": 2, "storm": 2, "lte": 1}
    assert tiers(ANY, (a, storm, lte), order) == [(lte,), (a, storm)]
    assert tiers(ZOOM, (a, storm, lte), order) == [(storm,), (lte,), (a,)]


def test_what_is_over_its_cap_is_the_last_resort_even_where_it_is_preferred():
    a, storm = Way("a", ()), Way("storm", ())
    assert tiers(ZOOM, (a, storm), {}, {"storm"}) == [(a,), (storm,)]
