"""What others say happened."""

import pytest

from rabta.clock import HOUR
from rabta.errors import StoreError
from rabta.model import Report
from rabta.store import Store

from .helpers import T0, ping


def report(number, start=T0, end=None, **more):
    return Report("radar", str(number), "country/PK", start, end, **more)


def test_reports_come_back_as_they_were_told(store):
    told = [report(1, end=T0 + HOUR, cause="CABLE_CUT", says="two cuts", link="x")]
    store.add_reports(told)
    assert store.reports(start=T0, stop=T0 + 1) == told


def test_told_again_the_newer_words_count(store):
    store.add_reports([report(1)])
    store.add_reports([report(1, end=T0 + HOUR)])
    assert store.reports(start=T0, stop=T0 + 1) == [report(1, end=T0 + HOUR)]


def test_a_span_an_entity_and_a_source_choose(store):
    store.add_reports([report(1, T0 - HOUR, T0 - 1), report(2, T0 - HOUR, T0 + 1)])
    assert [one.id for one in store.reports(start=T0, stop=T0 + HOUR)] == ["2"]
    assert store.reports(start=T0, stop=T0 + HOUR, entity="country/IN") == []
    assert store.reports(start=T0, stop=T0 + HOUR, source="ioda") == []


def test_one_beside_the_writer_appends_but_does_not_measure(folder, clock, store):
    with Store.open(folder, clock=clock, beside=True) as guest:
        guest.add_reports([report(1)])
        with pytest.raises(StoreError, match="measures"):
            guest.record([ping(T0)])
    assert len(store.reports(start=T0, stop=T0 + 1)) == 1


def test_a_second_writer_is_still_refused(folder, clock, store):
    with pytest.raises(StoreError, match="another rabta"):
        Store.open(folder, clock=clock)
