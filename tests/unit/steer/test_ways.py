"""A job goes where its needs are met; what is not known closes nothing."""

from rabta.model import Line, Needs, State, Uplink
from rabta.steer.beliefs import Beliefs
from rabta.steer.ways import HERE, ways_for


def uplink(name, *, metered=False, families=(4,), **more):
    lines = tuple(Line(f, f"10.0.0.{f}", "10.0.0.1", **more) for f in families)
    return Uplink(name, name, 1, "wired", carrier=True, lines=lines, metered=metered)


A, B = uplink("a"), uplink("b", metered=True)


def names(needs, beliefs=None, uplinks=(A, B), host="example.com"):
    return [way.uplink for way in ways_for(needs, host, uplinks, beliefs)]


def test_without_measurements_every_line_with_a_route_may_be_tried():
    assert names(Needs()) == ["a", "b"]
    assert names(Needs(), uplinks=(uplink("c", has_route=False),)) == []


def test_a_line_that_is_down_is_closed_and_one_of_two_families_is_enough():
    down = Beliefs(lines={("a", 4): State.DOWN})
    assert names(Needs(), down) == ["b"]
    both = uplink("a", families=(4, 6))
    (way,) = ways_for(Needs(), "example.com", (both,), down)
    assert [one.family for one in way.bindings] == [6]


def test_what_costs_nothing_and_surely_works_comes_first():
    c = uplink("c")
    sure = Beliefs(lines={("c", 4): State.UP, ("b", 4): State.UP})
    assert names(Needs(), sure, (A, B, c)) == ["c", "a", "b"]


def test_needs_close_ways():
    beliefs = Beliefs(
        corridors={("a", 4, "west"): State.DOWN},
        services={("b", 4, "github"): State.DOWN},
        rates={"a": 1e6},
        hosts={"github.com": "github"},
    )
    assert names(Needs(unmetered=True), beliefs) == ["a"]
    assert names(Needs(uplink="b"), beliefs) == ["b"]
    assert names(Needs(corridor="west"), beliefs) == ["b"]
    assert names(Needs(service="github"), beliefs) == ["a"]
    assert names(Needs(), beliefs, host="github.com") == ["a"]
    assert names(Needs(bits_per_second=2e6), beliefs) == ["b"]


def test_this_machine_needs_no_line():
    for host in ("localhost", "127.0.0.1", "::1"):
        assert ways_for(Needs(), host, (), None) == (HERE,)
    assert ways_for(Needs(line=False), "", (), None) == (HERE,)
    assert ways_for(Needs(), "", (), None) == ()
