"""OONI: what counts as blocked, what gives no vote, and hourly shares."""

import json
import tarfile

import pytest

from rabta.attribute.blocking import conclude
from rabta.clock import HOUR
from rabta.model.trial import Outcome
from rabta.sources import ooni
from rabta.sources.recognise import recognise

from .helpers import balanced, parse, recorded


def measurement(number=0, *, start="2026-01-01 10:20:00", **keys):
    return {
        "test_name": "web_connectivity",
        "probe_cc": "PK",
        "probe_asn": "AS17557",
        "measurement_start_time": start,
        "report_id": f"r{number}",
        "input": "https://example.org/",
        "test_keys": {"accessible": True, "blocking": False, **keys},
    }


def write(tmp_path, *records):
    file = tmp_path / "ooni.jsonl"
    file.write_text("".join(json.dumps(one) + "\n" for one in records))
    return file


def shares(pieces, entity, target=""):
    return {
        one.metric: one.values.tolist()
        for one in pieces
        if one.entity == entity and one.target == target
    }


def test_an_hour_of_a_country_is_the_share_that_shows_blocking(tmp_path):
    file = write(
        tmp_path,
        measurement(1),
        measurement(2, blocking="dns", accessible=False),
        measurement(3, start="2026-01-01 10:59:59"),
        measurement(4, blocking="tcp_ip", accessible=False),
    )
    pieces, _, tally = parse(file, ooni.read)
    assert shares(pieces, "country/PK") == {
        "web_connectivity_blocked_ratio": [0.5],
        "web_connectivity_measurements_per_hour": [4.0],
    }
    assert shares(pieces, "asn/17557")["web_connectivity_blocked_ratio"] == [0.5]
    assert shares(pieces, "country/PK", "example.org") == {
        "web_connectivity_blocked_ratio": [0.5]
    }
    assert all((one.times % HOUR == 0).all() for one in pieces)
    assert tally.kept == 4


@pytest.mark.parametrize(
    "keys",
    [
        {"accessible": None, "blocking": None},
        {"accessible": False, "blocking": False},
        {"accessible": None, "blocking": False},
    ],
    ids=["control failed", "site down", "unknown"],
)
def test_a_site_that_is_down_gives_no_vote(tmp_path, keys):
    pieces, _, tally = parse(write(tmp_path, measurement(**keys)), ooni.read)
    assert not pieces
    assert tally.passed == 1


def test_a_measurement_told_twice_counts_once(tmp_path):
    file = write(tmp_path, measurement(1), measurement(1), measurement(2))
    pieces, _, tally = parse(file, ooni.read)
    counts = shares(pieces, "country/PK")["web_connectivity_measurements_per_hour"]
    assert counts == [2.0]
    assert tally.duplicates == 1
    assert balanced(tally)


def test_one_unreachable_bridge_says_nothing_of_tor():
    def said(*failures):
        targets = {str(n): ooni.Target(f) for n, f in enumerate(failures)}
        told = ooni.concluded("tor", ooni.Keys(targets=targets))
        return conclude(told).outcome

    assert said("timeout") is Outcome.UNDETERMINED
    assert said("timeout", None) is Outcome.OK
    assert said("timeout", "reset") is Outcome.BLOCKED


def test_what_was_found_is_reported_by_host_network_and_day(tmp_path):
    file = write(
        tmp_path,
        measurement(1, blocking="dns", accessible=False),
        measurement(2, blocking="dns", accessible=False, start="2026-01-01 23:00:00"),
        measurement(3),
        measurement(
            4, blocking="tcp_ip", accessible=False, start="2026-01-02 01:00:00"
        ),
    )
    _, reports, tally = parse(file, ooni.read)
    first = next(one for one in reports if one.cause == "dns")
    assert (first.entity, first.kind) == ("asn/17557", "blocking")
    assert first.says.startswith("example.org: dns in 2 of 3 measurements")
    assert tally.outcomes == {"blocked": 3, "ok": 1}
    assert tally.mechanisms == {"dns": 2, "tcp": 1}


@pytest.mark.parametrize(
    ("others", "kind"),
    [
        ([], "undetermined"),
        ([{"start": "2026-01-01 10:50:00"}], "undetermined"),
        ([{"start": "2026-01-01 10:50:00", "network": "AS9541"}], "blocking"),
        ([{"start": "2026-01-01 13:00:00"}], "blocking"),
        ([{"start": "2026-01-02 09:00:00"}], "blocking"),
        ([{"start": "2026-01-04 09:00:00"}], "undetermined"),
        ([{"start": "2026-01-01 13:00:00", "host": "other.example"}], "undetermined"),
        ([{"start": "2026-01-01 13:00:00", "country": "IN", "network": "AS9829"}],
         "undetermined"),
    ],
    ids=["alone", "same network, same hour", "another network", "another time",
         "the day after", "days later", "another host", "another country"],
)  # fmt: skip
def test_blocking_is_reported_only_on_two_independent_measurements(
    tmp_path, others, kind
):
    records = [measurement(1, blocking="dns", accessible=False)]
    for number, other in enumerate(others, 2):
        one = measurement(
            number, blocking="dns", accessible=False, start=other["start"]
        )
        one["probe_asn"] = other.get("network", "AS17557")
        one["probe_cc"] = other.get("country", "PK")
        one["input"] = f"https://{other.get('host', 'example.org')}/"
        records.append(one)
    _, reports, _ = parse(write(tmp_path, *records), ooni.read)
    first = min(reports, key=lambda one: (one.start, one.entity != "asn/17557"))
    assert first.kind == kind
    assert (first.cause == "dns") is (kind == "blocking")
    assert ("undetermined" in first.says) is (kind == "undetermined")


def test_the_future_the_unknown_and_the_malformed_are_put_aside(tmp_path):
    file = write(
        tmp_path,
        measurement(1, start="2099-01-01 00:00:00"),
        measurement(2, start="yesterday"),
        {**measurement(3), "probe_cc": "??"},
        {**measurement(4), "test_keys": [1]},
        measurement(5),
    )
    _, _, tally = parse(file, ooni.read)
    assert tally.reasons["a time that cannot be"] == 2
    assert tally.reasons["no country is named"] == 1
    assert tally.put_aside_count == 4
    assert balanced(tally)


# what each scenario's world does: the outcome, and where (a layer of the taxonomy)
SCENARIOS = {
    "badSSLWithUnknownAuthorityWithInconsistentDNS": ("blocked", "dns"),
    "badSSL": ("down", ""),
    "cloudflareCAPTCHA": ("ok", ""),
    "controlFailureWithSuccess": ("ok", ""),
    "dnsBlocking": ("blocked", "dns"),
    "dnsHijackingToLocalhost": ("blocked", "dns"),
    "dnsHijackingToProxy": ("ok", ""),
    "ghostDNSBlocking": ("blocked", "dns"),
    "httpBlocking": ("blocked", "http"),
    "httpDiff": ("blocked", "http"),
    "idnaWithoutCensorship": ("ok", ""),
    "largeFile": ("ok", ""),
    "localhost": ("down", ""),
    "redirectWithBrokenLocation": ("down", ""),
    "redirectWithConsistentDNSAndThenConnectionRefused": ("blocked", "tcp"),
    "redirectWithConsistentDNSAndThenNXDOMAIN": ("blocked", "dns"),
    "redirectWithConsistentDNSAndThen": ("blocked", "tls"),
    "redirectWithMoreThanTenRedirects": ("down", ""),
    "success": ("ok", ""),
    "tcpBlocking": ("blocked", "tcp"),
    "throttling": ("throttled", "throttle"),
    "tlsBlocking": ("blocked", "tls"),
    "websiteDown": ("down", ""),
}


def test_every_recorded_scenario_is_judged_as_its_world_was_made(tmp_path):
    archive = recorded("ooni/wc05_qa_labelled_scenarios.tar.gz")
    with tarfile.open(archive) as tar:
        tar.extractall(tmp_path, filter="data")
    files = sorted(tmp_path.rglob("*.json"))
    assert len(files) > 40
    for file in files:
        assert recognise(file).source == "ooni", file.name
        _, _, tally = parse(file, ooni.read)
        assert tally.records == 1, file.name
        assert not tally.aside, file.name
        outcome, where = next(
            said for name, said in SCENARIOS.items() if file.name.startswith(name)
        )
        assert list(tally.outcomes) == [outcome], file.name
        assert not where or any(where in m for m in tally.mechanisms), file.name


@pytest.mark.parametrize(
    ("name", "metric"),
    [
        ("signal_022", "signal_blocked_ratio"),
        ("whatsapp", "whatsapp_blocked_ratio"),
        ("telegram_nourl", "telegram_blocked_ratio"),
        ("tor", "tor_blocked_ratio"),
    ],
)
def test_recorded_tests_of_apps_that_worked_are_not_blocked(name, metric):
    file = recorded(f"ooni/{name}.json")
    assert recognise(file).source == "ooni"
    pieces, _, _ = parse(file, ooni.read)
    assert {one.values[0] for one in pieces if one.metric == metric} == {0.0}


def test_the_recorded_series_of_a_country_is_read():
    file = recorded("ooni/detector_query_ww_BR_2018.json")
    pieces, _, tally = parse(file, ooni.read)
    assert tally.records == 911
    assert balanced(tally)
    assert {one.entity for one in pieces} == {"country/BR"}
