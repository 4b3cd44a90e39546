"""The authorities this machine trusts."""

import re
import ssl
import warnings
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from cryptography import x509
from cryptography.x509.verification import Store


_PEM = re.compile(
    r"-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----", re.ASCII
)


class TrustStore:
    """A set of trusted certificates; *store* is None when it is empty."""

    def __init__(self, roots: Sequence[x509.Certificate]) -> None:
        self.store = Store(list(roots)) if roots else None
        self._roots = frozenset(roots)
        self._by_subject = {root.subject.public_bytes(): root for root in roots}

    def __contains__(self, certificate: x509.Certificate) -> bool:
        return certificate in self._roots

    def knows_issuer_of(self, chain: Iterable[x509.Certificate]) -> bool:
        """Tell whether anything in *chain* names one of the roots as its issuer."""
        return bool(self.issuers_of(chain))

    def issuers_of(self, chain: Iterable[x509.Certificate]) -> list[x509.Certificate]:
        """Return the roots that something in *chain* names as its issuer."""
        named = {shown.issuer.public_bytes() for shown in chain}
        return [self._by_subject[one] for one in named & self._by_subject.keys()]


@lru_cache
def trust_store() -> TrustStore:
    """Load what OpenSSL trusts here, once; ``SSL_CERT_FILE`` and ``_DIR`` count."""
    roots = [root for der in set(_system_roots()) if (root := parse(der))]
    return TrustStore(roots)


def load(der: bytes) -> x509.Certificate:
    """Decode one certificate; ``ValueError`` when it is none."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # old roots break rules nobody enforced then
        return x509.load_der_x509_certificate(der)


def parse(der: bytes) -> x509.Certificate | None:
    """Decode one certificate, if it is one."""
    try:
        return load(der)
    except ValueError:
        return None


def _system_roots() -> Iterator[bytes]:
    # a context lists neither what stands in a folder, which is all that Debian has,
    # nor trusted certificates that are no authorities
    paths = ssl.get_default_verify_paths()
    files = [Path(paths.cafile)] if paths.cafile else []
    if paths.capath:
        files += Path(paths.capath).glob("*.[0-9]")
    found = False
    for file in files:
        try:
            blocks = _PEM.findall(file.read_text("ascii", "replace"))
        except OSError:
            continue
        for block in blocks:
            try:
                yield ssl.PEM_cert_to_DER_cert(block)
            except ValueError:
                continue
            found = True
    if not found:  # Windows keeps them elsewhere
        yield from ssl.create_default_context().get_ca_certs(binary_form=True)
