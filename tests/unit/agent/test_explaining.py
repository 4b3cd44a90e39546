"""What is told to the cause model about other networks, and what a notice opens."""

from dataclasses import replace
from datetime import UTC

import pytest

from rabta.agent.explaining import Beside, local_zone, surroundings, with_hits
from rabta.attribute.cause import Event, Nearby
from rabta.attribute.cause.announced import order_known
from rabta.clock import HOUR, MINUTE, ManualClock
from rabta.config.targets import operators_of_networks
from rabta.detect.found import Found, Severity
from rabta.model import Cause, Kind, Message, Notice, State, Verdict
from rabta.store import Store


ONSET = 1_756_782_000_000_000
PTCL, CYBERNET, MULTINET = "asn/17557", "asn/9541", "asn/9260"
COUNTRY = Event("country/PK", ONSET, None, ONSET + HOUR, 0.9)


def disruption(**more):
    usual = {"entity": "country/PK", "kind": Kind.OUTAGE, "onset": ONSET, "end": None}
    rest = (ONSET + MINUTE, 60.0, None, 0.9, Severity.OUTAGE, True, ())
    return Found(*{**usual, **more}.values(), *rest)


def around(*hit, event=COUNTRY, notices=()):
    told = tuple(Nearby(entity, ONSET, depth) for entity, depth in hit)
    watched = frozenset({PTCL, CYBERNET, MULTINET, "asn/45595", "country/IN"})
    return surroundings(event, (), None, None, Beside(watched, told, notices))


def test_a_network_that_lost_less_than_half_is_hit_and_not_dark():
    found = around((PTCL, 0.9), (CYBERNET, 0.3), (MULTINET, None))
    assert (found.networks, found.dark) == (3, 1)
    assert around((PTCL, 0.9), (CYBERNET, 0.5)).dark == 2


def test_provinces_of_the_country_are_no_watch_on_other_countries():
    event = replace(COUNTRY, entity="country/PK/Sindh")
    watched = frozenset({"country/PK", "country/PK/Punjab"})
    found = surroundings(event, (), None, None, Beside(watched, (), ()))
    assert found.nearby is None
    assert found.home == {"country/PK"}
    watched |= {"country/IN/Delhi"}
    assert surroundings(event, (), None, None, Beside(watched, (), ())).nearby == ()


def test_networks_of_one_operator_are_one(monkeypatch):
    monkeypatch.setattr(
        "rabta.agent.explaining.operators_of_networks",
        lambda: {PTCL: "PTCL", CYBERNET: "PTCL", MULTINET: "Multinet"},
    )
    siblings = around((PTCL, 0.9), (CYBERNET, 0.95))
    assert (siblings.networks, siblings.dark) == (1, 1)
    assert around((PTCL, 0.9), (CYBERNET, 0.95), (MULTINET, 0.6)).dark == 2


def test_a_network_counts_itself_by_its_own_loss():
    own = replace(COUNTRY, entity=PTCL)
    assert around((CYBERNET, 0.9), event=own).dark == 2
    assert around((CYBERNET, 0.9), event=replace(own, depth=0.2)).dark == 1


def test_every_network_of_the_shipped_data_has_an_operator():
    known = operators_of_networks()
    assert known[PTCL] == "PTCL"
    assert all(known.values())


@pytest.mark.parametrize(
    ("said_of", "entity", "opens"),
    [
        ("country/PK", "country/PK", True),
        ("country/PK", PTCL, True),
        ("country/PK", "asn/64500", False),
        ("country/PK", "country/IN", False),
        (CYBERNET, PTCL, False),
        (CYBERNET, "country/PK", False),
        ("cable/smw4", "country/PK", False),
    ],
)
def test_an_order_opens_the_gate_for_whom_it_is_about(said_of, entity, opens):
    order = Notice("n", said_of, ONSET, cause=Cause.SHUTDOWN, trust=0.9)
    event = replace(COUNTRY, entity=entity)
    assert order_known(event, around(event=event, notices=(order,))) is opens


@pytest.mark.parametrize(
    ("entity", "zone"),
    [
        ("country/PK", "Asia/Karachi"),
        ("asn/17557", "Asia/Karachi"),
        ("region/PK-SD", "Asia/Karachi"),
        ("asn/64500", "None"),
        ("region/1226", "None"),
    ],
)
def test_networks_and_regions_live_by_their_countrys_clocks(entity, zone):
    assert str(local_zone(entity, UTC)) == zone


def test_a_disruption_that_was_withdrawn_hit_nobody(tmp_path):
    def said(entity):
        return Verdict(
            ONSET, entity, "x", -1, State.DOWN, Message.of("x"), 0.5,
            (), (), (), None, ONSET,
        )  # fmt: skip

    with Store.open(tmp_path, clock=ManualClock(ONSET + HOUR)) as store:
        for entity, end in ((PTCL, ONSET), (CYBERNET, None)):
            number = store.open_disruption(
                entity, Kind.OUTAGE, ONSET, 60.0, 0.8, said(entity)
            )
            if end is not None:
                store.close_disruption(number, end)
        beside = Beside(frozenset({PTCL, CYBERNET}))
        found = with_hits(store, beside, disruption(onset=ONSET + MINUTE))
    assert found.hit == (Nearby(CYBERNET, ONSET, 0.8),)
