"""What is wrong with a certificate, judged apart from the handshake that showed it.

The chain is verified by ``cryptography``'s path builder (RFC 5280) against the
system's trust store. When it is refused the reason is looked for in the order Go's
``crypto/x509`` takes, and so OONI: dates, then the name, then the authority.
Verdicts are remembered: most probes see the same chain as the last one.
"""

import hashlib
import ipaddress
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    Policy,
    PolicyBuilder,
    VerificationError,
)

from rabta import failure
from rabta.clock import HOUR, SECOND
from rabta.model.observation import Certificate
from rabta.model.target import Target
from rabta.probes.certificate_trust import TrustStore, load, parse, trust_store


# their handshake is the measurement, whoever answers
_ANY_CERTIFICATE = frozenset({"innocuous-sni", "neutral-helper"})
_FOR_SERVERS = frozenset(
    {ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE}
)
_MAX_CHAIN = 16
_MAX_NAMES = 64


def objection(target: Target, certificate: Certificate | None) -> str | None:
    """Return the failure that *certificate* means for *target*, if any.

    None as well where the certificate could not be judged, for want of a trust store:
    that says nothing about the network.
    """
    if certificate is None or target.role in _ANY_CERTIFICATE:
        return None
    if certificate.problem in failure.NOT_MEASURED:
        return None
    return certificate.problem or None


def examine(chain: Sequence[bytes], name: str, now: int) -> Certificate | None:
    """Describe and judge the DER *chain*, leaf first, shown for *name*.

    *now* is in microseconds UTC. None when no certificate was shown. The problem is
    ``unsupported_on_this_platform`` when this machine has no trust store.
    """
    if not chain:
        return None
    shown = _describe(chain[0])
    if shown.problem:
        return shown
    problem = _problem(shown, tuple(chain[:_MAX_CHAIN]), name, now)
    return replace(shown, names=shown.names[:_MAX_NAMES], problem=problem)


def _problem(shown: Certificate, chain: tuple[bytes, ...], name: str, now: int) -> str:
    if not shown.not_before <= now <= shown.not_after:
        return failure.SSL_INVALID_CERTIFICATE
    if not any(_matches(pattern, name) for pattern in shown.names):
        return failure.SSL_INVALID_HOSTNAME
    return _chain_problem(chain, name, now - now % HOUR + HOUR // 2, trust_store())


@lru_cache(maxsize=512)
def _chain_problem(
    chain: tuple[bytes, ...], name: str, about: int, trusted: TrustStore
) -> str:
    """Verify the path; *about* is the time rounded so that answers can be reused."""
    if trusted.store is None:
        return failure.UNSUPPORTED
    leaf = load(chain[0])
    others = [shown for der in chain[1:] if (shown := parse(der))]
    if leaf in trusted:  # as a self-signed certificate somebody chose to trust
        return ""
    moment = datetime.fromtimestamp(about / SECOND, UTC)
    moment = min(max(moment, leaf.not_valid_before_utc), leaf.not_valid_after_utc)
    policy = (
        PolicyBuilder()
        .store(trusted.store)
        .time(moment.replace(tzinfo=None))
        .extension_policies(ca_policy=_AUTHORITY, ee_policy=_SERVER)
    )
    try:
        verifier = policy.build_server_verifier(_subject(name))
    except ValueError:  # an underscore, say: seen in names, but not for the verifier
        return failure.UNSUPPORTED
    try:
        verifier.verify(leaf, others)
    except VerificationError:
        known = trusted.knows_issuer_of([leaf, *others])
        return (
            failure.SSL_INVALID_CERTIFICATE if known else failure.SSL_UNKNOWN_AUTHORITY
        )
    return ""


def _may_sign(
    _policy: Policy, _certificate: x509.Certificate, basics: x509.BasicConstraints
) -> None:
    if not basics.ca:
        raise ValueError("not an authority")


def _may_serve(
    _policy: Policy, _certificate: x509.Certificate, usage: x509.ExtendedKeyUsage | None
) -> None:
    wanted = {
        ExtendedKeyUsageOID.SERVER_AUTH,
        ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,
    }
    if usage is not None and wanted.isdisjoint(usage):
        raise ValueError("not for servers")


# RFC 5280's rules and not the stricter ones of the web's authorities: a company's own
# authority that every browser here accepts must not be called an impostor
_AUTHORITY = ExtensionPolicy.permit_all().require_present(
    x509.BasicConstraints, Criticality.AGNOSTIC, _may_sign
)
_SERVER = (
    ExtensionPolicy.permit_all()
    .require_present(x509.SubjectAlternativeName, Criticality.AGNOSTIC, None)
    .may_be_present(x509.ExtendedKeyUsage, Criticality.AGNOSTIC, _may_serve)
)


@lru_cache(maxsize=512)
def _describe(der: bytes) -> Certificate:
    sha256 = hashlib.sha256(der).hexdigest()
    try:
        parsed = load(der)
        return Certificate(
            subject=parsed.subject.rfc4514_string()[:200],
            issuer=parsed.issuer.rfc4514_string()[:200],
            not_before=int(parsed.not_valid_before_utc.timestamp()) * SECOND,
            not_after=int(parsed.not_valid_after_utc.timestamp()) * SECOND,
            sha256=sha256,
            names=_names(parsed),
        )
    except (ValueError, OverflowError):
        return Certificate("", "", 0, 0, sha256, (), failure.SSL_INVALID_CERTIFICATE)


def _names(parsed: x509.Certificate) -> tuple[str, ...]:
    try:
        listed = parsed.extensions.get_extension_for_class(
            x509.SubjectAlternativeName
        ).value
    except x509.ExtensionNotFound:
        return ()
    return (
        *listed.get_values_for_type(x509.DNSName),
        *map(str, listed.get_values_for_type(x509.IPAddress)),
    )


def _matches(pattern: str, name: str) -> bool:
    """RFC 9525: a wildcard stands for the whole leftmost label, and only for it."""
    pattern, name = pattern.lower().rstrip("."), _ascii(name)
    if pattern == name:
        return True
    if not pattern.startswith("*.") or _address(name):
        return False
    return pattern[1:] == name[name.find(".") :] and name.count(".") >= 2


def _subject(name: str) -> x509.DNSName | x509.IPAddress:
    address = _address(name)
    return x509.IPAddress(address) if address else x509.DNSName(_ascii(name))


def _ascii(name: str) -> str:
    name = name.lower().rstrip(".")
    return name if name.isascii() else name.encode("idna").decode()


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None
