"""The helper's own key and certificate; its fingerprint is what others trust."""

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from rabta.clock import SECOND
from rabta.whole import write_whole


_YEARS = 10


@dataclass(frozen=True, slots=True)
class Identity:
    """Where key and certificate are, and the certificate's fingerprint."""

    file: Path
    """PEM: the key, then the certificate; mode 0600."""
    fingerprint: str
    """SHA-256 of the certificate, hexadecimal."""

    @classmethod
    def of(cls, folder: Path, now: int) -> "Identity":
        """Load the identity kept in *folder*, or make one (*now*: microseconds UTC).

        Raises:
            PlatformError: it cannot be written.
        """
        file = folder / "helper.pem"
        if not file.exists():
            folder.mkdir(parents=True, exist_ok=True)
            write_whole(file, _made(now), mode=0o600)
        certificate = x509.load_pem_x509_certificate(
            file.read_bytes().partition(b"-----END PRIVATE KEY-----\n")[2]
        )
        return cls(file, certificate.fingerprint(hashes.SHA256()).hex())

    def context(self) -> ssl.SSLContext:
        """Return what a server needs; it takes any name that is shown."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(self.file)
        context.set_alpn_protocols(["http/1.1"])
        return context


def _made(now: int) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "rabta helper")])
    begin = datetime.fromtimestamp(now / SECOND, UTC) - timedelta(days=1)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=365 * _YEARS))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return private + certificate.public_bytes(serialization.Encoding.PEM)
