"""RFC 3161: a time-stamping authority's word that a checkpoint existed.

An authority is believed when its certificate leads to a root this machine trusts;
``SSL_CERT_FILE`` and ``SSL_CERT_DIR`` name others.
"""

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from rabta.clock import SECOND


if TYPE_CHECKING:
    from cryptography.x509 import Certificate
    from rfc3161_client import TimeStampResponse

_SHA256 = "2.16.840.1.101.3.4.2.1"
QUERY, REPLY = "application/timestamp-query", "application/timestamp-reply"


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a token says."""

    time: int
    """By the authority's clock, microseconds UTC."""
    authority: str
    """The name in its certificate."""
    believed: bool
    """Whether the signature is that of an authority this machine trusts."""


def request(note: str) -> tuple[bytes, int]:
    """Return what to ask an authority about *note*, and the nonce it must repeat."""
    from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

    built = (
        TimestampRequestBuilder()
        .data(note.encode())
        .hash_algorithm(HashAlgorithm.SHA256)
        .nonce(nonce=True)
        .cert_request(cert_request=True)
        .build()
    )
    return built.as_bytes(), built.nonce or 0


def read(token: bytes, note: str, *, nonce: int | None = None) -> Stamp:
    """Return what *token*, an authority's answer, says of *note*.

    Raises ``ValueError`` where it is none, is a refusal, or is about something else.
    """
    from rfc3161_client import PKIStatus, decode_timestamp_response

    response = decode_timestamp_response(token)
    if response.status not in {PKIStatus.GRANTED, PKIStatus.GRANTED_WITH_MODS}:
        told = ", ".join(response.status_string) or f"status {response.status}"
        raise ValueError(f"it was refused: {told}")
    info = response.tst_info
    imprint = info.message_imprint
    about = imprint.hash_algorithm.dotted_string, imprint.message
    if about != (_SHA256, sha256(note.encode()).digest()):
        raise ValueError("it is about something else")
    if nonce is not None and info.nonce != nonce:
        raise ValueError("it answers another question")
    certificates = _certificates(response)
    return Stamp(
        round(info.gen_time.timestamp() * SECOND),
        _name(response, certificates),
        _is_believed(response, certificates, imprint.message),
    )


def _certificates(response: "TimeStampResponse") -> "list[Certificate]":
    from rabta.probes.certificate_trust import load

    return [load(one) for one in response.signed_data.certificates]


def _name(response: "TimeStampResponse", certificates: "list[Certificate]") -> str:
    from cryptography.x509.oid import NameOID

    signers = {
        (one.issuer, one.serial_number) for one in response.signed_data.signer_infos
    }
    for one in certificates:
        if (one.issuer, one.serial_number) in signers:
            named = one.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
            return str(named[0].value) if named else one.subject.rfc4514_string()
    return "?"


def _is_believed(
    response: "TimeStampResponse", certificates: "list[Certificate]", imprint: bytes
) -> bool:
    from rfc3161_client import VerificationError, VerifierBuilder

    from rabta.probes.certificate_trust import trust_store

    roots = trust_store().issuers_of(certificates)
    if not roots:
        return False
    verifier = VerifierBuilder(
        roots=roots, intermediates=[one for one in certificates if one not in roots]
    ).build()
    try:
        return verifier.verify(response, imprint)
    except VerificationError:
        return False
