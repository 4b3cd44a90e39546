"""What is recorded comes back, once and whole."""

import subprocess
import sys

import pytest

from rabta.clock import DAY, HOUR, MINUTE, SECOND
from rabta.errors import StoreError, UsageError
from rabta.failure import BUDGET_SPENT, DNS_BOGON, GENERIC_TIMEOUT
from rabta.model import (
    Certificate,
    DnsDetail,
    Hop,
    HttpDetail,
    LinkDetail,
    Observation,
    PathDetail,
    Phases,
    Probe,
    RateDetail,
    TlsDetail,
)
from rabta.store import SeriesKey, Store

from .helpers import T0, all_of, day_of_pings, ordered, ping, series_number


CERTIFICATE = Certificate("CN=x", "CN=ca", 0, 2 * T0, "ab" * 32, ("x.example",))
DETAILS = [
    (
        Probe.LINK,
        LinkDetail(carrier=True, source="10.0.0.2", gateway="", has_route=True),
    ),
    (Probe.DNS, DnsDetail("x.example", "NOERROR", ("192.0.2.1",), 1, (("10.0.0.1",),))),
    (Probe.TLS, TlsDetail("x.example", Phases(connect=0.1), "TLSv1.3", CERTIFICATE)),
    (Probe.HTTP, HttpDetail("https://x.example/", Phases(tls=0.2), 200, title="رابطہ")),
    (Probe.CAPTIVE, HttpDetail("http://x.example/", Phases(), 511)),
    (Probe.PATH, PathDetail((Hop(1, "10.0.0.1", 0.001), Hop(2, "", None)), False)),
    (Probe.FETCH, RateDetail(1_000_000, 2.5, ((0.5, 100), (2.5, 1_000_000)))),
    (Probe.ICMP, None),
]


@pytest.mark.parametrize(("probe", "detail"), DETAILS)
def test_an_observation_comes_back_whole(store, probe, detail):
    """Every field and every kind of detail survives."""
    told = Observation(
        T0 + 1, "ptcl", 6, "x", probe, 0.25, DNS_BOGON, "2001:db8::1", 120, detail
    )

    store.record([told])

    assert [told] == all_of(store)


def test_a_retry_is_kept_once(store):
    """After a failure of unknown outcome the same batch may be told again."""
    batch = day_of_pings(T0, span=HOUR)

    store.record(batch)
    store.record(batch)

    assert ordered(batch) == ordered(all_of(store))


def test_two_observations_of_one_microsecond_are_both_kept(store):
    """What differs is not the same observation, whatever the clock says."""
    store.record([ping(T0, 0.01), ping(T0, 0.02)])
    store.record([ping(T0, 0.01), ping(T0, 0.02)])

    assert [o.value for o in all_of(store)] == [0.01, 0.02]


def test_a_batch_that_fails_leaves_nothing_and_can_follow(store):
    """One transaction: a value that cannot be kept takes its batch with it."""
    bad = ping(T0 + 1)
    object.__setattr__(bad, "spent_bytes", "many")

    with pytest.raises(StoreError, match="INTEGER"):
        store.record([ping(T0, target="new"), bad])
    assert all_of(store) == []
    store.record([ping(T0, target="new")])

    assert len(all_of(store)) == 1


def test_series_are_named_by_what_they_are_about(store):
    """A service, a target and the link itself are different entities."""
    store.know_services(["github"])
    store.record(
        [
            ping(T0, target="github"),
            ping(T0, target="anycast"),
            Observation(T0, "ptcl", 4, "carrier", Probe.LINK, None),
            Observation(T0, "ptcl", 4, "speed", Probe.FETCH, 5e6),
        ]
    )

    found = {info.target: info for info in store.series()}

    assert (
        SeriesKey(
            "rabta", "icmp_rtt_seconds", "service/github", "uplink/ptcl/4", "github"
        )
        == found["github"].key
    )
    assert found["anycast"].entity == "target/anycast"
    assert found["carrier"].entity == "uplink/ptcl"
    assert (found["speed"].unit, found["speed"].worse) == ("bit/s", "lower")
    assert (found["github"].unit, found["github"].worse) == ("s", "higher")


def test_first_and_last_are_exact_for_a_series_that_stopped(store):
    """Its end is told right though the others went on for hours."""
    store.record([ping(T0, target="stopped")])
    for time in range(T0, T0 + 2 * HOUR, MINUTE):
        store.record([ping(time, target="going")])
    store.record([ping(T0 + 2 * HOUR + 5, target="going")])

    found = {info.target: (info.first, info.last) for info in store.series()}

    assert found["stopped"] == (T0, T0)
    assert found["going"] == (T0, T0 + 2 * HOUR + 5)


@pytest.mark.parametrize("targets", [2, 12])
def test_questions_are_answered_by_every_field(store, targets):
    """Few series are sought one by one, many are read together: same answers."""
    told = day_of_pings(T0, targets=targets, span=6 * HOUR)
    other = [ping(T0 + 9, uplink="jazz"), ping(T0 + 10, failure=GENERIC_TIMEOUT)]
    store.record(told + other)
    hour = {"start": T0 + HOUR, "stop": T0 + 2 * HOUR, "limit": 10**6}

    in_hour = [o for o in told if T0 + HOUR <= o.time < T0 + 2 * HOUR]
    assert ordered(in_hour) == ordered(store.observations(**hour))
    assert [o for o in in_hour if o.target == "t1"] == store.observations(
        **hour, target="t1"
    )
    assert [other[0]] == store.observations(start=T0, stop=T0 + DAY, uplink="jazz")
    assert store.observations(**hour, family=6) == []
    assert store.observations(**hour, probe=Probe.TCP) == []
    failed = store.observations(start=T0, stop=T0 + DAY, failed_only=True)
    assert ordered([o for o in told + other if o.failure]) == ordered(failed)


def test_a_limit_keeps_the_newest_oldest_first(store):
    """Readers want the end of the story, in order."""
    store.record([ping(T0 + second * SECOND) for second in range(300)])

    found = store.observations(start=T0, stop=T0 + HOUR, limit=70)

    assert [T0 + second * SECOND for second in range(230, 300)] == [
        o.time for o in found
    ]


def test_an_endless_question_is_answered(store):
    """A caller may ask for all that ever will be."""
    store.record([ping(T0)])

    assert len(store.observations(start=0, stop=2**62)) == 1


def test_spent_bytes_are_summed_by_uplink(store):
    """The byte budget of a day goes on after a restart."""
    store.record(
        [ping(T0 + second * SECOND, uplink=u) for second in range(90) for u in "ab"]
    )
    store.record([ping(T0 + 91 * SECOND, failure=BUDGET_SPENT, uplink="c")])

    assert store.spent_bytes("a", T0 + MINUTE) == 30 * 84
    assert store.spent_bytes("a", T0 - DAY) == 90 * 84
    assert store.spent_bytes("unknown", T0) == 0


def test_newest_is_when_something_was_last_measured(store):
    """By it a restart knows since when it did not run."""
    assert store.newest() is None
    store.record([ping(T0 + 3 * MINUTE + 5)])

    assert store.newest() == T0 + 3 * MINUTE + 5


def test_an_unknown_series_is_a_usage_error(store):
    """It is the question that is wrong, not the store."""
    with pytest.raises(UsageError, match="no series 7"):
        store.points(7, start=T0, stop=T0 + DAY)


def test_recent_reading_needs_no_duckdb(folder):
    """The import alone is a third of what the daemon may weigh."""
    script = f"""
import sys
from pathlib import Path
from rabta.clock import DAY, ManualClock
from rabta.store import Store
from tests.unit.store.helpers import T0, day_of_pings, series_number
with Store.open(Path({str(folder)!r}), clock=ManualClock(T0)) as store:
    store.record(day_of_pings(T0))
    points = store.points(series_number(store, "t0"), start=T0, stop=T0 + DAY)
    assert sum(points.sent) == 1440
    assert len(store.observations(start=T0, stop=T0 + DAY, limit=9)) == 9
assert "duckdb" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", script], check=True)


def test_two_threads_may_share_a_store(store):
    """The API reads in threads while the daemon's loop writes."""
    from concurrent.futures import ThreadPoolExecutor

    def write(number: int) -> None:
        for second in range(20):
            store.record([ping(T0 + second * SECOND, target=f"t{number}")])

    def read(_: int) -> int:
        return len(all_of(store))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))
        assert list(pool.map(read, range(4))) == [80] * 4
    assert (
        sum(store.points(series_number(store, "t3"), start=T0, stop=T0 + MINUTE).sent)
        == 20
    )


def test_a_closed_store_opens_again_with_everything(folder, clock):
    """Nothing lives in memory alone."""
    with Store.open(folder, clock=clock) as store:
        store.record([ping(T0)])
    with Store.open(folder, clock=clock) as store:
        store.record([ping(T0 + 1)])

        assert [o.time for o in all_of(store)] == [T0, T0 + 1]
        assert len(store.series()) == 1
