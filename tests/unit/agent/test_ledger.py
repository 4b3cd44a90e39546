"""Disruptions open, change kind and close as verdicts say."""

from dataclasses import replace

from rabta.agent.ledger import Ledger, kind_of
from rabta.clock import SECOND
from rabta.model import Disruption, Kind, Message, State, Verdict


class Memory:
    """The store's disruptions, in memory."""

    def __init__(self):
        self.verdicts = []
        self.rows = {}

    def put_verdict(self, verdict):
        self.verdicts.append(verdict)
        return len(self.verdicts)

    def open_disruption(self, entity, kind, onset, uncertainty, depth, verdict):
        number = len(self.rows) + 1
        self.rows[number] = Disruption(
            number, entity, kind, onset, None, uncertainty, depth, (verdict,)
        )
        return number

    def add_disruption_verdict(self, disruption_id, verdict, kind, depth):
        row = self.rows[disruption_id]
        self.rows[disruption_id] = replace(
            row,
            kind=kind,
            end=None,
            depth=max(depth, row.depth),
            verdicts=(*row.verdicts, verdict),
        )

    def close_disruption(self, disruption_id, end):
        self.rows[disruption_id] = replace(self.rows[disruption_id], end=end)

    def disruptions(self, *, open_only=False):
        return [row for row in self.rows.values() if not open_only or row.end is None]


def verdict(code, state, since, entity="uplink/a"):
    return Verdict(
        time=since + 1,
        entity=entity,
        code=code,
        row=0,
        state=state,
        sentence=Message.of("x"),
        confidence=0.9,
        causes=(),
        evidence=(),
        alternatives=(),
        next_test=None,
        since=since,
    )


def apply(ledger, *args):
    said = verdict(*args)
    if not ledger.news(said):
        return False
    ledger.apply(said, kind_of(said), depth=1.0, uncertainty=1.0)
    return True


def test_an_outage_opens_at_its_first_failed_probe_and_closes_at_the_first_success():
    memory = Memory()
    ledger = Ledger(memory)

    apply(ledger, "fine", State.UP, 0)
    apply(ledger, "isp-access", State.DOWN, 100)
    apply(ledger, "fine", State.UP, 160)

    assert [(row.kind, row.onset, row.end) for row in memory.rows.values()] == [
        (Kind.OUTAGE, 100, 160)
    ]


def test_the_same_verdict_again_is_not_a_new_version():
    memory = Memory()
    ledger = Ledger(memory)

    assert apply(ledger, "isp-access", State.DOWN, 100)
    assert not apply(ledger, "isp-access", State.DOWN, 100)
    assert len(memory.verdicts) == 1


def test_a_better_explanation_is_a_version_of_the_same_disruption():
    memory = Memory()
    ledger = Ledger(memory)

    apply(ledger, "undetermined", State.DOWN, 100)
    apply(ledger, "isp-access", State.DOWN, 100)

    (row,) = memory.rows.values()
    assert [v.code for v in row.verdicts] == ["undetermined", "isp-access"]


def test_not_knowing_neither_opens_nor_closes():
    memory = Memory()
    ledger = Ledger(memory)

    apply(ledger, "undetermined", State.UNKNOWN, 50)
    apply(ledger, "isp-access", State.DOWN, 100)
    apply(ledger, "undetermined", State.UNKNOWN, 120)

    (row,) = memory.rows.values()
    assert row.end is None


def test_a_degradation_that_becomes_an_outage_is_two_stages():
    memory = Memory()
    ledger = Ledger(memory)

    apply(ledger, "lan-wifi", State.DEGRADED, 100)
    apply(ledger, "lan-gateway", State.DOWN, 30 * SECOND)

    first, second = memory.rows.values()
    assert (first.kind, first.onset, first.end) == (Kind.DEGRADATION, 100, 30 * SECOND)
    assert (second.kind, second.onset, second.end) == (Kind.OUTAGE, 30 * SECOND, None)


def test_an_outage_first_taken_for_a_degradation_is_one_outage():
    memory = Memory()
    ledger = Ledger(memory)

    apply(ledger, "undetermined", State.DEGRADED, 100)
    apply(ledger, "isp-access", State.DOWN, 100)

    (row,) = memory.rows.values()
    assert (row.kind, row.onset, len(row.verdicts)) == (Kind.OUTAGE, 100, 2)


def test_a_disruption_called_over_too_early_goes_on():
    memory = Memory()
    ledger = Ledger(memory)

    apply(ledger, "isp-access", State.DOWN, 100)
    apply(ledger, "fine", State.UP, 160)
    apply(ledger, "isp-access", State.DOWN, 150)

    (row,) = memory.rows.values()
    assert (row.onset, row.end) == (100, None)


def test_two_cuts_in_a_row_are_two_disruptions():
    memory = Memory()
    ledger = Ledger(memory)

    for start in (100, 300):
        apply(ledger, "isp-access", State.DOWN, start)
        apply(ledger, "fine", State.UP, start + 60)

    assert [(r.onset, r.end) for r in memory.rows.values()] == [(100, 160), (300, 360)]


def test_a_restart_takes_up_what_was_open():
    memory = Memory()
    apply(Ledger(memory), "isp-access", State.DOWN, 100)

    apply(Ledger(memory), "fine", State.UP, 500)

    (row,) = memory.rows.values()
    assert row.end == 500


def test_blocking_and_throttling_have_kinds_of_their_own():
    assert kind_of(verdict("sni-blocking", State.DOWN, 0)) is Kind.BLOCKING
    assert kind_of(verdict("dns-tampering-path", State.DOWN, 0)) is Kind.BLOCKING
    assert kind_of(verdict("throttling", State.DEGRADED, 0)) is Kind.THROTTLING
    assert kind_of(verdict("fine", State.UP, 0)) is None
