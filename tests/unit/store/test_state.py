"""Status, verdicts, disruptions, gaps and remembered addresses."""

import sqlite3

import pytest

from rabta.clock import DAY, HOUR, MINUTE, SECOND
from rabta.errors import UsageError
from rabta.model import Kind
from rabta.store import Gap, Store, connect

from .helpers import T0, ping, verdict


def test_status_is_the_newest_document(store, clock):
    """There is one, with the time it was written."""
    assert store.status() is None

    store.put_status(b'{"a": 1}')
    clock.advance(5)
    store.put_status(b'{"a": 2}')

    assert store.status() == (T0 + 5, b'{"a": 2}')


def test_verdicts_are_versions(store):
    """Each comes back as it was said, oldest first, by entity and time."""
    told = [verdict(T0 + hour * HOUR) for hour in range(4)]
    numbers = [store.put_verdict(one) for one in told]
    store.put_verdict(verdict(T0, entity="host"))

    assert sorted(set(numbers)) == numbers
    assert told == store.verdicts("uplink/ptcl", T0, T0 + DAY)
    assert told[2:] == store.verdicts("uplink/ptcl", T0, T0 + DAY, limit=2)
    assert told[1:2] == store.verdicts("uplink/ptcl", T0 + HOUR, T0 + 2 * HOUR)


def test_a_verdict_cannot_be_overwritten(store, folder):
    """Not even by a program that goes around this one."""
    number = store.put_verdict(verdict())
    store.open_disruption("host", Kind.OUTAGE, T0, 1.0, 1.0, verdict())
    other = sqlite3.connect(folder / "rabta.sqlite")

    for table in ("verdict", "disruption_verdict"):
        with pytest.raises(sqlite3.IntegrityError, match="never overwritten"):
            other.execute(f"UPDATE {table} SET body = '{{}}'")
    other.close()
    assert number == 1


def test_a_disruption_grows_its_history_and_ends(store):
    """The kind follows what is known, the greatest depth and the verdicts stay."""
    first, second, third = (verdict(T0 + n) for n in range(3))
    number = store.open_disruption("uplink/ptcl", Kind.OUTAGE, T0, 2.5, 0.5, first)
    store.add_disruption_verdict(number, second, Kind.DEGRADATION, 0.9)
    store.add_disruption_verdict(number, third, Kind.OUTAGE, 0.2)

    found = store.disruption(number)
    assert found is not None
    assert (first, second, third) == found.verdicts
    assert (found.depth, found.onset_uncertainty_seconds, found.end) == (0.9, 2.5, None)
    assert [found] == store.disruptions(open_only=True)

    store.close_disruption(number, T0 + HOUR)
    assert store.disruptions(open_only=True) == []
    assert store.disruptions()[0].end == T0 + HOUR

    store.add_disruption_verdict(number, third, Kind.OUTAGE, 1.0)
    assert store.disruptions()[0].end is None


def test_disruptions_are_found_by_overlap_and_entity(store):
    """One that still lasts overlaps everything after its onset."""
    ended = store.open_disruption("a", Kind.OUTAGE, T0, 0, 1, verdict())
    store.close_disruption(ended, T0 + HOUR)
    lasting = store.open_disruption("b", Kind.BLOCKING, T0 + HOUR, 0, 1, verdict())

    def numbers(**question):
        return [one.id for one in store.disruptions(**question)]

    assert [lasting, ended] == numbers()
    assert [ended] == numbers(stop=T0 + HOUR)
    assert [lasting] == numbers(start=T0 + HOUR)
    assert [lasting] == numbers(start=T0 + 50 * DAY)
    assert [ended] == numbers(entity="a")
    assert [lasting] == numbers(limit=1)
    assert numbers(start=T0 - DAY, stop=T0) == []


def test_an_unknown_disruption_is_a_usage_error(store):
    """Nothing is written for it either."""
    with pytest.raises(UsageError, match="no disruption 9"):
        store.close_disruption(9, T0)
    with pytest.raises(UsageError, match="no disruption 9"):
        store.add_disruption_verdict(9, verdict(), Kind.OUTAGE, 1.0)
    assert store.disruption(9) is None


def test_addresses_are_remembered_line_by_line(store, folder, clock):
    """The last word counts, in its order, over a restart."""
    store.remember_addresses(("ptcl", 4), "x.example", ["192.0.2.2", "192.0.2.1"])
    store.remember_addresses(("ptcl", 4), "x.example", ["192.0.2.3", "192.0.2.1"])
    store.close()

    with Store.open(folder, clock=clock) as again:
        kept = again.addresses(("ptcl", 4), "x.example")
        assert kept == ("192.0.2.3", "192.0.2.1")
        assert again.addresses(("ptcl", 6), "x.example") == ()
        assert again.addresses(("jazz", 4), "x.example") == ()


def test_gaps_are_spans_without_rabta(store):
    """Empty ones, as after a clock stepped back, are none."""
    store.note_gap(T0, T0 + HOUR)
    store.note_gap(T0, T0 + 2 * HOUR)
    store.note_gap(T0 + DAY, T0 + DAY)

    assert [Gap(T0, T0 + 2 * HOUR)] == store.gaps(T0 + HOUR, T0 + 9 * DAY)
    assert store.gaps(T0 + 2 * HOUR, T0 + 9 * DAY) == []


def test_gaps_that_overlap_are_one(store):
    store.note_gap(T0, T0 + 2 * HOUR)
    store.note_gap(T0 + HOUR, T0 + 3 * HOUR)

    assert store.gaps(T0, T0 + DAY) == [Gap(T0, T0 + 3 * HOUR)]


def test_a_gap_begins_no_earlier_than_what_was_last_measured(store):
    """A clock that says 1970 until it is set would make all that is known a gap."""
    store.record([ping(T0), ping(T0 + MINUTE + 5), ping(T0 + DAY)])
    store.note_gap(0, T0 + HOUR)

    assert store.gaps(0, 2**62) == [Gap(T0 + MINUTE + 5, T0 + HOUR)]


def test_a_gap_into_the_future_ends_when_the_clock_is_set_back(store):
    store.note_gap(T0 - DAY, T0 - HOUR)
    store.note_gap(T0, T0 + 365 * DAY)
    store.cut_gaps(T0 + MINUTE)

    assert store.gaps(0, 2**62) == [Gap(T0 - DAY, T0 - HOUR), Gap(T0, T0 + MINUTE)]


def test_a_disruption_knows_when_it_was_not_observed(store):
    """Of its own; what others measured of a country went on meanwhile."""
    for entity in ("uplink/ptcl", "country/PK"):
        number = store.open_disruption(entity, Kind.OUTAGE, T0, 1, 1, verdict(T0))
        store.close_disruption(number, T0 + 9 * HOUR)
    store.note_gap(T0 - HOUR, T0)
    store.note_gap(T0 + MINUTE, T0 + 8 * HOUR)
    store.note_gap(T0 + 9 * HOUR - MINUTE, T0 + DAY)

    (own,) = store.disruptions(entity="uplink/ptcl")
    assert own.unobserved == (
        (T0 + MINUTE, T0 + 8 * HOUR),
        (T0 + 9 * HOUR - MINUTE, T0 + 9 * HOUR),
    )
    assert own.lasted(T0 + DAY) == 60 * 60
    assert store.disruption(own.id) == own
    (other,) = store.disruptions(entity="country/PK")
    assert other.unobserved == ()


def test_only_measurements_wait_for_a_sync_and_a_second_at_most(
    store, clock, monkeypatch
):
    """What a power cut may take is bounded; a verdict is never in it."""
    asked = []
    real = connect.transaction

    def transaction(connection, *, durable):
        asked.append(durable)
        return real(connection, durable=durable)

    monkeypatch.setattr(connect, "transaction", transaction)

    for _ in range(5):
        store.record([ping(clock.now())])
        store.put_status(b"{}")
        clock.advance(SECOND // 2)
    assert asked == [True, False, False, False, True, False, False, False, True, False]

    asked.clear()
    store.put_verdict(verdict())
    number = store.open_disruption("host", Kind.OUTAGE, T0, 1, 1, verdict())
    store.close_disruption(number, T0 + 1)
    store.note_gap(T0, T0 + 1)
    assert asked == [True] * 4
