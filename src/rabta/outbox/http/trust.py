"""Who may be told what when one server sends on to another."""

from collections.abc import Sequence

from rabta.model import Message
from rabta.outbox.outcome import FinalError
from rabta.probes.url import Url


Headers = Sequence[tuple[str, str]]


def headers_for(place: Url, home: Url, headers: Headers) -> Headers:
    """Return which of *headers*, meant for *home*, go to *place*: all, or none.

    Raises:
        FinalError: *place* would be asked in the clear, and *home* was not.
    """
    if home.encrypted and not place.encrypted:
        raise FinalError(Message.of("outbox.insecure", host=place.host))
    return headers if place.authority == home.authority else ()
