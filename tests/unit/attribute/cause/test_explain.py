"""What the cause model says, what it must not say, and what it asks for."""

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from rabta.attribute.cause import (
    Event,
    Family,
    Nearby,
    PathSeen,
    SignalSeen,
    Surroundings,
    Window,
    announced,
    explain,
    scope,
)
from rabta.attribute.cause.extract import EXTRACTORS
from rabta.clock import DAY, HOUR, MINUTE
from rabta.locale import LANGUAGES, render
from rabta.model import Cause, Notice


ZONE = ZoneInfo("Asia/Karachi")
ONSET = 1_756_782_000_000_000  # Tuesday 2 September 2025, 08:00 in Karachi
ALL = tuple(
    SignalSeen(family, fell=True, ramp_seconds=120.0)
    for family in (Family.ROUTING, Family.PROBING, Family.TRAFFIC)
)
EVENT = Event("country/PK", ONSET, None, ONSET + HOUR, 0.95, 300.0, ALL)
AROUND = Surroundings(zone=ZONE, known_since=ONSET - 90 * DAY)
SERIES = tuple(Window(ONSET - n * DAY, ONSET - n * DAY + 4 * HOUR) for n in (3, 2, 1))
CABLES = {"the Red Sea": frozenset({"IN", "AE", "SA"}), "smw4": frozenset()}


def notice(cause, *, start=ONSET, trust=0.9, **more):
    name = more.pop("id", f"{cause}-{start}")
    return Notice(name, "country/PK", start, cause=cause, trust=trust, **more)


def chance(found, cause):
    return dict(found.causes).get(cause, 0.0)


def paths(networks, *, changed):
    """West is longer by 90 ms from every network, east is as before."""
    return tuple(
        PathSeen(f"asn/{n}", f"{corridor}-{k}", corridor, 120.0, 120.0 + extra, z,
                 step=True, changed=changed and corridor == "west")
        for n in range(networks)
        for k in range(4)
        for corridor, extra, z in (("west", 90.0, 40.0), ("east", 0.5, 0.2))
    )  # fmt: skip


@pytest.mark.parametrize("entity", ["country/IR", "country/IR/Ardebil", "region/IR-03"])
def test_provinces_are_no_other_countries(entity):
    names = ("country/IR", "country/IR/Ardebil", "country/IR/Fars", "region/IR-21")
    own = tuple(Nearby(name, ONSET) for name in names)
    event = replace(EVENT, entity=entity)
    seen = scope.elsewhere(event, replace(AROUND, nearby=own))
    assert seen is not None
    assert seen.outcomes == ("none",)
    abroad = tuple(Nearby(f"country/AF/{name}", ONSET) for name in ("Herat", "Farah"))
    seen = scope.elsewhere(event, replace(AROUND, nearby=own + abroad))
    assert seen is not None
    assert seen.outcomes == ("one",)


def test_hours_days_and_lengths_alone_never_make_a_shutdown():
    event = replace(EVENT, signals=(), depth=None, end=ONSET + 4 * HOUR,
                    now=ONSET + 6 * HOUR)  # fmt: skip
    found = explain(event, replace(AROUND, others=SERIES))
    assert found.leading is Cause.SHUTDOWN
    assert found.code == "undetermined"
    assert chance(found, Cause.SHUTDOWN) <= 0.4
    assert "held-shutdown" in {one.id for one in found.evidence}


@pytest.mark.parametrize(
    ("minutes", "told"),
    [
        (240, "lasted-hour"),
        (236, "lasted-hour"),
        (274, "lasted-half"),
        (30, "lasted-half"),
        (255, "lasted-odd"),
        (235, "lasted-odd"),
        (2, "lasted-odd"),
    ],
)
def test_a_whole_number_of_hours_speaks_for_an_order(minutes, told):
    event = replace(EVENT, end=ONSET + minutes * MINUTE, now=ONSET + 6 * HOUR)
    assert EXTRACTORS["whole-hours"](event, AROUND).key == told
    dark = explain(event, replace(AROUND, others=SERIES, networks=3, dark=2))
    found = {one.id: one.nats for one in dark.evidence}
    assert dark.leading is Cause.SHUTDOWN
    assert (found["whole-hours"] > 0.1) == (told == "lasted-hour")
    lasting = replace(event, now=event.end - MINUTE)
    assert EXTRACTORS["whole-hours"](lasting, AROUND) is None


def test_what_began_on_another_continent_is_chance():
    seen = EXTRACTORS["elsewhere"]
    hit = (Nearby("country/IN", ONSET), Nearby("country/BR", ONSET))
    asia = frozenset({"PK", "IN", "LK"})
    told = {
        seen(EVENT, replace(AROUND, nearby=some, continent=here)).outcomes
        for some, here in ((hit, asia), (hit[:1], asia), (hit[:1], frozenset()))
    }
    assert told == {("one",)}
    assert seen(EVENT, replace(AROUND, nearby=hit)).outcomes == ("several",)
    far = replace(AROUND, nearby=hit[1:], continent=asia)
    assert seen(EVENT, far).outcomes == ("none",)
    cable = replace(far, cables={"south": frozenset({"BR"})})
    assert EXTRACTORS["same-cable"](EVENT, cable).outcomes == ("yes",)


def test_a_series_with_all_signals_is_a_shutdown_once_two_networks_are_dark():
    one = explain(EVENT, replace(AROUND, others=SERIES))
    assert (one.code, chance(one, Cause.SHUTDOWN)) == ("undetermined", 0.5)
    dark = replace(AROUND, others=SERIES, networks=3, dark=2)
    two = explain(EVENT, dark)
    hit = explain(EVENT, replace(AROUND, others=SERIES, networks=3, dark=1))
    assert (hit.code, chance(hit, Cause.SHUTDOWN)) == ("undetermined", 0.5)
    assert two.code == "shutdown"
    assert chance(two, Cause.SHUTDOWN) > 0.8
    ordered = replace(AROUND, others=SERIES, notices=(notice(Cause.SHUTDOWN),))
    assert chance(explain(EVENT, ordered), Cause.SHUTDOWN) > 0.8


def test_what_was_not_measured_adds_nothing():
    bare = Event("country/PK", ONSET, None, ONSET + HOUR)
    found = explain(bare)
    assert [one.id for one in found.evidence if one.nats] == ["prior"]
    assert found.code == "undetermined"
    assert len(found.tests) == 2


def test_a_cable_needs_two_signs_and_more_than_one_network():
    quiet = replace(EVENT, signals=(), depth=None)
    one = replace(AROUND, paths=paths(1, changed=True), cables=CABLES)
    alone = explain(replace(quiet, entity="uplink/a"), one)
    assert alone.code != "cable"
    assert chance(alone, Cause.CABLE) <= 0.25
    two = explain(quiet, replace(one, paths=paths(2, changed=True)))
    assert two.code == "cable"
    assert chance(two, Cause.CABLE) > 0.7
    longer = explain(quiet, replace(one, paths=paths(2, changed=False)))
    assert chance(longer, Cause.CABLE) <= 0.5
    shared = replace(
        one, paths=paths(2, changed=False), nearby=(Nearby("country/IN", ONSET),)
    )
    assert chance(explain(quiet, shared), Cause.CABLE) > 0.7


def test_maintenance_counts_inside_its_window_and_not_beyond():
    planned = notice(
        Cause.MAINTENANCE, start=ONSET - HOUR // 4, end=ONSET + 3 * HOUR,
        kind="maintenance", published=ONSET - DAY, source="PTCL",
    )  # fmt: skip
    around = replace(AROUND, notices=(planned,))
    inside = explain(EVENT, around)
    assert inside.code == "maintenance"
    late = replace(EVENT, now=ONSET + 5 * HOUR)
    outlived = explain(late, around)
    assert outlived.code != "maintenance"
    assert chance(outlived, Cause.MAINTENANCE) <= 0.25
    assert any("longer" in render(one.says) for one in outlived.evidence)


@pytest.mark.parametrize("kind", ["maintenance", "incident"])
def test_what_is_called_maintenance_only_afterwards_was_not_announced(kind):
    said = notice(
        Cause.MAINTENANCE, end=ONSET + 3 * HOUR, kind=kind,
        published=ONSET + 2 * HOUR, source="PTCL",
    )  # fmt: skip
    late = replace(EVENT, now=ONSET + 3 * HOUR)
    found = explain(late, replace(AROUND, notices=(said,)))
    assert found.code != "maintenance"
    assert chance(found, Cause.MAINTENANCE) <= 0.5
    told = {one.id: render(one.says) for one in found.evidence}
    assert "announced none for this time" in told["notice-maintenance"]


def test_a_notice_counts_from_when_it_was_said():
    later = notice(Cause.CABLE, published=ONSET + 2 * HOUR)
    around = replace(AROUND, notices=(later,), cables=CABLES)
    assert explain(EVENT, around).leading is not Cause.CABLE
    known = explain(replace(EVENT, now=ONSET + 3 * HOUR), around)
    assert known.leading is Cause.CABLE


def test_a_cable_is_known_by_the_names_that_lists_write():
    names = {
        "sea-me-we-4-and-imewe": True,
        "sea-me-we4-smw-4": True,
        "SMW4": True,
        "smw-45": False,
        "aae-1": False,
    }
    cables = {"smw4": frozenset(), "sea-me-we-4": frozenset()}
    around = replace(AROUND, cables=cables)
    for name, known in names.items():
        told = replace(notice(Cause.CABLE), entity=f"cable/{name}")
        assert (
            bool(announced.relevant(EVENT, replace(around, notices=(told,)))) is known
        )


def test_a_disputed_event_has_ranked_causes_and_none_above_seven_tenths():
    around = replace(
        AROUND,
        paths=paths(3, changed=True),
        cables=CABLES,
        notices=(notice(Cause.CABLE), notice(Cause.THROTTLING, trust=0.8)),
    )
    found = explain(EVENT, around)
    assert found.code == "disputed"
    assert found.causes[0][1] < 0.7
    assert {Cause.CABLE, Cause.THROTTLING} <= {cause for cause, _ in found.causes}


@pytest.mark.parametrize(
    ("around", "entity", "code"),
    [
        ({"target_specific": True, "fingerprint": True}, "service/x", "blocking"),
        ({"target_specific": True, "paired_slow": True}, "service/x", "throttling"),
        ({"control_fails": True, "target_specific": True}, "service/x", "service"),
        ({"on_mains": False, "networks": 3}, "country/PK", "power"),
    ],
)
def test_each_cause_is_named_by_its_own_proof(around, entity, code):
    event = replace(EVENT, entity=entity, signals=(), depth=None)
    assert explain(event, Surroundings(zone=ZONE, **around)).code == code


def test_batteries_that_run_out_under_standing_routes_speak_of_power():
    signals = (
        SignalSeen(Family.ROUTING, fell=False),
        SignalSeen(Family.PROBING, fell=True, ramp_seconds=7200.0),
        SignalSeen(Family.TRAFFIC, fell=True, ramp_seconds=7200.0),
    )
    found = explain(replace(EVENT, signals=signals, depth=0.5), AROUND)
    assert found.leading is Cause.POWER


def test_probabilities_sum_to_one_and_every_sentence_is_in_both_languages():
    around = replace(
        AROUND, others=SERIES, paths=paths(2, changed=True), cables=CABLES,
        nearby=(Nearby("country/IN", ONSET + 5 * MINUTE),), networks=2,
        notices=(notice(Cause.CABLE, says="cut"),), on_mains=True, peak_ratio=3.0,
        target_specific=False, fingerprint=False, paired_slow=False,
        control_fails=False, only_here=False, calendar_known=True,
    )  # fmt: skip
    found = explain(replace(EVENT, end=ONSET + HOUR, now=ONSET + 9 * DAY), around)
    assert sum(share for _, share in found.causes) == pytest.approx(1, abs=0.005)
    seen = {one.id.rsplit("-", 1)[0] for one in found.evidence}
    assert len(found.evidence) > len(EXTRACTORS) - 3, seen
    for language in LANGUAGES:
        for one in (found.sentence, *found.tests, *found.alternatives):
            assert render(one, language)
        assert all(render(one.says, language) for one in found.evidence)
