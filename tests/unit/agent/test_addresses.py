"""Names are resolved apart from the probes, and the answers remembered."""

from rabta.agent.addresses import Addresses, family_of
from rabta.clock import HOUR, MINUTE, SECOND
from rabta.config.services import CONTROL_INTERVAL


LINE, OTHER = ("wan1", 4), ("wan2", 4)


class Memory(dict):
    def addresses(self, line, host):
        return self.get((line, host), ())

    def remember_addresses(self, line, host, addresses):
        self[line, host] = tuple(addresses)


def test_a_literal_needs_no_resolver():
    known = Addresses(Memory())

    assert known.pick(LINE, "192.0.2.7") == "192.0.2.7"
    assert known.pick(("wan1", 6), "192.0.2.7") == ""
    assert not known.stale(LINE, "192.0.2.7", 0)


def test_answers_survive_a_restart():
    memory = Memory()
    Addresses(memory).learn(LINE, "a.example", ["192.0.2.1"], 1, own=True)

    assert Addresses(memory).pick(LINE, "a.example") == "192.0.2.1"


def test_a_series_stays_with_its_address_while_that_is_still_given():
    known = Addresses(Memory())
    known.learn(LINE, "a.example", ["192.0.2.9"], 1, own=True)
    known.learn(LINE, "a.example", ["192.0.2.1", "192.0.2.9"], 2, own=True)

    assert known.pick(LINE, "a.example") == "192.0.2.9"


def test_the_lines_own_resolver_outranks_an_encrypted_answer():
    """What every program of this machine would reach is what is measured."""
    known = Addresses(Memory())
    known.learn(LINE, "a.example", ["192.0.2.1"], 1, own=False)
    known.learn(LINE, "a.example", ["198.51.100.7"], 2, own=True)
    known.learn(LINE, "a.example", ["192.0.2.1"], 3, own=False)

    assert known.pick(LINE, "a.example") == "198.51.100.7"


def test_an_encrypted_answer_serves_once_the_own_resolver_has_been_silent_for_long():
    known = Addresses(Memory())
    known.learn(LINE, "a.example", ["198.51.100.7"], 1, own=True)
    known.learn(LINE, "a.example", ["192.0.2.1"], 61 * MINUTE, own=False)

    assert known.pick(LINE, "a.example") == "192.0.2.1"


def test_an_encrypted_answer_does_not_stop_the_resolver_from_being_asked():
    known = Addresses(Memory())
    known.learn(LINE, "a.example", ["192.0.2.1"], 1, own=False)

    assert known.stale(LINE, "a.example", 2)
    assert not known.stale(LINE, "a.example", 3)


def test_a_name_is_asked_for_once_and_then_again_when_it_has_aged():
    known = Addresses(Memory())

    assert known.stale(LINE, "a.example", 1)
    assert not known.stale(LINE, "a.example", 2)
    assert known.stale(LINE, "a.example", 21 * MINUTE)


def questions(known, seconds, plain):
    """Ask as the runner does, once a second; return when a name was asked for."""
    asked = []
    for second in range(1, seconds):
        now = second * SECOND
        if known.stale(LINE, "a.example", now):
            asked.append(second)
            known.retry_in(LINE, "a.example", now, 15.0)
            known.learn(LINE, "a.example", plain(now), now, own=True)
    return asked


def test_a_name_once_learned_over_https_is_asked_for_no_oftener_than_others():
    """Though HTTPS answers no more, and the resolver says something else."""
    known = Addresses(Memory())
    known.learn(LINE, "a.example", ["192.0.2.1"], 1, own=False)

    assert len(questions(known, 2 * 3600, lambda _: ["192.0.2.2"])) <= 6


def test_while_encrypted_answers_come_a_dead_resolver_is_not_asked_in_a_hurry():
    known = Addresses(Memory())
    asked = 0
    for second in range(1, 2 * 3600):
        if second % CONTROL_INTERVAL == 1:
            now = second * SECOND
            known.learn(LINE, "a.example", ["192.0.2.1"], now, own=False)
        asked += known.stale(LINE, "a.example", second * SECOND)

    assert asked == 1


def test_a_service_that_moves_while_encrypted_channels_are_blocked_is_followed():
    known = Addresses(Memory())
    known.learn(LINE, "a.example", ["192.0.2.1"], 1, own=False)

    questions(known, 12 * 3600, lambda now: [f"192.0.2.{1 if now < HOUR else 2}"])

    assert known.pick(LINE, "a.example") == "192.0.2.2"


def test_a_clock_set_back_does_not_keep_an_answer_for_years():
    known = Addresses(Memory())
    known.learn(LINE, "a.example", ["192.0.2.1"], 400 * 24 * 60 * MINUTE, own=True)

    assert known.stale(LINE, "a.example", 5 * MINUTE)


def test_a_failed_attempt_is_repeated_soon():
    known = Addresses(Memory())
    known.stale(LINE, "a.example", 20 * MINUTE)
    known.retry_in(LINE, "a.example", 20 * MINUTE, 15.0)

    assert not known.stale(LINE, "a.example", 20 * MINUTE + 10 * SECOND)
    assert known.stale(LINE, "a.example", 20 * MINUTE + 16 * SECOND)


def test_families_are_told_apart():
    assert family_of("192.0.2.1") == 4
    assert family_of("fe80::1%eth0") == 6
    assert family_of("example.org") == 0


def test_an_answer_forged_on_one_uplink_chooses_nothing_on_another():
    known = Addresses(memory := Memory())
    known.learn(OTHER, "a.example", ["192.0.2.1"], 1, own=True)
    known.learn(LINE, "a.example", ["10.10.34.34"], 2, own=True)

    assert known.pick(LINE, "a.example") == "10.10.34.34"
    assert known.pick(OTHER, "a.example") == "192.0.2.1"
    assert Addresses(memory).pick(OTHER, "a.example") == "192.0.2.1"


def test_each_line_asks_for_itself():
    known = Addresses(Memory())
    known.learn(LINE, "a.example", ["192.0.2.1"], 1, own=True)

    assert not known.stale(LINE, "a.example", 2)
    assert known.pick(OTHER, "a.example") == ""
    assert known.stale(OTHER, "a.example", 2)


def test_the_families_of_one_uplink_are_lines_of_their_own():
    known = Addresses(Memory())
    both = ["192.0.2.1", "2001:db8::1"]
    for family in (4, 6):
        known.learn(("wan1", family), "a.example", both, 1, own=True)

    assert known.pick(("wan1", 4), "a.example") == "192.0.2.1"
    assert known.pick(("wan1", 6), "a.example") == "2001:db8::1"
