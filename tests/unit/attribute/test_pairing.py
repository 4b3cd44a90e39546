"""When the two transfers that are compared are wanted."""

from rabta.attribute.pairing import CONTROL, OWN, Pairing
from rabta.attribute.throttling import MIN_PAIRS, ROUND_GAP
from rabta.clock import MINUTE, SECOND
from rabta.failure import CONNECTION_RESET
from rabta.model import Observation, Probe


QUARTER = 15 * MINUTE
BOTH = (OWN, CONTROL)


def fetched(pairing: Pairing, time: int, own: float, control: float = 2e7) -> None:
    for role, rate in ((OWN, own), (CONTROL, control)):
        seen = Observation(time, "wan1", 4, "shop", Probe.FETCH, rate, None, "")
        pairing.take(seen, role)


def round_of(pairing: Pairing, time: int, own: float) -> int:
    """Fetch as long as pairs are wanted; how many were, at ten seconds each."""
    count = 0
    while pairing.wanted(time + 1) and count < 20:
        time += 10 * SECOND
        fetched(pairing, time, own)
        count += 1
    return count


def test_nothing_is_wanted_while_both_are_as_fast():
    pairing = Pairing()
    for n in range(100):
        fetched(pairing, n * QUARTER, 2e7)
        assert pairing.wanted(n * QUARTER + 1) == ()
    assert pairing.pace is None


def test_one_slow_pair_wants_the_rest_of_a_round_and_a_slow_round_one_more():
    pairing = Pairing()
    for n in range(7):  # what was fast before does not dilute what is slow
        fetched(pairing, n * QUARTER, 2e7)
    begun = 7 * QUARTER
    fetched(pairing, begun, 1.4e5)
    assert round_of(pairing, begun, 1.4e5) == MIN_PAIRS - 1
    assert not pairing.throttled

    rested = begun + ROUND_GAP + MINUTE
    assert round_of(pairing, rested, 1.4e5) == MIN_PAIRS
    assert pairing.throttled
    assert pairing.pace is not None
    assert pairing.pace.since == begun


def test_once_decided_only_a_fast_pair_wants_more_and_ends_it():
    pairing = Pairing()
    fetched(pairing, QUARTER, 1.4e5)
    round_of(pairing, QUARTER, 1.4e5)
    round_of(pairing, QUARTER + ROUND_GAP + MINUTE, 1.4e5)
    assert pairing.throttled

    for n in range(4, 7):
        fetched(pairing, n * QUARTER, 1.4e5)
        assert pairing.wanted(n * QUARTER + 1) == ()
    fetched(pairing, 7 * QUARTER, 2e7)
    assert round_of(pairing, 7 * QUARTER, 2e7) == MIN_PAIRS - 1
    assert not pairing.throttled


def test_a_fast_round_or_pair_after_a_slow_round_ends_the_suspicion():
    pairing = Pairing()
    fetched(pairing, QUARTER, 1.4e5)
    round_of(pairing, QUARTER, 1.4e5)
    fetched(pairing, 2 * QUARTER, 2e7)
    assert pairing.wanted(2 * QUARTER + 1) == ()
    fetched(pairing, 3 * QUARTER, 1.4e5)
    round_of(pairing, 3 * QUARTER, 1.4e5)
    assert not pairing.throttled


def test_only_the_half_that_is_missing_is_wanted():
    pairing = Pairing()
    fetched(pairing, QUARTER, 1.4e5)
    assert pairing.wanted(QUARTER + 1) == BOTH
    late = QUARTER + SECOND
    control = Observation(late, "wan1", 4, "shop", Probe.FETCH, 2e7, None, "")
    pairing.take(control, CONTROL)
    assert pairing.wanted(late + 1) == (OWN,)
    assert pairing.wanted(late + 3 * MINUTE) == BOTH


def test_a_transfer_half_as_fast_as_ever_wants_its_control_at_once():
    pairing = Pairing()
    fetched(pairing, QUARTER, 2e7)
    own = Observation(2 * QUARTER, "wan1", 4, "shop", Probe.FETCH, 1.4e5, None, "")
    pairing.take(own, OWN)
    assert pairing.wanted(own.time + 1) == (CONTROL,)


def test_a_transfer_that_fails_is_no_slow_one():
    """A name that is blocked must not be called throttled once it is free again."""
    pairing = Pairing()
    fetched(pairing, QUARTER, 2e7)
    for n in range(2, 12):
        for role in BOTH:
            failed = role == OWN
            seen = Observation(
                *(n * QUARTER, "wan1", 4, "shop", Probe.FETCH),
                *((None, CONNECTION_RESET) if failed else (2e7, None)),
                "",
            )
            pairing.take(seen, role)
        assert pairing.wanted(n * QUARTER + 1) == ()
    assert not pairing.throttled
