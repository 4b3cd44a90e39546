"""Lines are broken where nothing was measured; gaps are drawn as gaps."""

import pytest

from rabta.ui.tracks import track_of
from rabta.ui.world import world


TIMES = tuple(range(0, 1000, 100))
NONE = (None,) * 10


def test_a_missing_value_breaks_the_line_and_is_a_gap():
    values = (1.0, 1.0, None, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0)
    track = track_of(TIMES, values, NONE, (0, 1000))
    assert track.line.count("M") == 2
    assert track.gaps == ((200.0, 100.0),)
    assert track.usual == ""
    assert not track.empty


def test_nothing_measured_is_one_gap_and_no_line():
    track = track_of(TIMES, NONE, (2.0,) * 10, (0, 1000))
    assert track.empty
    assert track.line == ""
    assert track.gaps == ((0.0, 1000.0),)
    assert track.usual.count("M") == 1
    assert track.newest is None


def test_a_lone_value_is_a_dash_and_zero_is_a_value():
    track = track_of(TIMES, (None, 0.0, *(None,) * 8), NONE, (0, 1000))
    assert track.line == "M150.0 100.0h2"
    assert track.newest == 0.0
    assert track.gaps == ((0.0, 100.0), (200.0, 800.0))


def test_the_upper_edge_can_be_given():
    track = track_of(TIMES, (0.5,) * 10, NONE, (0, 1000), most=1.0)
    assert track.most == 1.0
    assert track.line.startswith("M50.0 50.0")


@pytest.mark.parametrize(("code", "name"), [("PK", "Pakistan"), ("IN", "India")])
def test_the_world_names_and_draws_countries(code, name):
    assert world().name(code, "en") == name
    assert world().name(code, "ur") != name
    assert sum(one == code for one, _ in world().shapes) == 1
    assert len(world().shapes) > 150
    assert world().name("XX", "en") == "XX"
