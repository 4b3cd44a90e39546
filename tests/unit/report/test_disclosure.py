"""What each reader's facts may hold: nothing that is none of their business."""

import json

import pytest

from rabta.clock import HOUR
from rabta.model import Cause, Command, Kind, Message, Needs, Order
from rabta.report.document import document_of
from rabta.store import Store
from rabta.store.outbox import Queue
from tests.unit.report import office
from tests.unit.report.test_select import CLOCK, facts


ALWAYS = {
    *("format", "version", "edition", "made_at", "simulated", "audience", "period"),
    *("start", "stop", "complete", "timezone", "lines", "together", "incidents"),
    "typesetter",
}
MAY_HOLD = {
    "client": {"services"},
    "isp": {"judgements"},
    "regulator": {"services", "judgements"},
    "management": {"services", "judgements", "costs"},
    "freelancer": {"services", "judgements", "costs", "deadlines", "working_down"},
}


@pytest.fixture(scope="module")
def queued(tmp_path_factory):
    """Return an office whose outbox had a deadline in the period."""
    folder = tmp_path_factory.mktemp("queued")
    office.build(folder)
    _add_deadline(folder)
    return folder


def _add_deadline(folder):
    order = Order(
        work=Command(("true",), "/"),
        title="pay the shop",
        deadline=office.START + HOUR,
        needs=Needs(service="shop"),
    )
    with Queue.open(folder, clock=CLOCK) as queue:
        queue.add([(order, "shop.example")])


@pytest.mark.parametrize("audience", MAY_HOLD)
def test_the_facts_of_each_reader_hold_what_is_allowed(queued, audience):
    uplink = "fibre" if audience == "isp" else ""
    told = document_of(facts(queued, audience, uplink=uplink))

    filled = {name for name, value in told.items() if value not in ([], None)}
    assert filled <= ALWAYS | MAY_HOLD[audience]
    assert filled >= ALWAYS
    assert bool(told["deadlines"]) == (audience == "freelancer")


def test_the_provider_of_the_only_line_hears_of_no_service(tmp_path):
    office.build(tmp_path, lines=["fibre"])
    _add_deadline(tmp_path)
    found = facts(tmp_path, "isp")  # without --uplink: there is one line
    told = json.dumps(document_of(found))

    assert len(found.incidents) == 2
    for hidden in ("shop", "service/", "deadline_", "Ravi"):
        assert hidden not in told
    assert json.loads(told)["deadlines"] == []


def test_a_provider_hears_of_an_outage_of_all_lines_without_their_names(tmp_path):
    clock, onset = office.build(tmp_path), office.STOP - 3 * HOUR
    verdict = office.verdict(
        "host",
        "lan-common",
        Cause.LAN,
        Message.of("verdict.lan-common", uplinks=("Indus Fibre", "Ravi 4G"), code="x"),
        onset,
    )
    with Store.open(tmp_path, clock=clock) as store:
        number = store.open_disruption("host", Kind.OUTAGE, onset, 1.0, 1.0, verdict)
        store.close_disruption(number, onset + HOUR)
    usual, found = second_day(tmp_path), facts(tmp_path, "isp", uplink="fibre")
    told = json.dumps(document_of(found))

    assert "No line of the customer" in told
    assert "Ravi" not in told
    assert found.lines[0].availability.down_seconds.low == pytest.approx(
        usual + 3600, abs=5
    )
    assert found.lines[0].provider.down_seconds.low == pytest.approx(7200, abs=5)


def second_day(folder):
    found = facts(folder, "isp", uplink="fibre", period="2026-10-06")
    return found.lines[0].availability.down_seconds.low


def test_a_service_is_known_only_while_it_was_asked(tmp_path):
    office.build(tmp_path)
    (shop,) = facts(tmp_path, "management").services
    (early,) = facts(tmp_path, "management", period="2026-10-01..2026-10-05").services

    assert shop.availability.unknown_seconds == pytest.approx(3600, abs=700)
    assert early.availability.unknown_seconds == pytest.approx(4 * 86400, abs=700)


def test_the_facts_of_a_client_tell_no_inside_of_the_lines(queued):
    told = document_of(facts(queued, "client"))

    for line in told["lines"]:
        assert set(line) == {
            *("uplink", "title", "series", "hours", "availability", "days"),
            *("down", "unknown", "troubles"),
        }
        assert not any(one["cause"] or one["loss"] for one in line["troubles"])
