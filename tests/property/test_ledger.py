"""Whatever is told, what is recorded of it does not contradict itself."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from rabta.agent.ledger import Ledger
from rabta.clock import SECOND
from rabta.model import State
from tests.unit.agent.test_ledger import Memory, tell, verdict


SAID = st.sampled_from(
    [
        ("fine", State.UP),
        ("isp-access", State.DOWN),
        ("lan-wifi", State.DEGRADED),
        ("undetermined", State.MIXED),
        ("undetermined", State.UNKNOWN),
        ("sni-blocking", State.DOWN),
        ("throttling", State.DEGRADED),
    ]
)
STEP = st.tuples(SAID, st.integers(1, 100), st.integers(0, 200), st.floats(0, 1))


@given(st.lists(STEP, max_size=30), st.integers(0, 30))
def test_nothing_ends_before_a_version_that_says_it_lasts(steps, restart):
    """Unless another disruption of the same entity took over at that moment."""
    memory = Memory()
    ledger = Ledger(memory)
    now = 1000
    for number, ((code, state), passed, ago, sure) in enumerate(steps):
        if number == restart:
            ledger = Ledger(memory)
        now += passed
        since = (now - ago) * SECOND
        said = verdict(code, state, since, time=now * SECOND)
        tell(ledger, replace(said, confidence=sure))

    rows = list(memory.rows.values())
    assert sum(row.end is None for row in rows) <= 1
    onsets = {row.onset for row in rows}
    for row in rows:
        assert row.verdicts
        if row.end is not None:
            assert row.end >= row.onset
            newest = max(one.time for one in row.verdicts)
            assert row.end >= newest or row.end in onsets
