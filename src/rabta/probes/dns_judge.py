"""What failure, if any, a DNS answer stands for."""

import ipaddress
from typing import Final

from rabta import failure
from rabta.config.hosts import is_public
from rabta.model.target import Target
from rabta.probes.dns_message import Answer, Query


_BY_RCODE: Final = {
    "": failure.DNS_MALFORMED,
    "NXDOMAIN": failure.DNS_NXDOMAIN,
    "SERVFAIL": failure.DNS_SERVFAIL,
    "REFUSED": failure.DNS_REFUSED,
}


def failure_of(answer: Answer, query: Query, target: Target) -> str | None:
    """Name the failure that *answer* stands for.

    A canary is content with NXDOMAIN, which proves that recursion works. A truncated
    answer without addresses proves a living resolver and nothing more.
    """
    canary = target.role == "canary"
    if answer.rcode == "NXDOMAIN" and canary:
        return None
    if answer.rcode != "NOERROR":
        return _BY_RCODE.get(answer.rcode, failure.DNS_NONRECOVERABLE)
    if is_public(query.name) and any(map(is_bogon, answer.addresses)):
        return failure.DNS_BOGON
    if canary or answer.truncated:
        return None
    answered = answer.addresses if query.wants_addresses else answer.count
    return None if answered else failure.DNS_NO_ANSWER


def is_bogon(address: str) -> bool:
    """Tell whether no public name should ever resolve to *address* (RFC 6890)."""
    parsed = ipaddress.ip_address(address)
    return not parsed.is_global or parsed.is_multicast
