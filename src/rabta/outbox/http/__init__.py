"""HTTP/1.1 over a chosen uplink, for transfers that outlive their connection."""

from rabta.outbox.http.connection import Connection, Reply
from rabta.outbox.http.race import Route
from rabta.outbox.http.trust import headers_for
from rabta.outbox.http.watched import RescuedError, reach, watched


__all__ = [
    "Connection",
    "Reply",
    "RescuedError",
    "Route",
    "headers_for",
    "reach",
    "watched",
]
