"""A whole that is put together from its regions or networks."""

from datetime import UTC

from rabta.detect.batch import judge_all
from rabta.detect.parts import whole
from rabta.detect.signal import SignalKind

from .worlds import at, few, routes


def parts(*drops, level=1000.0):
    found = {}
    for number, drop in enumerate(drops):
        signal = routes(4, drop, level=level, seed=number)
        found[f"country/XX/{number}"] = [(signal, judge_all([signal], UTC)[0])]
    return found


def test_the_fewest_regions_that_hold_the_loss_are_named():
    drop = [(500, 560, 0.8)]

    told = whole("country/XX", parts(drop, (), (), drop, ()), UTC)

    (one,) = told.detection.disruptions
    assert (one.onset, one.end) == (at(500), at(560))
    assert set(told.explained[0].entities) == {"country/XX/0", "country/XX/3"}
    assert told.explained[0].share > 0.95


def test_what_hits_most_of_them_is_of_the_whole():
    drop = [(500, 560, 0.6)]

    told = whole("country/XX", parts(drop, drop, drop, drop, ()), UTC)

    assert [why.entities for why in told.explained] == [("country/XX",)]


def test_parts_without_a_common_signal_make_no_whole():
    one, other = routes(3), few(3)
    mixed = {
        "a": [(one, judge_all([one], UTC)[0])],
        "b": [(other, judge_all([other], UTC)[0])],
    }

    assert other.kind is SignalKind.COUNT
    assert whole("country/XX", mixed, UTC) is None
