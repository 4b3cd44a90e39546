"""Disruptions open, change kind and close as verdicts say."""

from dataclasses import replace

from rabta.agent.ledger import Ledger, kind_of
from rabta.clock import SECOND
from rabta.model import Disruption, Evidence, Kind, Message, State, Verdict


class Memory:
    """The store's disruptions, in memory."""

    def __init__(self):
        self.verdicts = []
        self.rows = {}
        self.reopened = 0

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
        self.reopened += end is None

    def disruptions(self, *, open_only=False):
        return [row for row in self.rows.values() if not open_only or row.end is None]


def verdict(code, state, since, entity="uplink/a", time=None):
    return Verdict(
        time=since + 1 if time is None else time,
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


def apply(ledger, *args, **more):
    said = verdict(*args, **more)
    return tell(ledger, said)


def tell(ledger, said):
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


def test_a_line_that_is_looked_at_for_long_is_over_its_outage_all_the_same():
    """What still looks odd after a cut must not join it to the next one."""
    store = Memory()
    ledger = Ledger(store)
    begun, back = 100 * SECOND, 106 * SECOND
    apply(ledger, "isp-access", State.DOWN, begun)
    apply(ledger, "undetermined", State.UNKNOWN, back)
    looked = replace(
        verdict("fine", State.UP, back), sentence=Message.of("verdict.uplink-checking")
    )

    tell(ledger, replace(looked, time=back + 5 * SECOND))
    assert store.rows[1].end is None  # it may yet be the same
    tell(ledger, replace(looked, time=back + 16 * SECOND))
    apply(ledger, "isp-access", State.DOWN, begun + 30 * SECOND)

    assert store.rows[1].end == back
    assert len(store.rows) == 2


def test_what_was_open_before_a_restart_is_not_over_while_a_start_still_looks():
    store = Memory()
    begun, start = 100 * SECOND, 110 * SECOND
    apply(Ledger(store), "isp-access", State.DOWN, begun)

    again = Ledger(store)
    apply(again, "undetermined", State.UNKNOWN, start)
    looked = replace(
        verdict("fine", State.UP, start), sentence=Message.of("verdict.uplink-checking")
    )
    tell(again, replace(looked, time=start + 25 * SECOND))

    assert store.rows[1].end is None


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


def test_it_does_not_end_before_it_was_last_seen_going_on():
    """What came up before the fault was last seen is not what ended it."""
    memory = Memory()
    ledger = Ledger(memory)

    apply(ledger, "lan-wifi", State.DEGRADED, 100, time=110 * SECOND)
    assert not apply(ledger, "lan-wifi", State.DEGRADED, 100, time=200 * SECOND)
    apply(ledger, "fine", State.UP, 120 * SECOND, time=210 * SECOND)

    (row,) = memory.rows.values()
    assert row.end == 200 * SECOND


def test_not_knowing_is_not_seeing_it_go_on():
    memory = Memory()
    ledger = Ledger(memory)

    apply(ledger, "isp-access", State.DOWN, 100)
    for time in (150, 190):
        apply(ledger, "undetermined", State.UNKNOWN, 140, time=time)
    apply(ledger, "fine", State.UP, 145, time=200)

    (row,) = memory.rows.values()
    assert row.end == 145


def test_what_was_open_before_a_restart_ends_no_sooner_than_it_was_told():
    memory = Memory()
    apply(Ledger(memory), "isp-access", State.DOWN, 100, time=300)

    apply(Ledger(memory), "fine", State.UP, 200, time=500)

    (row,) = memory.rows.values()
    assert row.end == 300


def test_the_same_again_after_it_was_called_over_is_no_new_version():
    memory = Memory()
    ledger = Ledger(memory)

    apply(ledger, "corridor-degradation", State.DEGRADED, 100)
    apply(ledger, "fine", State.UP, 160)
    apply(ledger, "corridor-degradation", State.DEGRADED, 100)

    (row,) = memory.rows.values()
    assert (row.end, len(row.verdicts), memory.reopened) == (None, 1, 1)


def evidence(*names):
    return tuple(Evidence(name, Message.of("x"), 1.0) for name in names)


def test_once_everything_was_asked_there_is_one_more_version_with_what_it_showed():
    memory = Memory()
    ledger = Ledger(memory)
    first = verdict("isp-access", State.DOWN, 100)
    known = replace(first, evidence=evidence("resolver-down"))

    assert tell(ledger, replace(first, evidence=evidence("resolver-unasked")))
    for seconds in (1, 5, 14):
        assert not tell(ledger, replace(known, time=first.time + seconds * SECOND))
    assert tell(ledger, replace(known, time=first.time + 15 * SECOND))
    other = replace(known, evidence=evidence("resolver-up"))
    assert not tell(ledger, replace(other, time=first.time + 60 * SECOND))

    (row,) = memory.rows.values()
    assert [v.evidence[0].id for v in row.verdicts] == [
        "resolver-unasked",
        "resolver-down",
    ]


def test_another_confidence_is_a_version_and_ever_more_seldom_one():
    memory = Memory()
    ledger = Ledger(memory)
    first = replace(verdict("peering", State.DOWN, 100), confidence=0.5)

    told = []
    for seconds in range(0, 3600, 5):
        sure = 0.5 if seconds % 10 == 0 else 0.8
        said = replace(first, time=first.time + seconds * SECOND, confidence=sure)
        told += [seconds] if tell(ledger, said) else []

    assert told[:4] == [0, 15, 30, 45]
    assert len(told) < 25
    steady = replace(said, time=first.time + 500 * SECOND, confidence=0.79)
    assert not tell(ledger, replace(steady, confidence=0.85))


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
