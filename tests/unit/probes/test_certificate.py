"""Certificates are judged as a browser would, and the reason is the telling one."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given
from hypothesis import strategies as st

from rabta import failure
from rabta.clock import SECOND
from rabta.model import Rung, Target
from rabta.probes import certificate
from rabta.probes.certificate_trust import trust_store
from tests.unit.probes.authority import DAY, NOW, Authority


ROOT = Authority()
BELOW = Authority("Test Intermediate", ROOT)
NOW_US = int(NOW.timestamp()) * SECOND


@pytest.fixture(autouse=True)
def _trusts_root(monkeypatch, tmp_path):
    file = tmp_path / "roots.pem"
    file.write_bytes(ROOT.pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    trust_store.cache_clear()
    yield
    trust_store.cache_clear()


def problem(signer: Authority, names=("www.example.com",), asked=None, **fields):
    leaf, _ = signer.issue(*names, **fields)
    shown = certificate.examine(signer.chain(leaf), asked or names[0], NOW_US)
    return shown.problem


def test_a_valid_chain_has_no_problem():
    assert not problem(ROOT)
    assert not problem(BELOW)


def test_the_leaf_is_described():
    leaf, _ = BELOW.issue("www.example.com", "example.com", "192.0.2.7")

    shown = certificate.examine(BELOW.chain(leaf), "example.com", NOW_US)

    assert shown.subject == "CN=www.example.com"
    assert shown.issuer == "CN=Test Intermediate"
    assert shown.names == ("www.example.com", "example.com", "192.0.2.7")
    assert shown.not_before == int((NOW - DAY).timestamp()) * SECOND
    assert shown.not_after == int((NOW + DAY).timestamp()) * SECOND


@pytest.mark.parametrize(
    ("begin", "end"),
    [
        (NOW - 3 * DAY, NOW - 2 * DAY),
        (NOW + DAY, NOW + 2 * DAY),
        (datetime(1970, 1, 1, tzinfo=UTC), datetime(1970, 12, 31, tzinfo=UTC)),
    ],
    ids=["expired", "not yet valid", "from 1970"],
)
def test_dates_that_do_not_fit_make_it_invalid(begin, end):
    found = problem(ROOT, not_before=begin, not_after=end)

    assert found == failure.SSL_INVALID_CERTIFICATE


def test_dates_are_judged_before_the_authority():
    """An expired certificate of a stranger is called expired, as OONI calls it."""
    found = problem(Authority("Else"), not_after=NOW - timedelta(hours=1))

    assert found == failure.SSL_INVALID_CERTIFICATE


def test_an_unknown_authority_is_named():
    assert problem(Authority("Somebody")) == failure.SSL_UNKNOWN_AUTHORITY


def test_a_forged_issuer_name_does_not_convince():
    """Only the name of the root is copied; its signature cannot be."""
    assert problem(Authority("Test Root")) == failure.SSL_INVALID_CERTIFICATE


def test_a_missing_intermediate_is_an_unknown_authority():
    leaf, _ = BELOW.issue("www.example.com")

    shown = certificate.examine(BELOW.chain(leaf)[:1], "www.example.com", NOW_US)

    assert shown.problem == failure.SSL_UNKNOWN_AUTHORITY


def test_a_server_certificate_cannot_sign_others():
    """Without the check any site's owner could impersonate every other."""
    middle, key = ROOT.issue("www.example.com")
    impostor = Authority("www.example.com")
    impostor.key, impostor.name = key, middle.subject
    leaf, _ = impostor.issue("bank.example.com")
    chain = (leaf.public_bytes(Encoding.DER), middle.public_bytes(Encoding.DER))

    shown = certificate.examine(chain, "bank.example.com", NOW_US)

    assert shown.problem == failure.SSL_INVALID_CERTIFICATE


def test_a_certificate_for_another_purpose_is_invalid():
    found = problem(ROOT, usage=ExtendedKeyUsageOID.CODE_SIGNING)

    assert found == failure.SSL_INVALID_CERTIFICATE
    assert not problem(ROOT, usage=ExtendedKeyUsageOID.SERVER_AUTH)


@pytest.mark.parametrize(
    ("names", "asked", "fits"),
    [
        (("example.com",), "www.example.com", False),
        (("*.example.com",), "www.example.com", True),
        (("*.example.com",), "WWW.Example.Com.", True),
        (("*.example.com",), "a.b.example.com", False),
        (("*.example.com",), "example.com", False),
        (("192.0.2.7",), "192.0.2.7", True),
        (("192.0.2.7",), "192.0.2.8", False),
        (("2001:db8::1",), "2001:db8::1", True),
        (("www.example.com",), "192.0.2.7", False),
    ],
)
def test_names_match_as_rfc_9525_says(names, asked, fits):
    expected = "" if fits else failure.SSL_INVALID_HOSTNAME

    assert problem(ROOT, names, asked) == expected


def test_a_trusted_self_signed_certificate_is_fine(monkeypatch, tmp_path):
    own = Authority("box.example.com")
    leaf, _ = own.issue("box.example.com")
    file = tmp_path / "own.pem"
    file.write_bytes(leaf.public_bytes(Encoding.PEM))
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    trust_store.cache_clear()

    shown = certificate.examine(own.chain(leaf), "box.example.com", NOW_US)

    assert not shown.problem


def test_a_machine_without_roots_accuses_nobody(monkeypatch, tmp_path):
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "none"))
    trust_store.cache_clear()
    leaf, _ = ROOT.issue("www.example.com")
    target = Target("t", Rung.SERVICE, "www.example.com", ())

    shown = certificate.examine(ROOT.chain(leaf), "www.example.com", NOW_US)

    assert shown.problem == failure.UNSUPPORTED
    assert certificate.objection(target, shown) is None


def test_roots_are_found_in_a_directory_too(monkeypatch, tmp_path):
    (tmp_path / "0a1b2c3d.0").write_bytes(ROOT.pem)
    (tmp_path / "ffffffff.0").write_text("no certificate")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    trust_store.cache_clear()

    assert not problem(ROOT)


@pytest.mark.parametrize("role", ["innocuous-sni", "neutral-helper"])
def test_handshake_targets_take_any_certificate(role):
    leaf, _ = ROOT.issue("www.example.com")
    target = Target("t", Rung.CONTROL, "x.example", (), role=role)

    shown = certificate.examine(ROOT.chain(leaf), "x.example", NOW_US)

    assert shown.problem == failure.SSL_INVALID_HOSTNAME
    assert certificate.objection(target, shown) is None


def test_a_name_the_verifier_refuses_accuses_nobody():
    assert problem(ROOT, ("*.example.com",), "a_b.example.com") == failure.UNSUPPORTED


def test_no_certificate_is_no_verdict():
    assert certificate.examine((), "www.example.com", NOW_US) is None


_VALID = ROOT.chain(ROOT.issue("www.example.com")[0])[0]


@given(st.binary(max_size=400), st.integers(0, 500), st.integers(0, 500))
def test_hostile_bytes_are_an_invalid_certificate(noise, begin, length):
    mutilated = _VALID[:begin] + noise + _VALID[begin + length :]

    shown = certificate.examine((mutilated,), "www.example.com", NOW_US)

    assert mutilated == _VALID or shown.problem in failure.ALL
