"""Incidents of status pages count while they last, and a day where no end is told."""

from rabta.agent.announced import announced
from rabta.clock import HOUR
from rabta.model import Report


NOW = 500_000 * HOUR


def report(entity="service/code", start=NOW - HOUR, end=None):
    return Report("status-page", "1", entity, start, end, "incident")


def test_what_lasts_is_named_once():
    found = [report(), report(end=NOW + HOUR), report("service/pay", end=NOW - 1)]
    assert announced(found, NOW) == ("code",)


def test_what_lies_ahead_or_is_no_service_is_not():
    assert announced([report(start=NOW + 1), report("country/PK")], NOW) == ()
