"""When the line under a connection is dead, and for how long."""

from dataclasses import replace

from rabta.model import Line, State, Uplink
from rabta.probes.binding import Binding
from rabta.steer.beliefs import Beliefs
from rabta.steer.relay.fate import Fate, fate


LINE = Line(4, "10.0.0.2", "10.0.0.1")
UP = Uplink("a", "eth0", 1, "wired", carrier=True, lines=(LINE,))
BINDING = Binding("eth0", "10.0.0.2", 4, "device")


def became(uplink, beliefs=None):
    return fate("a", BINDING, (uplink,) if uplink else (), beliefs)


def test_it_lives_while_nothing_speaks_against_it():
    assert became(UP) is Fate.LIVES
    assert became(replace(UP, carrier=None)) is Fate.LIVES
    other = Beliefs(lines={("a", 6): State.DOWN, ("b", 4): State.DOWN})
    assert became(UP, other) is Fate.LIVES
    slow = Beliefs(lines={("a", 4): State.DEGRADED})
    assert became(UP, slow) is Fate.LIVES


def test_without_carrier_address_or_answers_it_is_silent_without_a_route_it_lapsed():
    assert became(replace(UP, carrier=False)) is Fate.SILENT
    assert became(replace(UP, lines=(replace(LINE, has_route=False),))) is Fate.LAPSED
    assert became(replace(UP, lines=(replace(LINE, source=""),))) is Fate.SILENT
    assert became(UP, Beliefs(lines={("a", 4): State.DOWN})) is Fate.SILENT


def test_without_interface_or_under_another_address_it_is_gone():
    assert became(None) is Fate.GONE
    assert became(replace(UP, lines=())) is Fate.GONE
    assert became(replace(UP, lines=(replace(LINE, source="10.0.0.9"),))) is Fate.GONE


def test_what_no_line_carries_does_not_die_with_one():
    assert fate("", Binding("", "", 4, "none"), (), None) is Fate.LIVES
