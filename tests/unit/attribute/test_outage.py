"""What failed while the line itself was out."""

from rabta.attribute.outage import Outage
from rabta.clock import SECOND


BEGIN, END = 1000 * SECOND, 1060 * SECOND


def test_without_an_outage_nothing_is_excused():
    assert not Outage().covers(BEGIN)


def test_while_it_lasts_everything_sent_since_shortly_before_is_excused():
    outage = Outage()
    outage.see(BEGIN, BEGIN + SECOND)
    assert outage.lasts
    assert outage.covers(BEGIN - 9 * SECOND)
    assert outage.covers(BEGIN + 500 * SECOND)
    assert not outage.covers(BEGIN - 60 * SECOND)


def test_after_its_end_only_what_was_sent_before_is_excused():
    outage = Outage()
    outage.see(BEGIN, BEGIN)
    outage.see(0, END)
    assert not outage.lasts
    assert outage.covers(END - SECOND)
    assert not outage.covers(END + SECOND)


def test_a_second_outage_replaces_the_first():
    outage = Outage()
    outage.see(BEGIN, BEGIN)
    outage.see(0, END)
    outage.see(END + 40 * SECOND, END + 41 * SECOND)
    assert outage.lasts
    assert not outage.covers(BEGIN)
