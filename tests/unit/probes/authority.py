"""A certificate authority made on the spot, and the certificates it signs."""

import ipaddress
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


NOW = datetime.now(UTC)
DAY = timedelta(days=1)
_SIGNS = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)


class Authority:
    """Signs certificates, for servers and for authorities below it."""

    def __init__(
        self, name: str = "Test Root", parent: "Authority | None" = None
    ) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.parent = parent
        signer = parent or self
        basics = x509.BasicConstraints(ca=True, path_length=None)
        self.certificate = (
            _builder(self.name, signer.name, self.key, NOW - 9 * DAY, NOW + 9 * DAY)
            .add_extension(basics, critical=True)
            .add_extension(_SIGNS, critical=True)
            .add_extension(_own_identifier(self.key), critical=False)
            .add_extension(_identifier_of(signer.key), critical=False)
            .sign(signer.key, hashes.SHA256())
        )

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def issue(
        self,
        *names: str,
        not_before: datetime = NOW - DAY,
        not_after: datetime = NOW + DAY,
        usage: x509.ObjectIdentifier | None = None,
    ) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
        listed = x509.SubjectAlternativeName([_general(name) for name in names])
        builder = _builder(subject, self.name, key, not_before, not_after)
        builder = builder.add_extension(listed, critical=False)
        builder = builder.add_extension(_identifier_of(self.key), critical=False)
        if usage:
            builder = builder.add_extension(
                x509.ExtendedKeyUsage([usage]), critical=False
            )
        return builder.sign(self.key, hashes.SHA256()), key

    def chain(self, leaf: x509.Certificate) -> tuple[bytes, ...]:
        """Return what a well configured server shows: all but the root, DER."""
        shown, signer = [leaf], self
        while signer.parent:
            shown.append(signer.certificate)
            signer = signer.parent
        return tuple(c.public_bytes(serialization.Encoding.DER) for c in shown)

    def context(
        self, folder: Path, *names: str, **validity: datetime
    ) -> ssl.SSLContext:
        """Return a server's context with a certificate for *names*."""
        leaf, key = self.issue(*names, **validity)
        file = folder / f"{leaf.serial_number}.pem"
        file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + b"".join(
                ssl.DER_cert_to_PEM_cert(der).encode() for der in self.chain(leaf)
            )
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    not_before: datetime,
    not_after: datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(not_before)
        .not_valid_after(not_after)
    )


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _own_identifier(key: ec.EllipticCurvePrivateKey) -> x509.SubjectKeyIdentifier:
    return x509.SubjectKeyIdentifier.from_public_key(key.public_key())


def _identifier_of(
    signer: ec.EllipticCurvePrivateKey,
) -> x509.AuthorityKeyIdentifier:
    """Return what RFC 5280 wants of who signed; Python 3.13 and newer insist on it."""
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
