"""When the two transfers that are compared are wanted."""

from dataclasses import replace

from rabta.attribute.elsewhere import _take_turns
from rabta.attribute.pairing import CONTROL, OWN, RECHECK, Pairing
from rabta.attribute.throttling import MIN_PAIRS, ROUND_GAP
from rabta.clock import HOUR, MINUTE, SECOND
from rabta.failure import CONNECTION_RESET, GENERIC_TIMEOUT
from rabta.model import HttpDetail, Observation, Phases, Probe


QUARTER = 15 * MINUTE
BOTH = (OWN, CONTROL)
HELD = 1.4e5


def fetched(pairing: Pairing, time: int, own: float, control: float = 2e7) -> None:
    for role, rate in ((OWN, own), (CONTROL, control)):
        seen = Observation(time, "wan1", 4, "shop", Probe.FETCH, rate, None, "")
        pairing.take(seen, role)


def own(pairing: Pairing, time: int, rate: float) -> None:
    transferred(pairing, time, rate, OWN)


def transferred(pairing: Pairing, time: int, rate: float | None, role: str) -> None:
    failed = None if rate else CONNECTION_RESET
    seen = Observation(time, "wan1", 4, "shop", Probe.FETCH, rate, failed, "")
    pairing.take(seen, role)


def visited(
    pairing: Pairing,
    time: int,
    seconds: float,
    size: int = 24_000,
    url: str = "https://shop.example/",
    *,
    cut: bool = False,
) -> None:
    stage = "transfer" if cut else ""
    page = HttpDetail(url, Phases(transfer=seconds), 200, failed_in=stage)
    failed = GENERIC_TIMEOUT if cut else None
    seen = Observation(time, "wan1", 4, "shop", Probe.HTTP, seconds, failed, "")
    pairing.page(replace(seen, detail=replace(page, body_bytes=size)))


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
    fetched(pairing, begun, HELD)
    assert round_of(pairing, begun, HELD) == MIN_PAIRS - 1
    assert not pairing.throttled

    rested = begun + ROUND_GAP + MINUTE
    assert round_of(pairing, rested, HELD) == MIN_PAIRS
    assert pairing.throttled
    assert pairing.pace is not None
    assert pairing.pace.since == begun


def held_back(time: int = QUARTER) -> Pairing:
    """A service that was found to be held back in two rounds since *time*."""
    pairing = Pairing()
    fetched(pairing, time, HELD)
    round_of(pairing, time, HELD)
    round_of(pairing, time + ROUND_GAP + MINUTE, HELD)
    assert pairing.throttled
    return pairing


def test_once_decided_only_a_fast_pair_wants_more_and_ends_it():
    pairing = held_back()
    for n in range(4, 7):
        fetched(pairing, n * QUARTER, HELD)
        assert pairing.wanted(n * QUARTER + 1) == ()
    fetched(pairing, 7 * QUARTER, 2e7)
    assert round_of(pairing, 7 * QUARTER, 2e7) == MIN_PAIRS - 1
    assert not pairing.throttled


def test_once_decided_it_is_tried_alone_now_and_then():
    """Its own name costs little while it is held back; a fast one wants the rest."""
    pairing = held_back()
    fetched(pairing, 4 * QUARTER, HELD)
    due = 4 * QUARTER + RECHECK
    assert pairing.wanted(due - SECOND) == ()
    assert pairing.wanted(due) == (OWN,)

    own(pairing, due, HELD)
    assert pairing.wanted(due + SECOND) == ()
    own(pairing, due + RECHECK, 2e7)
    assert pairing.wanted(due + RECHECK + 1) == (CONTROL,)
    fetched(pairing, due + RECHECK + SECOND, 2e7)
    assert pairing.wanted(due + RECHECK + 2 * SECOND) == BOTH


def test_a_single_fast_pair_does_not_end_it():
    pairing = held_back()
    fetched(pairing, 4 * QUARTER, 2e7)
    fetched(pairing, 4 * QUARTER + 10 * SECOND, HELD)
    assert pairing.wanted(4 * QUARTER + 11 * SECOND) == ()
    assert pairing.throttled


def test_a_pair_between_two_rounds_does_not_put_the_second_off():
    pairing = Pairing()
    fetched(pairing, QUARTER, HELD)
    round_of(pairing, QUARTER, HELD)
    end = QUARTER + (MIN_PAIRS - 1) * 10 * SECOND
    between = QUARTER + 7 * MINUTE
    own(pairing, between, HELD)
    assert pairing.wanted(between + 1) == ()
    fetched(pairing, between, HELD)

    assert pairing.wanted(end + ROUND_GAP - 1) == ()
    assert pairing.wanted(end + ROUND_GAP) == BOTH


def test_one_odd_pair_does_not_spoil_a_round():
    pairing = Pairing()
    for n, rate in enumerate((HELD, 2e7, HELD, HELD)):
        fetched(pairing, QUARTER + n * 10 * SECOND, rate)
        assert pairing.wanted(QUARTER + n * 10 * SECOND + 1) == BOTH


def test_where_one_transfer_was_odd_a_round_goes_on():
    """Five against five with one of them crossed are luck in one case of twelve."""
    pairing = Pairing()
    for n in range(MIN_PAIRS):
        control = 1e5 if n == 3 else 2e7
        fetched(pairing, QUARTER + n * 10 * SECOND, HELD, control)
    end = QUARTER + MIN_PAIRS * 10 * SECOND
    assert round_of(pairing, end, HELD) == 1


def test_who_began_first_finishes_first():
    """Over IPv6 it was seen first: IPv4, which comes first by number, waits."""
    lines = Pairing(), Pairing()
    fetched(lines[1], QUARTER, HELD)
    fetched(lines[0], QUARTER + MINUTE, HELD)
    _take_turns(lines, QUARTER + 2 * MINUTE)
    assert lines[0].stands_back
    assert not lines[1].stands_back


def test_a_round_that_cannot_turn_out_slow_any_more_is_given_up():
    pairing = Pairing()
    for n, rate in enumerate((HELD, 2e7, 2e7)):
        fetched(pairing, QUARTER + n * 10 * SECOND, rate)
    assert pairing.wanted(QUARTER + 30 * SECOND) == ()
    assert not pairing.testing(QUARTER + 30 * SECOND)


def test_a_page_that_becomes_slow_asks_for_a_pair_at_once():
    """Three in a row: a page of two dozen kilobytes is a poor measure of a rate."""
    pairing = Pairing()
    fetched(pairing, QUARTER, 2e7)
    for n in range(5):
        visited(pairing, QUARTER + n * MINUTE, 0.2)
        assert pairing.wanted(QUARTER + n * MINUTE + 1) == ()
    slow = QUARTER + 5 * MINUTE
    for n in range(3):
        assert pairing.wanted(slow) == ()
        visited(pairing, slow + n * MINUTE, 1.5)
    assert pairing.wanted(slow + 2 * MINUTE + 1) == BOTH

    fetched(pairing, slow + 3 * MINUTE, 2e7)
    visited(pairing, slow + 3 * MINUTE, 1.5)
    assert pairing.wanted(slow + 9 * MINUTE) == ()


def test_a_page_that_is_quick_again_has_the_service_tried_at_once():
    pairing = Pairing()
    visited(pairing, 0, 0.2)
    for n in range(3):
        visited(pairing, n * MINUTE, 1.5)
    fetched(pairing, QUARTER, HELD)
    round_of(pairing, QUARTER, HELD)
    end = QUARTER + ROUND_GAP + MINUTE
    end += round_of(pairing, end, HELD) * 10 * SECOND
    assert pairing.throttled

    assert pairing.wanted(end + SECOND) == ()
    visited(pairing, end + SECOND, 0.2)
    assert pairing.wanted(end + 2 * SECOND) == (OWN,)


def test_a_short_page_says_nothing():
    pairing = Pairing()
    for n in range(9):
        visited(pairing, n * MINUTE, 0.01 if n < 3 else 1.0, size=2_000)
    assert pairing.wanted(QUARTER) == ()


def test_another_line_under_test_makes_it_stand_back():
    pairing = Pairing()
    fetched(pairing, QUARTER, HELD)
    assert pairing.testing(QUARTER + 1)
    pairing.stands_back = True
    assert pairing.wanted(QUARTER + 1) == ()


def test_a_test_that_cannot_go_on_keeps_nobody_waiting():
    pairing = Pairing()
    fetched(pairing, QUARTER, HELD)
    assert not pairing.testing(QUARTER + ROUND_GAP + 3 * MINUTE)


def test_a_fast_round_or_pair_after_a_slow_round_ends_the_suspicion():
    pairing = Pairing()
    fetched(pairing, QUARTER, HELD)
    round_of(pairing, QUARTER, HELD)
    fetched(pairing, 2 * QUARTER, 2e7)
    assert pairing.wanted(2 * QUARTER + 1) == ()
    fetched(pairing, 3 * QUARTER, HELD)
    round_of(pairing, 3 * QUARTER, HELD)
    assert not pairing.throttled


def test_only_the_half_that_is_missing_is_wanted():
    pairing = Pairing()
    fetched(pairing, QUARTER, HELD)
    assert pairing.wanted(QUARTER + 1) == BOTH
    late = QUARTER + SECOND
    control = Observation(late, "wan1", 4, "shop", Probe.FETCH, 2e7, None, "")
    pairing.take(control, CONTROL)
    assert pairing.wanted(late + 1) == (OWN,)
    assert pairing.wanted(late + 3 * MINUTE) == BOTH


def test_a_transfer_half_as_fast_as_ever_wants_its_control_at_once():
    pairing = Pairing()
    fetched(pairing, QUARTER, 2e7)
    own = Observation(2 * QUARTER, "wan1", 4, "shop", Probe.FETCH, HELD, None, "")
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


def test_the_service_is_timed_alone_and_asks_for_its_other_half():
    """Pairs in peace do not depend on two timers that happen to agree."""
    pairing = Pairing()
    for hour in range(3):
        time = hour * HOUR
        transferred(pairing, time, 2e7, OWN)
        assert pairing.wanted(time + SECOND) == (CONTROL,)
        assert pairing.wanted(time + 3 * MINUTE) == ()
        transferred(pairing, time + 2 * SECOND, 2e7, CONTROL)
        assert pairing.wanted(time + 3 * SECOND) == ()
    transferred(pairing, 3 * HOUR, 2e7, OWN)
    transferred(pairing, 3 * HOUR + SECOND, None, CONTROL)  # the other name is refused
    assert pairing.wanted(3 * HOUR + 2 * SECOND) == ()


def test_pages_of_other_lengths_are_not_compared_with_each_other():
    pairing = Pairing()
    for n in range(20):
        visited(pairing, n * MINUTE, 0.1, url="https://shop.example/")
        visited(pairing, n * MINUTE + SECOND, 2.0, url="https://shop.example/all")
    assert pairing.wanted(20 * MINUTE) == ()


def test_a_transfer_that_failed_does_not_end_a_round():
    """Another visit at the same time can starve it where the rate is held."""
    pairing = Pairing()
    fetched(pairing, QUARTER, HELD)
    begun = QUARTER + 10 * SECOND
    transferred(pairing, begun, None, OWN)
    assert pairing.wanted(begun + 1) == (CONTROL,)
    transferred(pairing, begun + SECOND, 2e7, CONTROL)
    assert pairing.wanted(begun + 2 * SECOND) == BOTH
    assert round_of(pairing, begun + 2 * SECOND, HELD) == MIN_PAIRS - 1


def test_a_page_that_never_ends_is_slow():
    pairing = Pairing()
    fetched(pairing, QUARTER, 2e7)
    for n in range(5):
        visited(pairing, QUARTER + n * MINUTE, 0.2)
    for n in range(3):
        visited(pairing, QUARTER + (5 + n) * MINUTE, 9.0, size=8_000, cut=True)
    assert pairing.wanted(QUARTER + 8 * MINUTE) == BOTH


def test_as_long_as_a_page_is_slow_it_asks_now_and_then():
    """The first pair may have met a moment at which the line itself was slow."""
    pairing = Pairing()
    for n in range(5):
        visited(pairing, n * MINUTE, 0.2)
    for n in range(5, 8):
        visited(pairing, n * MINUTE, 1.5)
    fetched(pairing, 8 * MINUTE, 2e7)
    assert pairing.wanted(22 * MINUTE) == ()
    assert pairing.wanted(23 * MINUTE) == BOTH
