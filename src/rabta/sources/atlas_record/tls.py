"""The certificates that TLS servers showed."""

from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import NameOID

from rabta.sources.atlas_record.common import Result, result
from rabta.sources.atlas_record.fields import (
    Object,
    decimal,
    filled,
    protocol,
    text,
    whole,
)


@dataclass(frozen=True, slots=True)
class Name:
    """Whom a certificate names."""

    common: str | None = None
    organisation: str | None = None
    country: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """What one certificate says; fingerprints as upper-case pairs with colons."""

    subject: Name
    issuer: Name
    valid_from: datetime
    valid_until: datetime
    md5: str
    sha1: str
    sha256: str
    names: tuple[str, ...] = ()
    """The alternative names of the subject."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """What the server refused with (RFC 8446, 6)."""

    level: int | None = whole("level")
    description: int | None = whole("decription", "description")  # so spelt, once


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls(Result):
    """The certificates a server showed."""

    port: int | None = None
    method: str | None = text("method")
    version: str | None = text("ver")
    rtt: float | None = decimal("rt")
    connected: float | None = decimal("ttc")
    """Milliseconds until TCP was connected."""
    alert: Alert | None = None
    certificates: tuple[Certificate, ...] = ()
    unreadable: tuple[str, ...] = ()
    """Why certificates could not be read."""

    @property
    def self_signed(self) -> bool:
        """Whether the only certificate was issued by its own subject."""
        only = self.certificates[0] if len(self.certificates) == 1 else None
        return only is not None and only.subject.common == only.issuer.common


def tls(raw: Object) -> Tls:
    """Read a result of type ``sslcert``."""
    alert, listed = raw.get("alert"), raw.get("cert")
    good, bad = [], []
    for one in listed if isinstance(listed, list) else []:
        try:
            good.append(certificate(str(one)))
        except (ValueError, TypeError, x509.UnsupportedGeneralNameType) as error:
            bad.append(str(error)[:200])
    port = raw.get("dst_port")
    return result(
        Tls,
        raw,
        protocol=protocol(raw),
        port=443 if port == "https" else filled(_Port, raw).port,
        alert=filled(Alert, alert) if isinstance(alert, dict) else None,
        certificates=tuple(good),
        unreadable=tuple(bad),
    )


@dataclass(frozen=True, slots=True)
class _Port:
    port: int | None = whole("dst_port")


def certificate(pem: str) -> Certificate:
    """Read a certificate.

    Raises:
        ValueError: it cannot be read.
    """
    cert = x509.load_pem_x509_certificate(pem.encode())
    return Certificate(
        subject=_name(cert.subject),
        issuer=_name(cert.issuer),
        valid_from=cert.not_valid_before_utc,
        valid_until=cert.not_valid_after_utc,
        md5=cert.fingerprint(hashes.MD5()).hex(":").upper(),  # noqa: S303 - a name
        sha1=cert.fingerprint(hashes.SHA1()).hex(":").upper(),  # noqa: S303
        sha256=cert.fingerprint(hashes.SHA256()).hex(":").upper(),
        names=_alternatives(cert),
    )


def _alternatives(cert: x509.Certificate) -> tuple[str, ...]:
    try:
        found = cert.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return ()
    return tuple(
        one.value.rfc4514_string() if isinstance(one, x509.DirectoryName) else one.value
        for one in found.value
        if isinstance(one.value, str) or isinstance(one, x509.DirectoryName)
    )


def _name(name: x509.Name) -> Name:
    def last(oid: x509.ObjectIdentifier) -> str | None:
        found = name.get_attributes_for_oid(oid)
        return str(found[-1].value) if found else None

    return Name(
        last(NameOID.COMMON_NAME),
        last(NameOID.ORGANIZATION_NAME),
        last(NameOID.COUNTRY_NAME),
    )
