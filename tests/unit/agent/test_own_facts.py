"""What this machine saw by itself reaches the cause model, and only where it stands."""

import pytest

from rabta.agent.explaining import Beside, explain_found, with_hits
from rabta.agent.own_facts import MAINS, MainsBook, OwnFacts, own_facts
from rabta.clock import DAY, HOUR, MINUTE, ManualClock
from rabta.config.targets import corridors_of_country
from rabta.model import Mains, Observation, Probe, Report
from rabta.store import Store

from .test_explaining import ONSET, disruption


HERE = next(iter(corridors_of_country("PK")))


@pytest.fixture
def store(tmp_path):
    with Store.open(tmp_path, clock=ManualClock(ONSET + 2 * HOUR)) as one:
        one.know_services(["code"])
        yield one


def test_a_power_cut_is_one_report_with_both_ends(store):
    now = [ONSET]
    book = MainsBook(store, "PK", lambda: now[0])
    for minute, mains in enumerate((True, None, False, False, None, True, True)):
        now[0] = ONSET + minute * MINUTE
        book.told(Mains(mains, ups=True))
    (one,) = store.reports(start=0, stop=2**62, source=MAINS)
    assert (one.entity, one.cause) == ("country/PK", "power")
    assert (one.start, one.end) == (ONSET + 2 * MINUTE, ONSET + 5 * MINUTE)


def test_where_the_country_is_not_known_the_mains_tell_of_none(store):
    MainsBook(store, "", lambda: ONSET).told(Mains(False, ups=True))
    assert store.reports(start=0, stop=2**62) == []


def test_a_laptop_that_was_unplugged_is_no_report_about_a_country(store):
    book = MainsBook(store, "PK", lambda: ONSET)
    book.told(Mains(True))
    book.told(Mains(False))
    assert store.reports(start=0, stop=2**62) == []


@pytest.mark.parametrize(
    ("lost", "country", "said"),
    [
        (-50 * MINUTE, "PK", False),
        (10 * MINUTE, "PK", False),
        (-2 * HOUR, "PK", None),
        (40 * MINUTE, "PK", None),
        (0, "IN", None),
        (0, "", None),
    ],
)
def test_mains_that_failed_about_then_speak_for_power(store, lost, country, said):
    MainsBook(store, "PK", lambda: ONSET + lost).told(Mains(False, ups=True))
    assert own_facts(store, country, ONSET, ONSET + HOUR).on_mains is said


def examined(store, *, kind="blocking", after=20 * MINUTE, worked=True, here=True):
    seen = []
    if here:
        seen.append(Observation(ONSET - DAY, "a", 4, HERE, Probe.TCP, 0.1))
    for n in range(5):
        value, failed = (0.2, None) if worked else (None, "generic_timeout_error")
        time = ONSET - (5 - n) * HOUR
        seen.append(Observation(time, "a", 4, "code", Probe.HTTP, value, failed))
    store.record(seen)
    when = ONSET + after
    store.add_reports([Report("test", "1", "service/code", when, when, kind)])
    return own_facts(store, "PK", ONSET, ONSET + HOUR)


def test_a_test_that_found_interference_counts(store):
    assert examined(store) == OwnFacts(fingerprint=True)


def test_a_test_that_found_throttling_counts(store):
    assert examined(store, kind="throttling") == OwnFacts(paired_slow=True)


@pytest.mark.parametrize(
    "more",
    [
        {"worked": False},
        {"here": False},
        {"after": -DAY},
        {"after": 2 * HOUR},
        {"kind": "undetermined"},
    ],
    ids=["never worked", "in another country", "before", "afterwards", "no finding"],
)
def test_a_test_that_says_nothing_of_this_is_no_vote(store, more):
    assert examined(store, **more) == OwnFacts()


def test_it_comes_out_as_evidence(store):
    examined(store)
    MainsBook(store, "PK", lambda: ONSET).told(Mains(False, ups=True))
    (why,) = explain_found(
        [disruption()], (), None, ONSET + HOUR,
        lambda one: with_hits(store, Beside(), one),
    )  # fmt: skip
    assert {one.id for one in why.evidence} >= {
        "mains-lost", "fingerprint", "target-specific"
    }  # fmt: skip
