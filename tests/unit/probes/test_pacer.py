"""Politeness and budgets, played through in no time."""

from dataclasses import replace
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rabta.clock import DAY, HOUR, SECOND
from rabta.config import UplinkSettings
from rabta.model import Probe, Rung, Target, Uplink
from rabta.probes.pacer import (
    BURST_PROBES,
    METERED_BUDGET_BYTES,
    TRANSFERS,
    Pacer,
    Permit,
    budget_of,
)
from rabta.probes.uplinks import Names, names_of


KEY = ("lte", 4)
MORNING = 20_000 * DAY


def target(rung: Rung = Rung.ANYCAST, interval: float = 5.0) -> Target:
    return Target(f"a-{rung}", rung, "192.0.2.1", (Probe.TCP,), interval=interval)


def limited(budget: int | None = 1_000_000) -> Pacer:
    pacer = Pacer()
    pacer.set_budget("lte", budget)
    return pacer


@given(st.lists(st.integers(0, 3 * SECOND), max_size=60))
def test_steady_probes_never_exceed_one_a_second(gaps):
    """However eagerly they are asked for; 50 ms of jitter are forgiven once."""
    pacer, now, sent = limited(None), MORNING, []
    for gap in gaps:
        now += gap
        if pacer.ask(KEY, target(), Probe.TCP, now) is Permit.GO:
            sent.append(now)

    for first in range(len(sent)):
        for last in range(first + 1, len(sent)):
            assert sent[last] - sent[first] >= (last - first) * SECOND - SECOND // 20


def test_each_kind_family_and_target_has_its_own_pace():
    """One must not hold up another."""
    pacer = limited()
    asked = [
        (KEY, target(), Probe.TCP),
        (KEY, target(), Probe.ICMP),
        (("lte", 6), target(), Probe.TCP),
        (KEY, target(Rung.DOMESTIC), Probe.TCP),
    ]

    first = [pacer.ask(*one, MORNING) for one in asked]
    again = [pacer.ask(*one, MORNING) for one in asked]

    assert first == [Permit.GO] * 4
    assert again == [Permit.WAIT] * 4


def helper(service: int) -> Target:
    return Target(
        *(f"s{service}/helper", Rung.CONTROL, "192.0.2.9", (Probe.TLS,)),
        interval=900,
        role="neutral-helper",
        control_for=f"s{service}",
    )


def test_many_services_together_ask_one_host_no_faster_than_one_does():
    """Twelve that fail over two lines: fourteen at once, then one a second."""
    pacer, sent = Pacer(), []
    for tenth in range(600):
        now = MORNING + tenth * SECOND // 10
        for service in range(12):
            for line in (("lte", 4), ("fibre", 4)):
                asked = pacer.ask(line, helper(service), Probe.TLS, now, MORNING)
                if asked is Permit.GO:
                    sent.append(now)

    assert len(sent) == pytest.approx(BURST_PROBES + 60, abs=1)
    for first in range(len(sent)):
        for last in range(first + 1, len(sent)):
            seconds = (sent[last] - sent[first]) / SECOND
            assert last - first + 1 <= BURST_PROBES + seconds + 1e-6
    other = replace(helper(0), name="s0/other", host="192.0.2.10")
    assert pacer.ask(KEY, other, Probe.TLS, now) is Permit.GO


def test_a_service_of_ones_own_has_no_part_in_it():
    pacer = Pacer()
    own = [
        replace(helper(n), role="", rung=Rung.SERVICE, control_for="")
        for n in range(3 * BURST_PROBES)
    ]
    assert {pacer.ask(KEY, one, Probe.TLS, MORNING) for one in own} == {Permit.GO}


def test_a_doubt_may_cost_fourteen_extra_probes_a_tenth_of_a_second_apart():
    """No more, however long it lasts; the next doubt has its own."""
    pacer = limited()
    pacer.ask(KEY, target(), Probe.TCP, MORNING)
    permits = [
        pacer.ask(KEY, target(), Probe.TCP, MORNING + n * SECOND // 20, doubt=1)
        for n in range(1, 100)
    ]

    assert permits.count(Permit.GO) == BURST_PROBES == 14
    assert permits[:4] == [Permit.WAIT, Permit.GO, Permit.WAIT, Permit.GO]
    later = MORNING + 6 * SECOND
    assert pacer.ask(KEY, target(), Probe.TCP, later, doubt=1) is Permit.WAIT
    assert pacer.ask(KEY, target(), Probe.TCP, later, doubt=2) is Permit.GO


def test_a_clock_set_back_by_a_year_stops_nothing():
    """The pace starts anew."""
    pacer = limited()
    pacer.ask(KEY, target(), Probe.TCP, MORNING)

    assert pacer.ask(KEY, target(), Probe.TCP, MORNING - 365 * DAY) is Permit.GO


@pytest.mark.parametrize(
    ("medium", "settings", "budget"),
    [
        ("wired", None, None),
        ("ppp", None, None),  # a DSL line as a rule
        ("cellular", None, METERED_BUDGET_BYTES),
        ("cellular", UplinkSettings("x0", name="jazz"), METERED_BUDGET_BYTES),
        ("cellular", UplinkSettings("x0", metered=False), None),
        ("cellular", UplinkSettings("x0", budget_mb_per_day=20), 20_000_000),
        ("wifi", UplinkSettings("x0", metered=True), METERED_BUDGET_BYTES),
        ("wifi", UplinkSettings("x0", budget_mb_per_day=0.5), 500_000),
    ],
)
def test_metered_and_mobile_uplinks_have_a_budget_unless_told_otherwise(
    medium, settings, budget
):
    found = Uplink("x0", "x0", 2, medium, carrier=True, lines=())
    names = names_of([settings] if settings else [])
    named = names.get("x0", Names()).put_on(found)

    assert budget_of(named, settings) == budget
    assert METERED_BUDGET_BYTES == 50_000_000


def test_without_a_budget_nothing_is_stretched_or_refused():
    """Bytes are still counted."""
    pacer = limited(None)
    pacer.spend("lte", 10**12)

    assert pacer.interval(KEY, target(), Probe.TCP, MORNING) == 5.0
    assert pacer.ask(KEY, target(), Probe.TCP, MORNING) is Permit.GO
    assert pacer.spent("lte", MORNING) == 10**12
    assert pacer.budget("lte") is None


def test_a_page_that_does_not_fit_any_more_is_not_begun():
    pacer = limited(200_000)
    page = target(Rung.SERVICE)
    assert pacer.ask(KEY, page, Probe.HTTP, MORNING) is Permit.GO
    pacer.settle(KEY, page, Probe.HTTP, 60_000)
    pacer.spend("lte", 50_000)
    later = MORNING + 60 * SECOND

    assert pacer.ask(KEY, page, Probe.HTTP, later) is Permit.SPENT  # of 150,000
    assert pacer.ask(KEY, page, Probe.TCP, later) is Permit.GO


def test_the_less_a_rung_matters_the_sooner_it_is_refused():
    """Transfers, services, the way abroad; what tells our own line last."""
    refused_at = {}
    for rung, probe in (
        (Rung.SERVICE, Probe.FETCH),
        (Rung.CONTROL, Probe.TLS),
        (Rung.SERVICE, Probe.HTTP),
        (Rung.DOMESTIC, Probe.TCP),
        (Rung.INTERNATIONAL, Probe.TCP),
        (Rung.RESOLVER, Probe.DNS),
        (Rung.ANYCAST, Probe.TCP),
        (Rung.GATEWAY, Probe.ICMP),
    ):
        pacer = limited(1000)
        while pacer.interval(KEY, target(rung), probe, MORNING) < inf:
            pacer.spend("lte", 1)
            if pacer.spent("lte", MORNING) > 1000:
                break
        else:
            assert pacer.ask(KEY, target(rung), probe, MORNING) is Permit.SPENT
        refused_at[rung, probe] = pacer.spent("lte", MORNING)

    assert list(refused_at.values()) == sorted(refused_at.values())
    assert refused_at[Rung.ANYCAST, Probe.TCP] == 1000
    assert refused_at[Rung.GATEWAY, Probe.ICMP] == 1001  # never


@given(st.integers(0, 60_000_000), st.sampled_from(sorted(TRANSFERS)))
def test_a_transfer_may_move_what_is_left_of_its_half_or_nothing(spent, probe):
    """Headers included; one that could not tell anything is not begun."""
    pacer = limited(50_000_000)
    pacer.spent("lte", MORNING)
    pacer.spend("lte", spent)

    payload = pacer.payload(KEY, probe, MORNING)

    assert 0 <= payload * 1.07 <= max(0, 25_000_000 - spent)
    assert payload == 0 or payload > 512 * 1024
    assert limited(None).payload(KEY, probe, MORNING) is None


def test_what_stays_on_the_local_link_is_free():
    """Nobody is billed for ARP."""
    pacer = limited()
    pacer.settle(KEY, target(Rung.GATEWAY), Probe.ICMP, 500)
    pacer.settle(KEY, target(Rung.ANYCAST), Probe.TCP, 70)

    assert pacer.spent("lte", MORNING) == 70


@given(
    st.floats(0.0, 1.0),
    st.floats(0.0, 0.99),
    st.sampled_from([r for r in Rung if r not in {Rung.CARRIER, Rung.ADDRESS}]),
)
def test_intervals_are_stretched_and_never_shortened(day, spent, rung):
    """At any time of day and state of the budget."""
    pacer, now = limited(), MORNING + int(day * (DAY - SECOND))
    pacer.spent("lte", now)
    pacer.spend("lte", int(spent * 1_000_000))

    assert pacer.interval(KEY, target(rung), Probe.TCP, now) >= 5.0


@pytest.mark.parametrize("demand", [0.5, 2.0, 10.0])
def test_the_budget_lasts_the_day_whatever_the_demand(demand):
    """It degrades evenly: the last hour is measured too, and nothing is overdrawn."""
    cost = 1000
    interval = cost * 86_400 / (1_000_000 * demand)
    anchor = target(interval=interval)
    pacer, now = limited(), MORNING
    hours = [0] * 24
    while now < MORNING + DAY:
        if pacer.ask(KEY, anchor, Probe.TCP, now) is Permit.GO:
            pacer.settle(KEY, anchor, Probe.TCP, cost)
            hours[(now - MORNING) // HOUR] += 1
        pause = pacer.interval(KEY, anchor, Probe.TCP, now)
        now += int(min(pause, 3600.0) * SECOND)

    wanted = 3600 / interval
    assert sum(hours) * cost <= 1_000_000 + cost
    assert min(hours) >= 0.4 * wanted / max(demand, 1.0)
    if demand < 1:
        assert min(hours) >= wanted - 1


def test_pages_that_are_under_way_together_do_not_overdraw():
    """None has been counted yet when the next is asked for, on any line."""
    pacer = limited(1_000_000)
    shops = [replace(target(Rung.SERVICE), name=f"shop-{n}") for n in range(40)]
    lines = [("lte", 4), ("lte", 6)]
    for minute in range(5):
        now = MORNING + minute * 60 * SECOND
        sent = [
            (line, shop)
            for shop in shops
            for line in lines
            if pacer.ask(line, shop, Probe.HTTP, now) is Permit.GO
        ]
        assert sent or minute
        for line, shop in sent:
            pacer.settle(line, shop, Probe.HTTP, 50_000)

    assert 500_000 < pacer.spent("lte", now) <= 750_000 + 50_000


def test_a_new_day_is_a_new_budget():
    """At the midnight the caller tells."""
    karachi = lambda now: now - (now + 5 * HOUR) % DAY + DAY  # noqa: E731
    pacer = Pacer(karachi)
    pacer.set_budget("lte", 1000)
    evening = MORNING + 18 * HOUR
    pacer.spent("lte", evening)
    pacer.spend("lte", 1000)

    assert pacer.ask(KEY, target(), Probe.TCP, evening + HOUR - 1) is Permit.SPENT
    assert pacer.ask(KEY, target(), Probe.TCP, evening + HOUR) is Permit.GO
    assert pacer.spent("lte", evening + HOUR) == 0
