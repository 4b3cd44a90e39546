"""Availability, rates, terms and credits are computed again from what is told."""

import random
from dataclasses import replace

import pytest

from rabta.agent.reporting import Order, report
from rabta.clock import HOUR, MINUTE, ManualClock
from rabta.config import load
from rabta.cost.service.contract import contracts_of
from rabta.model import Observation, Probe
from rabta.model.target import DOWNLOAD, UPLOAD
from rabta.report.evidence import signing_key
from rabta.report.evidence.log import Log
from rabta.report.made import made
from rabta.report.period import period_of
from rabta.report.proof import examined, proof_of
from rabta.store import Store
from tests.unit.cost.times import at
from tests.unit.report import forge, office
from tests.unit.report.test_documents import CONTRACT
from tests.unit.report.test_select import CLOCK, facts


PROFILES = ("pta", "itu", "fcc", "ofcom")


def rated(uplink="fibre"):
    """Yield two throughput tests an hour, each way."""
    dice = random.Random(4)
    for time in range(office.START + 5 * MINUTE, office.STOP, HOUR // 2):
        for target in (DOWNLOAD, UPLOAD):
            rate = 1e7 * (1 + dice.random())
            yield Observation(time, uplink, 4, target, Probe.THROUGHPUT, rate, None)


@pytest.fixture(scope="module")
def claim(tmp_path_factory):
    """A complaint on a whole month, by contract, with rates: folder and JSON."""
    folder = tmp_path_factory.mktemp("claim")
    office.build(folder)
    with Store.open(folder, clock=CLOCK) as store:
        store.record([*rated()])
    with Log.open(folder, clock=CLOCK) as log:
        log.close_hours()
    file = folder / "rabta.toml"
    file.write_text(f"{CONTRACT}download_mbps = 50\nexcludes = ['power']\n")
    contracts = contracts_of(load(file, {"HOME": str(folder)}).contracts)
    setup = replace(office.SETUP, contracts=contracts)
    order = Order("isp", period_of("2026-10", office.ZONE), "fibre", PROFILES)
    later = ManualClock(at("2026-11-02T00:00"))
    with Store.open(folder, clock=later, read_only=True) as store:
        found = report(store, setup, order, later)
    (told,) = made(found, "en", ["json"], proof_of(folder, found))
    return folder, found, told.content


def said(content):
    return {
        (one.mark.value, one.says.key.removeprefix("report.check.")): dict(
            one.says.args
        )
        for one in examined(content).findings.found
    }


def broken(content):
    return [key for mark, key in said(content) if mark == "broken"]


def test_a_true_claim_follows_with_its_rates_terms_and_credit(claim):
    _, found, content = claim
    told, (contract, *_) = said(content), found.judgements

    assert not broken(content)
    tests = len(found.lines[0].downloads) + len(found.lines[0].uploads)
    assert tests == 2 * 72
    assert told["proven", "rates_proven"]["count"] == tests
    assert ("proven", "terms_proven") in told
    assert ("unproven", "terms_unproven") not in told
    assert contract.credit.high > contract.credit.low
    credit = told["proven", "credit_proven"]
    assert credit["low"] == round(contract.credit.low)
    assert credit["high"] == round(contract.credit.high)
    assert credit["currency"] == "PKR"
    down = found.lines[0].availability.down_seconds
    assert told["proven", "sums_proven"]["low"] == down.low
    assert told["proven", "sums_proven"]["high"] == down.high


@pytest.mark.parametrize(
    "change", [*forge.CLAIM, *forge.OWNER], ids=lambda one: one.__name__
)
def test_a_false_claim_is_found(claim, change):
    folder, _, content = claim
    for seed in range(2):
        dice = random.Random(seed)
        forged = forge.resealed(content, change, signing_key(folder), dice)

        assert broken(forged), seed


def test_a_rate_that_the_log_never_held_is_not_called_proven(claim):
    folder, _, content = claim

    def invent(document, _):
        tests = document["lines"][0]["downloads"]
        tests.append({"time": tests[-1]["time"] + 24 * HOUR, "bits_per_second": 1e3})

    told = said(forge.resealed(content, invent, signing_key(folder), None))

    assert told["unproven", "rates_unproven"]["count"] == 1
    assert ("proven", "terms_proven") not in told


@pytest.fixture(scope="module")
def client(claim):
    found = facts(claim[0], "client")
    (file,) = made(found, "en", ["json"], proof_of(claim[0], found))
    return file.content


def test_what_a_client_is_told_of_availability_follows_too(client):
    assert not broken(client)
    assert ("proven", "sums_proven") in said(client)
    assert not any("rates" in key for _, key in said(client))


@pytest.mark.parametrize("change", forge.CLIENT, ids=lambda one: one.__name__)
def test_what_a_client_is_told_falsely_is_found(claim, client, change):
    for seed in range(2):
        dice = random.Random(seed)
        # of a line that had disruptions
        forged = forge.resealed(client, _of_fibre(change), signing_key(claim[0]), dice)

        assert broken(forged), seed


def _of_fibre(change):
    def alter(document, dice):
        lines = document["lines"]
        fibre = next(one for one in lines if one["uplink"] == "fibre")
        document["lines"] = [fibre]
        change(document, dice)
        document["lines"] = lines

    return alter


def test_silence_that_is_not_told_as_an_outage_is_counted(tmp_path):
    silent = {one.time // MINUTE for one in office.observations("fibre") if one.failure}
    with Store.open(tmp_path, clock=CLOCK) as store:
        store.record([*office.observations("fibre")])
        store.note_gap(*office.GAP)
    with Log.open(tmp_path, clock=CLOCK) as log:
        log.close_hours()
    found = facts(tmp_path, "client")
    (file,) = made(found, "en", ["json"], proof_of(tmp_path, found))

    told = said(file.content)

    assert found.together.outages == 0
    assert told["unproven", "untold"]["count"] == len(silent) == 15
    assert ("proven", "outages_proven") not in told


def test_a_report_of_an_earlier_edition_is_not_called_broken(claim):
    folder, _, content = claim

    def age(document, _):
        del document["edition"]
        for line in document["lines"]:
            del line["troubles"]
            for way in ("downloads", "uploads"):
                line[way] = [one["bits_per_second"] for one in line[way]]

    told = said(forge.resealed(content, age, signing_key(folder), None))

    assert not [key for mark, key in told if mark == "broken"]
    for key in ("earlier", "rates", "page_version"):
        assert ("unproven", key) in told
    assert ("proven", "figures_proven") in told
    assert ("proven", "sums_proven") not in told
