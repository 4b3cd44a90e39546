"""How long a fault must last before it is told."""

from rabta.attribute.line import GroupState
from rabta.attribute.scene import Match
from rabta.attribute.table import LINE_ROWS
from rabta.attribute.uplinks import lasts
from rabta.clock import SECOND
from rabta.model import Rung, State


def test_slowness_waits_until_a_cut_would_have_been_told():
    """However fast the probes come: a line that dies is slow for a moment first."""
    wifi = next(row for row in LINE_ROWS if row.code == "lan-wifi")
    began = 1_000 * SECOND

    def told(interval: float, after: float) -> bool:
        near = GroupState(Rung.GATEWAY, State.DEGRADED, since=began, interval=interval)
        match = Match((near,), soft=True)
        return lasts(wifi, match, began + int(after * SECOND))

    assert not told(interval=0.2, after=3.9)
    assert told(interval=0.2, after=4.0)
    assert not told(interval=1.0, after=9.9)
    assert told(interval=1.0, after=10.0)
