"""Shared by the probes' tests."""

import pytest

from rabta.probes.certificate_trust import trust_store
from tests.unit.probes.authority import Authority


@pytest.fixture(scope="session")
def root() -> Authority:
    return Authority()


@pytest.fixture
def trusted(monkeypatch, tmp_path, root):
    """Trust *root* and nobody else; gives a folder for certificates."""
    (tmp_path / "roots.pem").write_bytes(root.pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "roots.pem"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "none"))
    trust_store.cache_clear()
    yield tmp_path
    trust_store.cache_clear()
