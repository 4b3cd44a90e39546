"""Announcements told twice, dated wrongly, and planned."""

from dataclasses import replace

from rabta.attribute.notices import settle
from rabta.clock import DAY, HOUR
from rabta.locale import LANGUAGES, render
from rabta.model import Cause, Notice


NOW = 1_757_000_000_000_000
CUT = Notice(
    "a",
    "country/PK",
    NOW - 3 * DAY,
    cause=Cause.CABLE,
    source="PTCL",
    trust=0.9,
    published=NOW - 2 * DAY,
    says="SMW4 and IMEWE cut near Jeddah",
)


def test_the_same_fault_from_two_sources_is_one_notice_believed_more():
    again = replace(CUT, id="b", start=CUT.start + 2 * HOUR, source="Geo", trust=0.6)
    found = settle((), (again, CUT), NOW)
    (one,) = found.kept
    assert (one.start, one.sources) == (CUT.start, ("PTCL", "Geo"))
    assert 0.9 < one.trust < 1
    assert len(found.merged) == 1
    assert settle(found.kept, (CUT, again), NOW).kept == found.kept


def test_the_same_words_under_another_date_are_a_copy_and_told_so():
    copy = replace(CUT, id="c", start=CUT.start - 40 * DAY, source="Blog", trust=0.3)
    found = settle((CUT,), (copy,), NOW)
    assert found.kept == (CUT,)
    ((one, why),) = found.rejected
    assert one == copy
    for language in LANGUAGES:
        assert "PTCL" in render(why, language)


def test_what_cannot_be_is_left_out_with_the_reason():
    ahead = replace(CUT, id="d", start=NOW + 9 * DAY, published=None)
    early = replace(CUT, id="e", start=NOW, published=NOW - 9 * DAY)
    backwards = replace(CUT, id="f", end=CUT.start - HOUR)
    found = settle((), (ahead, early, backwards), NOW)
    assert found.kept == ()
    assert {why.key.rsplit(".", 1)[1] for _, why in found.rejected} == {
        "future",
        "before",
        "backwards",
    }


def test_what_a_list_numbers_apart_is_two_things_however_alike():
    first = replace(
        CUT,
        id="status-page:1",
        source="status-page",
        start=NOW - 40 * DAY,
        end=NOW - 40 * DAY + HOUR,
        published=NOW - 40 * DAY,
    )
    later = replace(
        first,
        id="status-page:2",
        start=NOW - 3 * DAY,
        end=None,
        published=NOW - 3 * DAY,
    )
    evening = replace(first, id="status-page:3", start=first.start + 8 * HOUR, end=None)
    found = settle((), (first, later, evening), NOW)
    assert found.kept == (first, evening, later)
    assert not found.merged


def test_two_feeds_that_tell_the_same_are_two_sources_of_one():
    dawn = replace(CUT, id="status-page:1", source="dawn.xml", trust=0.6)
    geo = replace(CUT, id="status-page:x", source="geo.xml", trust=0.6)
    found = settle((), (dawn, geo), NOW)
    (one,) = found.kept
    assert one.sources == ("dawn.xml", "geo.xml")
    assert len(found.merged) == 1


def test_of_one_report_under_several_dates_the_one_nearest_to_it_is_kept():
    told = [
        replace(
            CUT, id=str(n), start=CUT.start - n * 365 * DAY, link="https://x.example"
        )
        for n in (2, 1, 0)
    ]
    found = settle((), told, NOW)
    assert found.kept == (told[-1],)
    other = replace(told[1], id="3", published=told[1].start + DAY)
    assert len(settle((), (told[2], other), NOW).kept) == 2


def test_an_order_may_be_given_ahead_and_what_is_called_off_is_gone():
    order = replace(
        CUT,
        id="o",
        kind="order",
        cause=Cause.SHUTDOWN,
        start=NOW + 9 * DAY,
        published=NOW - DAY,
    )
    assert settle((), (order,), NOW).kept == (order,)
    found = settle((order,), (replace(order, kind="cancelled"),), NOW)
    assert found.kept == ()
    assert [why.key for _, why in found.rejected] == ["context.rejected.cancelled"]


def test_planned_maintenance_may_lie_ahead_and_be_told_before():
    plan = replace(
        CUT,
        id="g",
        kind="maintenance",
        cause=Cause.MAINTENANCE,
        start=NOW + 5 * DAY,
        end=NOW + 5 * DAY + 6 * HOUR,
    )
    assert settle((), (plan,), NOW).kept == (plan,)


def test_other_causes_and_other_places_stay_apart():
    power = replace(CUT, id="h", cause=Cause.POWER, says="grid failure")
    india = replace(CUT, id="i", entity="country/IN")
    assert len(settle((), (CUT, power, india), NOW).kept) == 3
