"""What the rules look at: small questions about a trial, each with one answer."""

from functools import lru_cache
from ipaddress import ip_address
from typing import Final

from rabta import failure
from rabta.attribute.blocking.pages import alike
from rabta.model import State
from rabta.model.trial import Layer, Lookup, Step, Trial, Who


CUT: Final = frozenset(
    {failure.CONNECTION_RESET, failure.CONNECTION_ABORTED, failure.EOF}
)
_CERTIFICATE: Final = frozenset(
    {failure.SSL_UNKNOWN_AUTHORITY, failure.SSL_INVALID_HOSTNAME}
)


def certificate(name: str) -> bool:
    """Whether the failure is that of a certificate which is somebody else's."""
    return name in _CERTIFICATE


def dated(name: str) -> bool:
    """Whether a certificate for the right name fails, by its dates as a rule.

    That may be our own clock's fault or its owner's, and is no sign of interference.
    """
    return name == failure.SSL_INVALID_CERTIFICATE


def bogus(addresses: tuple[str, ...]) -> bool:
    """Whether any of *addresses* can be no public service's (RFC 6890)."""
    return any(_reserved(one) for one in addresses)


@lru_cache(maxsize=8192)
def _reserved(address: str) -> bool:
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return not parsed.is_global or parsed.is_multicast


def own(trial: Trial, host: str = "") -> tuple[Lookup, ...]:
    """Return the answers of the line's resolver, of *host* if it is given."""
    return tuple(
        one
        for one in trial.lookups
        if one.who is Who.OWN and (not host or one.host == host)
    )


def confirmed(trial: Trial, lookup: Lookup) -> bool:
    """Whether a valid certificate for the name was shown at one of the addresses."""
    return any(
        step.layer is Layer.TLS
        and not step.failure
        and step.host == lookup.host
        and step.address in lookup.addresses
        for step in trial.steps
    )


def known_network(trial: Trial, lookup: Lookup) -> bool:
    """Whether an answer lies in a network where the control finds the service too."""
    mine = {one for one in lookup.networks if one}
    if mine and not mine.isdisjoint(trial.networks):
        return True
    prefixes = {prefix(one) for one in lookup.addresses}
    return not prefixes.isdisjoint(prefix(one) for one in trial.addresses)


@lru_cache(maxsize=8192)
def prefix(address: str) -> str:
    """Return the network around an address: /16, or /32 for IPv6."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    bits = 16 if parsed.version == 4 else 32
    return f"{parsed.version}/{int(parsed) >> (parsed.max_prefixlen - bits)}"


def tried_beyond(trial: Trial, lookup: Lookup) -> bool:
    """Whether anything beyond the name was tried at the answer's addresses."""
    return any(step.address in lookup.addresses for step in trial.steps)


def failing_beyond(trial: Trial, lookup: Lookup) -> bool:
    """Whether the way from the answer's addresses breaks off, or ends elsewhere."""
    steps = [step for step in trial.steps if step.address in lookup.addresses]
    if not steps:
        return False
    return any(_astray(trial, step) for step in steps) or other_page(trial, lookup)


def _astray(trial: Trial, step: Step) -> bool:
    if certificate(step.failure):
        return foreign(trial, step)
    return bool(step.failure) and not dated(step.failure)


def foreign(trial: Trial, step: Step) -> bool:
    """Whether a certificate that is not the service's is shown.

    The right one must have been shown to somebody: else it may be the service's own.
    """
    shown = any(
        one.host == trial.host and (not one.failure or one.control is State.UP)
        for one in trial.of(Layer.TLS)
    )
    right = shown or (trial.secure and trial.reached is State.UP)
    return right and certificate(step.failure)


def other_page(trial: Trial, lookup: Lookup) -> bool:
    """Whether what is served there without TLS is not what the control was given."""
    control = trial.page
    return control is not None and any(
        step.layer is Layer.HTTP
        and step.address in lookup.addresses
        and not step.secure
        and step.page is not None
        and not alike(step.page, control)
        for step in trial.steps
    )


def broken_ipv6(trial: Trial, step: Step) -> bool:
    """Whether IPv6 fails so broadly here that a failure over it says nothing."""
    if ":" not in step.address:
        return False
    sixes = [x for x in trial.of(Layer.TCP) if ":" in x.address]
    return 2 * sum(bool(x.failure) for x in sixes) > len(sixes)
