"""A sealed report proves its hours; one changed figure and it does not."""

import json

import pytest
from click.testing import CliRunner

from rabta.cli.verify import command
from rabta.clock import HOUR
from rabta.errors import StoreError
from rabta.report.evidence import check, open_document, seal_document, signing_key
from rabta.report.evidence.log import Log
from rabta.report.made import made
from rabta.report.proof import follows, proof_of
from tests.unit.report import office
from tests.unit.report.test_select import CLOCK, facts


@pytest.fixture(scope="module")
def proven(tmp_path_factory):
    folder = tmp_path_factory.mktemp("proven")
    office.build(folder)
    with Log.open(folder, clock=CLOCK, boot=lambda: ("a", HOUR)) as log:
        log.close_hours()
    found = facts(folder, "isp", uplink="fibre")
    return folder, found, proof_of(folder, found)


def findings(content):
    verified = check(content)
    verified.findings.found += follows(content, verified)
    return {(one.mark.value, one.says.key) for one in verified.findings.found}


@pytest.mark.parametrize("form", ["html", "pdf", "json"])
def test_what_a_sealed_report_tells_follows_from_the_log(proven, form):
    _, found, proof = proven
    (file,) = made(found, "en", [form], proof)

    told = findings(file.content)

    assert ("proven", "report.check.proven") in told
    assert not any(mark == "broken" for mark, _ in told)


def test_a_figure_that_does_not_follow_is_found_though_the_seal_is_good(proven):
    folder, found, proof = proven
    (file,) = made(found, "en", ["json"], proof)
    document = json.loads(open_document(file.content).document)
    document["lines"][0]["hours"][5]["lost"] += 1
    forged = json.dumps(document).encode()

    told = findings(seal_document(b"", "json", forged, signing_key(folder)))

    assert ("broken", "report.check.broken") in told


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
