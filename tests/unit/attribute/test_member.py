"""One target: several ways to ask, one belief."""

from rabta.attribute.member import Member, is_beyond
from rabta.clock import SECOND
from rabta.model import Probe, Rung, State, Target


WAYS = (Probe.ICMP, Probe.TCP)


def member(ways: tuple[Probe, ...] = WAYS) -> Member:
    return Member(Target("any", Rung.ANYCAST, "8.8.8.8", ways, 5), ways)


def living(ways: tuple[Probe, ...] = WAYS, rounds: int = 30) -> Member:
    made = member(ways)
    for number in range(rounds):
        for probe in ways:
            made.answered(made.channels[probe], (number + 1) * SECOND, 0.02)
    return made


def test_nothing_is_known_before_the_first_answer():
    made = member()
    assert made.settled is State.UNKNOWN
    assert not made.doubtful


def test_one_answer_is_enough_to_be_up():
    made = member()
    made.answered(made.channels[Probe.TCP], SECOND, 0.02)
    assert made.settled is State.UP


def test_seven_silences_bring_it_down_and_two_answers_up_again():
    made = living()
    channel = made.channels[Probe.TCP]
    for number in range(6):
        made.silent(channel, (40 + number) * SECOND)
    assert made.settled is State.UP
    made.silent(channel, 46 * SECOND)
    assert made.settled is State.DOWN
    assert made.onset == 40 * SECOND

    made.answered(channel, 50 * SECOND, 0.02)
    assert made.settled is State.DOWN
    assert made.doubtful
    made.answered(channel, 51 * SECOND, 0.02)
    assert made.settled is State.UP


def test_loss_begins_with_the_first_lost_probe_even_if_a_later_one_was_quicker():
    """What timed out after a later answer had come is loss, dated when it was sent."""
    made = living()
    channel = made.channels[Probe.TCP]
    first = 40 * SECOND
    for number in range(20):
        sent = first + number * SECOND
        made.answered(channel, sent + SECOND // 10, 0.02)
        made.silent(channel, sent)

    assert made.loss_change.open
    assert made.worse_since == first


def test_an_overdue_answer_counts_once_and_its_timeout_not_again():
    made = living()
    channel = made.channels[Probe.TCP]
    before = made.odds
    made.overdue(channel, 40 * SECOND)
    once = made.odds
    made.overdue(channel, 40 * SECOND)
    made.silent(channel, 40 * SECOND)

    assert once < before
    assert made.odds == once
    assert channel.pending == 1


def test_an_overdue_answer_that_comes_after_all_counts_as_one():
    made = living()
    channel = made.channels[Probe.TCP]
    made.overdue(channel, 40 * SECOND)
    made.answered(channel, 40 * SECOND, 0.4)

    assert made.streak == 0
    assert not made.doubtful
    assert channel.pending == 0


def test_an_answer_sent_before_the_silence_does_not_end_it():
    made = living()
    made.silent(made.channels[Probe.TCP], 41 * SECOND)
    made.answered(made.channels[Probe.ICMP], 40 * SECOND, 0.02)
    assert made.streak == 1


def test_a_clock_that_stepped_back_does_not_hide_answers():
    made = living()
    made.silent(made.channels[Probe.TCP], 10_000 * SECOND)
    made.answered(made.channels[Probe.TCP], 50 * SECOND, 0.02)
    assert made.streak == 0


def test_ping_filtered_from_the_start_soon_means_nothing():
    made = member()
    icmp, tcp = made.channels[Probe.ICMP], made.channels[Probe.TCP]
    for number in range(1, 12):
        made.silent(icmp, number * 10 * SECOND)
        made.answered(tcp, (number * 10 + 5) * SECOND, 0.02)

    assert made.settled is State.UP
    assert icmp.weight < 0.35
    assert not made.mute
    assert made.next_probe() is Probe.TCP


def test_an_outage_is_not_held_against_the_answer_rate():
    made = living()
    channel = made.channels[Probe.TCP]
    rate = channel.rate
    for number in range(50):
        made.silent(channel, (40 + number) * SECOND)
    for number in range(3):
        made.answered(channel, (100 + number) * SECOND, 0.02)

    assert channel.rate >= rate
    assert not made.loss_change.open


def test_loss_is_counted_by_the_primary_channel_alone():
    made = living()
    for number in range(40):
        time = (40 + 2 * number) * SECOND
        made.silent(made.channels[Probe.ICMP], time)
        made.answered(made.primary, time + SECOND, 0.02)
    assert not made.degraded


def test_a_repeated_syn_is_a_loss_and_no_delay():
    made = living()
    smooth = made.primary.delay.smooth
    for number in range(8):
        made.answered(made.primary, (40 + number) * SECOND, 1.03)

    assert made.loss_change.open
    assert made.primary.delay.smooth == smooth


def test_the_next_probe_is_another_way_after_a_silence():
    made = living()
    assert made.next_probe() is Probe.ICMP
    made.silent(made.channels[Probe.ICMP], 40 * SECOND)
    assert made.next_probe() is Probe.TCP


def test_a_resolver_inside_the_lan_proves_nothing_beyond_it():
    def resolver(host: str) -> Target:
        return Target("r", Rung.RESOLVER, host, (Probe.DNS,))

    assert not is_beyond(resolver("192.168.1.1"))
    assert not is_beyond(resolver("fe80::1%eth0"))
    assert is_beyond(resolver("203.99.163.240"))
    assert is_beyond(resolver("100.64.0.53"))
