"""What is tampered with is found, whatever it is; what is not is left in peace.

A hundred at random here; ``benchmarks/evidence`` does a thousand.
"""

import pytest
from msgspec.structs import replace

from rabta.clock import HOUR
from rabta.report.evidence import (
    audit,
    bundle,
    check,
    encode,
    keys,
    signing_key,
)
from rabta.report.evidence.log import Log
from rabta.report.made import made
from rabta.report.proof import examined, proof_of
from tests.unit.report import office as small
from tests.unit.report.evidence import tamper
from tests.unit.report.evidence.office import Office
from tests.unit.report.test_select import facts
from tests.unit.store.helpers import T0


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    made = Office(tmp_path_factory.mktemp("office"))
    made.work(5, targets=2, interval=300)
    bundle(made.path, T0, T0 + 4 * HOUR)  # an earlier report, to be grown from
    made.work(3, targets=2, interval=300)
    return made


@pytest.fixture(scope="module")
def evidence(office):
    return bundle(office.path, T0, T0 + 8 * HOUR)


@pytest.fixture(scope="module")
def signer(office):
    return keys.fingerprint(signing_key(office.path).public)


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    """A real complaint in each format."""
    folder = tmp_path_factory.mktemp("reports")
    clock = small.build(folder)
    with Log.open(folder, clock=clock) as log:
        log.close_hours()
    found = facts(folder, "isp", uplink="fibre")
    files = made(found, "en", ["html", "pdf", "json"], proof_of(folder, found))
    return {one.format: one.content for one in files}


@pytest.fixture(params=["html", "pdf", "json"])
def report(request, reports):
    return reports[request.param]


def test_what_was_left_alone_raises_no_alarm(office, evidence, report, signer):
    for _ in range(10):
        assert not examined(report).broken
        assert not check(encode(evidence), signer=signer).broken
        assert not audit(office.path, clock=office.clock).broken


@pytest.mark.parametrize("change", tamper.FILE, ids=lambda one: one.__name__)
def test_a_file_that_was_changed_is_found(report, change):
    for seed in range(3):
        assert examined(change(report, tamper.dice_of(seed))).broken, seed


@pytest.mark.parametrize("change", tamper.BUNDLE, ids=lambda one: one.__name__)
def test_evidence_that_was_changed_is_found(evidence, signer, change):
    for seed in range(2):
        changed = encode(change(evidence, tamper.dice_of(seed)))
        assert check(changed, signer=signer).broken, seed


@pytest.mark.parametrize("change", tamper.LOG, ids=lambda one: one.__name__)
def test_a_log_that_was_changed_is_found(office, tmp_path, change):
    for seed in range(4):
        place = tamper.copied(office.path, tmp_path / "copy")
        change(place, tamper.dice_of(seed))
        assert audit(place, clock=office.clock).broken, seed


def test_the_hash_of_a_leaf_that_is_not_shown_counts_too(office):
    some = bundle(office.path, T0 + 3 * HOUR, T0 + 5 * HOUR)
    assert len(some.hidden) == 32 * 6
    assert not check(encode(some)).broken
    changes = (
        tamper.flip(some.hidden, tamper.dice_of(1)),
        some.hidden[:-32],
        some.hidden + some.hidden[:32],
        some.hidden[32:] + some.hidden[:32],
    )
    for changed in changes:
        assert check(encode(replace(some, hidden=changed))).broken


def test_every_bit_of_the_seal_counts(report):
    for at in range(len(report) - 230, len(report)):
        changed = bytearray(report)
        changed[at] ^= 1 << at % 8
        assert check(bytes(changed)).broken, at
