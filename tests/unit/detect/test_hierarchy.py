"""Who explains the loss."""

from datetime import UTC

import numpy as np
import pytest

from rabta.detect.hierarchy import Node, explain, node, together

from .worlds import at, routes


def leaf(name, expected, lost):
    return Node(name, expected, lost)


def test_one_big_provider_is_not_national():
    parts = (leaf("asn/1", 50, 48), leaf("asn/2", 25, 1), leaf("asn/3", 25, 1))

    told = explain(Node("country/XX", 100, 50, parts))

    assert told.entities == ("asn/1",)
    assert told.share == pytest.approx(0.96)


def test_most_parts_make_the_whole():
    parts = tuple(leaf(f"region/{i}", 10, 8) for i in range(9))

    told = explain(Node("country/XX", 100, 72, (*parts, leaf("region/9", 10, 0))))

    assert told.entities == ("country/XX",)


def test_two_regions_down_are_named_and_their_quiet_parts_are_not():
    bad = tuple(leaf(f"asn/{i}", 10, 9) for i in range(3))
    parts = (
        Node("region/a", 30, 27, bad),
        Node("region/b", 30, 15, (leaf("asn/8", 15, 15), leaf("asn/9", 15, 0))),
        leaf("region/c", 100, 0),
        leaf("region/d", 100, 1),
    )

    told = explain(Node("country/XX", 260, 43, parts))

    assert told.entities == ("region/a", "asn/8")


def test_gains_elsewhere_hide_nothing():
    parts = (leaf("asn/1", 50, 40), leaf("asn/2", 50, -40))

    assert explain(Node("country/XX", 100, 0, parts)).entities == ("asn/1",)


def test_without_children_the_root_answers():
    assert explain(leaf("asn/1", 10, 5)).entities == ("asn/1",)


def test_a_node_knows_what_was_there_and_what_was_lost():
    signal = routes(3, [(300, 340, 0.5)])

    told = node("asn/1", signal, UTC, at(300), at(340))

    assert told.depth == pytest.approx(0.5, abs=0.01)
    assert told.expected == pytest.approx(3000, rel=0.01)


def test_a_missing_part_is_not_zero_in_the_sum():
    one, two = routes(2, level=3000), routes(2, level=1000, seed=4)
    two.values[100:300] = np.nan

    total = together("country/XX", [one, two], UTC)

    assert np.nanmin(total.values) > 3950
    assert len(total.values) == len(one.values)


def test_parts_of_different_directions_are_refused():
    one = routes(1)
    other = type(one)("x", one.kind, one.times, one.values, higher_is_worse=True)

    with pytest.raises(ValueError, match="different kinds"):
        together("country/XX", [one, other], UTC)
