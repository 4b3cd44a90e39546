"""Why a request is not served: a sentence, and its number in HTTP and in SOCKS."""

from rabta import failure
from rabta.model import Message


# RFC 1928, section 6
SOCKS_FAILURE = 1
SOCKS_FORBIDDEN = 2
SOCKS_NO_NETWORK = 3
SOCKS_NO_HOST = 4
SOCKS_REFUSED = 5
SOCKS_COMMAND = 7
SOCKS_ADDRESS = 8

_BY_FAILURE = {
    failure.CONNECTION_REFUSED: (502, SOCKS_REFUSED),
    failure.GENERIC_TIMEOUT: (504, SOCKS_NO_HOST),
    failure.HOST_UNREACHABLE: (502, SOCKS_NO_HOST),
    failure.DNS_NXDOMAIN: (502, SOCKS_NO_HOST),
    failure.NETWORK_UNREACHABLE: (502, SOCKS_NO_NETWORK),
}


class RefusalError(Exception):
    """The request cannot or must not be served."""

    def __init__(self, says: Message, status: int, code: int) -> None:
        super().__init__(says.key)
        self.says = says
        self.status = status
        self.code = code


def refused(key: str, status: int, code: int, **args: str | int) -> RefusalError:
    """Return a refusal with a sentence of the locale's ``relay.refused``."""
    return RefusalError(Message.of(f"relay.refused.{key}", **args), status, code)


def malformed(what: str) -> RefusalError:
    """Return the refusal of a request that is none; *what* names the part."""
    return refused("malformed", 400, SOCKS_FAILURE, what=what)


def unreachable(host: str, name: str) -> RefusalError:
    """Return the refusal for a failure's *name*."""
    status, code = _BY_FAILURE.get(name, (502, SOCKS_FAILURE))
    return refused("unreachable", status, code, host=host, failure=name)
