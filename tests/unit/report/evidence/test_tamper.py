"""What is tampered with is found, whatever it is; what is not is left in peace.

A hundred at random here; ``benchmarks/evidence`` does a thousand.
"""

import pytest

from rabta.clock import HOUR
from rabta.report.evidence import (
    audit,
    bundle,
    check,
    encode,
    keys,
    seal_document,
    signing_key,
)
from tests.unit.report.evidence import tamper
from tests.unit.report.evidence.office import Office
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


@pytest.fixture(scope="module", params=["html", "json"])
def report(request, office, evidence):
    document = tamper.document_around(encode(evidence))
    key = signing_key(office.path)
    return seal_document(tamper.PAGE, request.param, document, key)


def test_what_was_left_alone_raises_no_alarm(office, evidence, report, signer):
    for _ in range(10):
        assert not check(report).broken
        assert not check(report, signer=signer).broken
        assert not check(encode(evidence), signer=signer).broken
        assert not audit(office.path, clock=office.clock).broken


@pytest.mark.parametrize("change", tamper.FILE, ids=lambda one: one.__name__)
def test_a_file_that_was_changed_is_found(report, change):
    for seed in range(3):
        assert check(change(report, tamper.dice_of(seed))).broken, seed


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


def test_every_bit_of_the_seal_counts(report):
    for at in range(len(report) - 230, len(report)):
        changed = bytearray(report)
        changed[at] ^= 1 << at % 8
        assert check(bytes(changed)).broken, at
