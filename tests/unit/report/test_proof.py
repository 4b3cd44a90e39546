"""A sealed report proves its hours; one changed figure and it does not."""

import json
import random
import shutil
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner

from rabta.agent.reporting import Order, report
from rabta.cli.verify import command
from rabta.clock import DAY, HOUR, MINUTE, ManualClock
from rabta.errors import StoreError
from rabta.model import Cause, Kind, Message, Notice, Observation, Probe
from rabta.report.evidence import signing_key
from rabta.report.evidence.log import Log
from rabta.report.made import made
from rabta.report.period import period_of
from rabta.report.proof import examined, proof_of, settle
from rabta.store import Store
from tests.unit.report import forge, office
from tests.unit.report.test_select import CLOCK, facts


WORD = Message.of("verdict.isp-access", uplink="Indus Fibre")


@pytest.fixture(scope="module")
def proven(tmp_path_factory):
    folder = tmp_path_factory.mktemp("proven")
    office.build(folder)
    with Log.open(folder, clock=CLOCK, boot=lambda: ("a", HOUR)) as log:
        log.close_hours()
    found = facts(
        folder, "isp", uplink="fibre", profiles=("pta", "itu", "fcc", "ofcom")
    )
    return folder, found, proof_of(folder, found)


def findings(content):
    found = examined(content).findings.found
    return {(one.mark.value, one.says.key) for one in found}


@pytest.mark.parametrize("form", ["html", "pdf", "json"])
def test_what_a_sealed_report_tells_follows_from_the_log(proven, form):
    _, found, proof = proven
    (file,) = made(found, "en", [form], proof)

    told = findings(file.content)

    assert ("proven", "report.check.proven") in told
    assert not any(mark == "broken" for mark, _ in told)


@pytest.fixture(scope="module")
def complaint(proven):
    """The file as JSON, which the owner of the key may write anew."""
    _, found, proof = proven
    (file,) = made(found, "en", ["json"], proof)
    return file.content


@pytest.mark.parametrize("change", forge.OWNER, ids=lambda one: one.__name__)
def test_what_its_owner_forges_and_seals_again_is_found(proven, complaint, change):
    key = signing_key(proven[0])
    for seed in range(3):
        forged = forge.resealed(complaint, change, key, random.Random(seed))
        told = findings(forged)

        assert any(mark == "broken" for mark, _ in told), (seed, told)


def test_sealing_again_alone_breaks_nothing(proven, complaint):
    again = forge.resealed(
        complaint, lambda *_: None, signing_key(proven[0]), random.Random(0)
    )

    assert findings(again) == findings(complaint)
    assert ("proven", "report.check.figures_proven") in findings(again)
    assert ("proven", "report.check.terms_proven") in findings(again)


def test_what_is_not_computed_again_is_named(proven):
    _, found, proof = proven
    (file,) = made(found, "en", ["html"], proof)

    told = {key for mark, key in findings(file.content) if mark == "unproven"}

    names = ("availability", "abroad", "limits")
    assert told >= {f"report.check.{name}" for name in names}


def test_minutes_with_answers_in_what_is_told_as_an_outage_are_counted(
    proven, complaint, tmp_path
):
    folder = tmp_path / "copy"
    shutil.copytree(proven[0], folder)
    worked = office.START + DAY + 20 * HOUR
    with Store.open(folder, clock=CLOCK) as store:
        verdict = office.verdict("uplink/fibre", "isp-access", Cause.ISP, WORD, worked)
        number = store.open_disruption(
            "uplink/fibre", Kind.OUTAGE, worked, 1.0, 1.0, verdict
        )
        store.close_disruption(number, worked + 2 * HOUR)
    found = facts(folder, "isp", uplink="fibre")
    (file,) = made(found, "en", ["json"], proof_of(folder, found))

    def minutes(content):
        return {
            one.says.key.removeprefix("report.check."): dict(one.says.args)
            for one in examined(content).findings.found
        }

    true, false = minutes(complaint), minutes(file.content)
    assert "outages" not in true
    silent = {one.time // MINUTE for one in office.observations("fibre") if one.failure}
    # the first minute of each began before the outage surely did
    sure = len(silent) - 2
    assert true["outages_proven"]["silent"] == true["outages_proven"]["count"] == sure
    assert false["outages"]["answered"] == 2 * 6 - 1
    assert false["outages"]["count"] == sure + 2 * 6 - 1
    assert not examined(file.content).broken


@pytest.mark.parametrize(
    "audience", ["client", "regulator", "management", "freelancer"]
)
def test_a_true_report_for_anybody_is_not_called_broken(proven, tmp_path, audience):
    folder = tmp_path / "copy"
    shutil.copytree(proven[0], folder)
    doubt = office.START + DAY + 20 * HOUR
    with Store.open(folder, clock=CLOCK) as store:
        for code, at in (("undetermined", doubt), ("isp-access", doubt + 4 * HOUR)):
            verdict = office.verdict("uplink/fibre", code, Cause.ISP, WORD, at)
            number = store.open_disruption(
                "uplink/fibre", Kind.OUTAGE, at, 90.0, 1.0, verdict
            )
            store.close_disruption(number, at + 100 * MINUTE)
        store.put_notices(
            [
                Notice(
                    "n",
                    "uplink/fibre",
                    doubt + 3 * HOUR,
                    doubt + 7 * HOUR,
                    "maintenance",
                )
            ]
        )
    found = facts(folder, audience, profiles=("pta", "itu", "fcc", "ofcom"))
    (file,) = made(found, "en", ["json"], proof_of(folder, found))

    told = findings(file.content)

    assert not any(mark == "broken" for mark, _ in told), told
    shown = ("proven", "report.check.figures_proven") in told
    assert shown == (audience != "client")  # who sees neither loss nor delay


def test_days_that_begin_within_an_hour_are_not_called_broken(proven):
    folder = proven[0]
    setup = replace(office.SETUP, zone=ZoneInfo("Asia/Kolkata"))
    period = period_of("2026-10-06..2026-10-07", setup.zone)
    with Store.open(folder, clock=CLOCK, read_only=True) as store:
        found = report(store, setup, Order("isp", period, "fibre", ("itu",)), CLOCK)
    (file,) = made(found, "en", ["json"], proof_of(folder, found))

    told = findings(file.content)

    assert found.start % HOUR
    assert not any(mark == "broken" for mark, _ in told), told
    assert ("proven", "report.check.proven") in told
    assert ("unproven", "report.check.unproven") in told  # the first, half of an hour


def test_what_came_after_its_hour_was_closed_is_in_the_log_before_it_is_told(
    proven, tmp_path
):
    folder = tmp_path / "copy"
    shutil.copytree(proven[0], folder)
    late = office.START + 5 * HOUR + 30 * MINUTE + 1
    clock = ManualClock(office.STOP + 3 * HOUR)
    with Store.open(folder, clock=clock) as store:
        store.seal()
        store.record(
            [
                Observation(
                    late,
                    "fibre",
                    4,
                    "anycast-a",
                    Probe.ICMP,
                    None,
                    "generic_timeout_error",
                )
            ]
        )
    before = facts(folder, "isp", uplink="fibre")
    (file,) = made(before, "en", ["json"], proof_of(folder, before))
    assert ("broken", "report.check.broken") in findings(file.content)

    settle(folder, clock)

    found = facts(folder, "isp", uplink="fibre")
    (file,) = made(found, "en", ["json"], proof_of(folder, found))
    told = findings(file.content)
    assert not any(mark == "broken" for mark, _ in told), told
    assert ("unproven", "verify.unproven.amended") in told


def test_only_what_the_report_tells_of_is_shown(proven):
    *_, proof = proven
    pairs = json.loads(proof.evidence)["pairs"]

    assert {uplink for uplink, _ in pairs} == {"fibre"}
    assert {target for _, target in pairs} == {"anycast-a", "domestic-1"}


def test_without_a_log_there_is_a_report_that_says_so(folder):
    found = facts(folder, "client")
    with pytest.raises(StoreError, match="there is no") as error:
        proof_of(folder, found)
    (file,) = made(found, "en", ["html"])

    assert "rabta up" in error.value.hint
    assert "carries no proof of its own" in file.content.decode()


def test_the_terminal_verifies_what_it_wrote(proven, tmp_path):
    _, found, proof = proven
    (file,) = made(found, "ur", ["pdf"], proof)
    path = tmp_path / file.name
    path.write_bytes(file.content)

    done = CliRunner().invoke(command, [str(path), "--language", "en"])

    assert done.exit_code == 0, done.output
    assert "of fibre follow from the log" in done.output
