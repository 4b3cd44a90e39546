"""The closed set of failure names an observation may carry.

Names and meanings follow OONI df-007 ("Errors"), so that verdicts on Rabta's own
measurements and on OONI's are made by the same rules. What df-007 has no name for
is listed apart, below.
"""

import errno
import socket
import ssl
from typing import Final


# OONI df-007
CONNECTION_REFUSED: Final = "connection_refused"
CONNECTION_RESET: Final = "connection_reset"
CONNECTION_ABORTED: Final = "connection_aborted"
HOST_UNREACHABLE: Final = "host_unreachable"
NETWORK_UNREACHABLE: Final = "network_unreachable"
NETWORK_DOWN: Final = "network_down"
ADDRESS_NOT_AVAILABLE: Final = "address_not_available"
PERMISSION_DENIED: Final = "permission_denied"
GENERIC_TIMEOUT: Final = "generic_timeout_error"
EOF: Final = "eof_error"
DNS_NXDOMAIN: Final = "dns_nxdomain_error"
DNS_REFUSED: Final = "dns_refused_error"
DNS_SERVFAIL: Final = "dns_server_failure"
DNS_NO_ANSWER: Final = "dns_no_answer"
DNS_BOGON: Final = "dns_bogon_error"
DNS_NONRECOVERABLE: Final = "dns_non_recoverable_failure"
SSL_FAILED_HANDSHAKE: Final = "ssl_failed_handshake"
SSL_INVALID_HOSTNAME: Final = "ssl_invalid_hostname"
SSL_UNKNOWN_AUTHORITY: Final = "ssl_unknown_authority"
SSL_INVALID_CERTIFICATE: Final = "ssl_invalid_certificate"

# not in df-007
TTL_EXCEEDED: Final = "ttl_exceeded"
ADMIN_PROHIBITED: Final = "admin_prohibited"
HTTP_MALFORMED: Final = "http_malformed"
HTTP_STATUS: Final = "http_unexpected_status_code"
HTTP_BODY_TOO_LARGE: Final = "http_body_too_large"
CAPTIVE_PORTAL: Final = "captive_portal"
DNS_MALFORMED: Final = "dns_malformed"
NO_CARRIER: Final = "no_carrier"
NO_ADDRESS: Final = "no_address"
NO_ROUTE: Final = "no_route"
ADDRESS_CONFLICT: Final = "address_conflict"
INTERFACE_GONE: Final = "interface_gone"
BUDGET_SPENT: Final = "budget_spent"
SEND_QUEUE_FULL: Final = "send_queue_full"
OWN_LOAD: Final = "own_load"
UNSUPPORTED: Final = "unsupported_on_this_platform"
UNKNOWN: Final = "unknown_failure"

ALL: Final = frozenset(
    value
    for name, value in globals().items()
    if name.isupper() and isinstance(value, str)
)

# An observation with one of these says nothing about the network: it was not made, or
# our own throughput test was filling the line.
NOT_MEASURED: Final = frozenset(
    {BUDGET_SPENT, SEND_QUEUE_FULL, OWN_LOAD, UNSUPPORTED, PERMISSION_DENIED}
)

_BY_ERRNO: Final = {
    errno.ECONNREFUSED: CONNECTION_REFUSED,
    errno.ECONNRESET: CONNECTION_RESET,
    errno.EPIPE: CONNECTION_RESET,
    errno.ECONNABORTED: CONNECTION_ABORTED,
    errno.EHOSTUNREACH: HOST_UNREACHABLE,
    errno.EHOSTDOWN: HOST_UNREACHABLE,
    errno.ENETUNREACH: NETWORK_UNREACHABLE,
    errno.ENETDOWN: NETWORK_DOWN,
    errno.EADDRNOTAVAIL: ADDRESS_NOT_AVAILABLE,
    errno.EACCES: PERMISSION_DENIED,
    errno.EPERM: PERMISSION_DENIED,
    errno.ENOBUFS: SEND_QUEUE_FULL,
    errno.ETIMEDOUT: GENERIC_TIMEOUT,
    errno.ENODEV: INTERFACE_GONE,
    errno.ENXIO: INTERFACE_GONE,
    errno.EAFNOSUPPORT: UNSUPPORTED,
    errno.EPROTONOSUPPORT: UNSUPPORTED,
    errno.ENOPROTOOPT: UNSUPPORTED,
    errno.EOPNOTSUPP: UNSUPPORTED,
    errno.ENOTSUP: UNSUPPORTED,
}

# OpenSSL x509_vfy.h: 18 and 19 self-signed, 20 and 21 no issuer, 62 host name
_BY_VERIFY_CODE: Final = {
    18: SSL_UNKNOWN_AUTHORITY,
    19: SSL_UNKNOWN_AUTHORITY,
    20: SSL_UNKNOWN_AUTHORITY,
    21: SSL_UNKNOWN_AUTHORITY,
    62: SSL_INVALID_HOSTNAME,
    64: SSL_INVALID_HOSTNAME,
}


def name_of(error: BaseException) -> str:
    """Name the failure that *error* stands for; never raises."""
    match error:
        case ssl.SSLCertVerificationError():
            return _BY_VERIFY_CODE.get(error.verify_code, SSL_INVALID_CERTIFICATE)
        case ssl.SSLEOFError() | ssl.SSLZeroReturnError():
            return EOF
        case ssl.SSLError():
            return SSL_FAILED_HANDSHAKE
        case TimeoutError():
            return GENERIC_TIMEOUT
        case EOFError():
            return EOF
        case socket.gaierror():
            return DNS_NONRECOVERABLE
        case OSError():
            return _BY_ERRNO.get(error.errno or 0, UNKNOWN)
        case _:
            return UNKNOWN
