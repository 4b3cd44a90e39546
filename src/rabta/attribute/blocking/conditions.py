"""When a rule applies, and what the interference is called: one question each."""

from typing import Final
from urllib.parse import urljoin, urlsplit

from rabta import failure
from rabta.attribute.blocking.pages import alike, elsewhere, same_server, sign
from rabta.attribute.blocking.sight import (
    CUT,
    bogus,
    certificate,
    dated,
    failing_beyond,
    foreign,
    known_network,
    other_page,
)
from rabta.model import State
from rabta.model.trial import Layer, Lookup, Step, Trial


_UP, _DOWN, _UNKNOWN = State.UP, State.DOWN, State.UNKNOWN


# names


def notice_there(trial: Trial, one: Lookup) -> bool:
    """Whether a notice is served at the answer, and not in the service's network."""
    return not known_network(trial, one) and any(
        step.layer is Layer.HTTP
        and step.address in one.addresses
        and notice(trial, step)
        for step in trial.steps
    )


def leads_to_other_page(trial: Trial, one: Lookup) -> bool:
    """Whether an answer the control does not know leads to another page, in plain."""
    apart = set(one.addresses).isdisjoint(trial.addresses)
    unknown = apart and not known_network(trial, one)
    return (
        not trial.secure and unknown and compared(trial, one) and other_page(trial, one)
    )


def bogon_everywhere(trial: Trial, one: Lookup) -> bool:
    """Whether the control is told an address that cannot be, too, or none at all.

    The latter is a company's own name for a machine of its own.
    """
    elsewhere_too = bogus(trial.addresses) or trial.named is _DOWN
    return _bogon(one) and elsewhere_too


def bogon(trial: Trial, one: Lookup) -> bool:
    """Whether an address is given that can be no public service's, and only here."""
    return _bogon(one) and trial.named is _UP


def _bogon(one: Lookup) -> bool:
    return bogus(one.addresses) or one.failure == failure.DNS_BOGON


def bogon_alone(_: Trial, one: Lookup) -> bool:
    """Whether such an address is given, and there is nobody to compare with."""
    return _bogon(one)


def no_such_name(trial: Trial, one: Lookup) -> bool:
    """Whether addresses are given for a name that does not exist."""
    return bool(one.addresses) and trial.unknown_name and one.host == trial.host


def same_answer(trial: Trial, one: Lookup) -> bool:
    """Whether the control was given one of the addresses."""
    mine = one.host == trial.host
    return mine and not set(one.addresses).isdisjoint(trial.addresses)


def same_network(trial: Trial, one: Lookup) -> bool:
    """Whether an address lies where the control finds the service."""
    return bool(one.addresses) and one.host == trial.host and known_network(trial, one)


def wrong_certificate_there(trial: Trial, one: Lookup) -> bool:
    """Whether the answer leads to a certificate that is not the service's.

    The control must have been shown the right one: else it may be the service's own.
    """
    return any(
        foreign(trial, step) and step.address in one.addresses for step in trial.steps
    )


def name_fails_everywhere(trial: Trial, one: Lookup) -> bool:
    """Whether the control finds no address either."""
    return bool(one.failure) and trial.named is _DOWN and one.host == trial.host


def name_fails_here(trial: Trial, one: Lookup) -> bool:
    """Whether the control finds addresses, or got through to where this one leads."""
    control = trial.named if one.host == trial.host else trial.reached
    return bool(one.failure) and control is _UP


def name_fails(_: Trial, one: Lookup) -> bool:
    """Whether there is no address."""
    return bool(one.failure)


def compared(trial: Trial, one: Lookup) -> bool:
    """Whether the control has an answer to compare with."""
    return one.host == trial.host and trial.named is _UP


def unmatched_fails(trial: Trial, one: Lookup) -> bool:
    """Whether an answer the control does not know leads nowhere."""
    return compared(trial, one) and failing_beyond(trial, one)


def unnamed(one: Lookup) -> str:
    """Name a failure to resolve."""
    if one.failure == failure.GENERIC_TIMEOUT:
        return "dns.timeout"
    if one.failure in (failure.DNS_REFUSED, failure.DNS_SERVFAIL):
        return "dns.refused"
    return "dns.nxdomain"


# steps


def works(_: Trial, one: Step) -> bool:
    """Whether it does."""
    return not one.failure


def fails(_: Trial, one: Step) -> bool:
    """Whether it does."""
    return bool(one.failure)


def any_name_times_out(_: Trial, one: Step) -> bool:
    """Whether a harmless name on the same address hangs too, as where packets are lost.

    A black hole for large packets looks so, towards whomever.
    """
    return one.failure == failure.GENERIC_TIMEOUT and one.innocuous is _DOWN


def misled(trial: Trial, one: Step) -> bool:
    """Whether only a forged answer led here, so that the failure is the answer's."""
    forged = one.address in trial.distrusted or (not one.address and trial.distrusted)
    return bool(one.failure) and bool(forged)


def misled_alone(trial: Trial, one: Step) -> bool:
    """Whether a forged answer led here, and the control does not get through."""
    return misled(trial, one) and one.control is not _UP


def control_ok(_: Trial, one: Step) -> bool:
    """Whether the control gets through."""
    return one.control is _UP


def control_fails(_: Trial, one: Step) -> bool:
    """Whether the control does not get through either."""
    return one.control is _DOWN


def siblings_too(_: Trial, one: Step) -> bool:
    """Whether the operator's other addresses fail as well: a path, not a ban."""
    return one.sibling is _DOWN and one.control is not _DOWN


def only_this_address(_: Trial, one: Step) -> bool:
    """Whether siblings and the control get through."""
    return one.sibling is _UP and one.control is _UP


def silent_alone(trial: Trial, one: Step) -> bool:
    """Whether nobody answers, and no other address of the operator was asked.

    Then the way to its network may be broken. A refusal is somebody's answer.
    """
    silent = one.failure in _SILENT
    return trial.ours and silent and one.control is _UP and one.sibling is _UNKNOWN


def name_alone_fails(_: Trial, one: Step) -> bool:
    """Whether it is the name: another passes here, this one fails elsewhere too."""
    apart = one.helper is _DOWN and one.innocuous is _UP
    return apart and one.control is not _DOWN


def wrong_certificate(_: Trial, one: Step) -> bool:
    """Whether the certificate is bad here and good for the control."""
    return certificate(one.failure) and one.control is _UP


def any_certificate(_: Trial, one: Step) -> bool:
    """Whether the failure is the certificate's, which the handshake is judged by."""
    return certificate(one.failure) or dated(one.failure)


def out_of_date(_: Trial, one: Step) -> bool:
    """Whether only its dates do not fit, which a wrong clock here does as well."""
    return dated(one.failure) and one.control is not _DOWN


def cut(_: Trial, one: Step) -> bool:
    """Whether it was cut here and not for the control."""
    return one.failure in CUT and one.control is _UP


def other_name_passes(trial: Trial, one: Step) -> bool:
    """Whether silence meets this name at every address, and no other name there."""
    silent = one.failure == failure.GENERIC_TIMEOUT and one.innocuous is _UP
    return silent and all(x.failure for x in trial.of(Layer.QUIC_HELLO))


def extension_fails_anywhere(_: Trial, one: Step) -> bool:
    """Whether the extension is cut off here and at an unrelated server too."""
    return _off(one) and one.helper is _DOWN


def extension_fails(trial: Trial, one: Step) -> bool:
    """Whether the extension is cut off, and no unrelated server could be asked."""
    alike = [x.failure for x in trial.of(Layer.ECH) if x.host == one.host]
    return _off(one) and one.helper is _UNKNOWN and all(alike)


def _off(one: Step) -> bool:
    broken = one.failure in CUT or one.failure == failure.GENERIC_TIMEOUT
    return broken and one.innocuous is _UP


def unveiled(one: Step) -> str:
    """Name a hello that fails for being encrypted."""
    timed_out = one.failure == failure.GENERIC_TIMEOUT
    return "tls.timeout.ech" if timed_out else "tls.reset.ech"


def helper_follows(_: Trial, one: Step) -> bool:
    """Whether the name fails at an unrelated address too."""
    return one.helper is _DOWN


def helper_passes(_: Trial, one: Step) -> bool:
    """Whether the name passes at an unrelated address: nobody filters it."""
    return one.helper is _UP and one.innocuous is _UP


def unconnected(one: Step) -> str:
    """Name a failure to connect."""
    if one.failure in CUT:
        return "tcp.reset"
    if one.failure == failure.CONNECTION_REFUSED:
        return "tcp.refused"
    return "ip.unreachable" if one.failure in _UNREACHABLE else "tcp.timeout"


_NO_WAY: Final = (failure.HOST_UNREACHABLE, failure.NETWORK_UNREACHABLE)
_UNREACHABLE: Final = (*_NO_WAY, failure.ADMIN_PROHIBITED)
_SILENT: Final = (failure.GENERIC_TIMEOUT, *_NO_WAY)


def unshaken(one: Step) -> str:
    """Name a failed handshake."""
    if one.failure == failure.SSL_UNKNOWN_AUTHORITY:
        return "tls.mitm.self_signed"
    if certificate(one.failure):
        return "tls.mitm.ca_signed"
    if one.failure == failure.GENERIC_TIMEOUT:
        return "tls.timeout"
    by_name = one.helper is _DOWN or one.innocuous is _UP
    return "tls.reset.sni" if by_name else "tls.reset.other"


# requests


def notice(trial: Trial, one: Step) -> bool:
    """Whether somebody says in the service's stead that it is blocked."""
    if one.page is None or not sign(one.page) or like_control(trial, one):
        return False
    return not one.secure or certificate(one.failure)


def followed(trial: Trial, one: Step) -> bool:
    """Whether it is a redirect after which the next request was made as well."""
    if one.failure or one.page is None or one.page.status // 100 != 3:
        return False
    towards = urljoin(one.url, one.page.location)
    return any(x.url == towards and x is not one for x in trial.of(Layer.HTTP))


def whole(trial: Trial, one: Step) -> bool:
    """Whether the service itself answered, under its own certificate."""
    if one.failure or one.page is None:
        return False
    return one.secure and bool(one.page.status) and one.address not in trial.distrusted


def stalled(trial: Trial, one: Step) -> bool:
    """Whether the answer began, and then more time passed than the whole takes."""
    began = one.page is not None and one.page.status >= 200
    complete = trial.ours or (trial.page is not None and trial.page.size > 0)
    return one.failure == failure.GENERIC_TIMEOUT and began and complete


def stalled_so_far(trial: Trial, one: Step) -> bool:
    """Whether it stalled on a line that may itself be slow: the pairs will tell."""
    return trial.ours and stalled(trial, one)


def leads_nowhere(_: Trial, one: Step) -> bool:
    """Whether the server's answer leads nowhere: a broken redirect, or too many."""
    answered = one.page is not None and 300 <= one.page.status < 400
    return answered and one.failure not in ("", failure.GENERIC_TIMEOUT, *CUT)


def cut_here(trial: Trial, one: Step) -> bool:
    """Whether it was cut here and the control got through."""
    return one.failure in CUT and trial.reached is _UP


def fails_here(trial: Trial, one: Step) -> bool:
    """Whether the control got through."""
    return bool(one.failure) and trial.reached is _UP


def fails_everywhere(trial: Trial, one: Step) -> bool:
    """Whether the control did not get through either."""
    return bool(one.failure) and trial.reached is _DOWN


def like_control(trial: Trial, one: Step) -> bool:
    """Whether the page may be the control's."""
    if one.failure or one.page is None or trial.page is None:
        return False
    return alike(one.page, trial.page)


def refused_by_server(trial: Trial, one: Step) -> bool:
    """Whether the server the control spoke to refuses: a challenge, or no access."""
    if one.failure or one.page is None or trial.page is None or one.page.status < 400:
        return False
    return same_server(one.page, trial.page)


def led_away(trial: Trial, one: Step) -> bool:
    """Whether it is sent to another site, and the control is not."""
    if one.failure or one.page is None or trial.page is None or one.secure:
        return False
    here = one.page.location
    there = urlsplit(trial.page.location).hostname or ""
    return elsewhere(here, one.host) and (not there or elsewhere(here, there))


def differs(trial: Trial, one: Step) -> bool:
    """Whether there are two pages, found unlike by the rules before."""
    return not one.failure and one.page is not None and trial.page is not None


def instead(one: Step) -> str:
    """Name what stands in the page's stead."""
    refused = one.page is not None and one.page.status >= 400
    return "http.error" if refused else "http.blockpage"


def always(*_: object) -> bool:
    """Whether nothing before it applied."""
    return True


def unanswered(one: Step) -> str:
    """Name a failed request."""
    if one.failure in CUT:
        return "tls.reset.other" if one.secure else "http.reset.host"
    return "http.timeout" if one.failure == failure.GENERIC_TIMEOUT else "http.error"


def slowness(one: Step) -> str:
    """Name what slows an answer down."""
    return "tls.throttle.sni" if one.secure else "http.throttle.host"
