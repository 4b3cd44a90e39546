"""What is usual is kept by attachment, for weeks and not without bounds."""

import pytest

from rabta.clock import DAY
from rabta.model import Attachment, Probe, UsualDelay
from rabta.store import Store, delays

from .helpers import T0


HERE = Attachment("ptcl", 4, "192.0.2.1", 64496)


def usual(name="west-1", seconds=0.12, time=T0):
    return UsualDelay(name, "198.51.100.1", Probe.TCP, seconds, 0.1, time)


def test_it_outlives_a_restart_and_the_last_word_counts(store, folder, clock):
    store.keep_usual(HERE, [usual(), usual("east-1")], T0)
    store.keep_usual(HERE, [usual(seconds=0.2, time=T0 + 5)], T0 + 5)
    store.close()

    with Store.open(folder, clock=clock) as again:
        assert again.usual(HERE, T0 + 5) == [
            usual("east-1"),
            usual(seconds=0.2, time=T0 + 5),
        ]


@pytest.mark.parametrize(
    "elsewhere",
    [
        HERE._replace(uplink="jazz"),
        HERE._replace(family=6),
        HERE._replace(gateway="192.0.2.254"),
        HERE._replace(asn=0),
    ],
)
def test_it_is_of_one_attachment(store, elsewhere):
    store.keep_usual(HERE, [usual()], T0)

    assert store.usual(elsewhere, T0) == []


def test_what_is_weeks_old_is_not_usual_any_more(store):
    store.keep_usual(HERE, [usual()], T0)

    assert store.usual(HERE, T0 + 28 * DAY) == [usual()]
    assert store.usual(HERE, T0 + 28 * DAY + 1) == []


def test_the_oldest_make_room(store, monkeypatch):
    monkeypatch.setattr(delays, "_MOST", 3)
    for number in range(9):
        place = HERE._replace(gateway=f"192.0.2.{number}")
        store.keep_usual(place, [usual(time=T0 + number)], T0 + number)

    kept = [
        number
        for number in range(9)
        if store.usual(HERE._replace(gateway=f"192.0.2.{number}"), T0 + 9)
    ]
    assert kept == [5, 6, 7, 8]
