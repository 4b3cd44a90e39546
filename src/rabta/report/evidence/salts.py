"""Salts: a report that shows some entries must not help to guess the others.

From the log's secret comes one for each pair and UTC day, from that the salt of each
hour. A report that shows all hours of a day gives the day's, else those of its hours.
"""

import hmac
from collections.abc import Iterable
from functools import lru_cache
from hashlib import sha256


SIZE = 16
FIGURES, RAW = "figures", "raw"


@lru_cache(4096)
def of_day(secret: bytes, purpose: str, pair: tuple[str, str], day: int) -> bytes:
    """Return the secret of a *pair* for a *day*, counted since 1970.

    *purpose* is ``FIGURES`` or ``RAW``.
    """
    told = "\0".join((purpose, *pair, str(day))).encode()
    return hmac.digest(secret, told, "sha256")[:SIZE]


def of_hour(secrets: Iterable[bytes], hour: int) -> list[bytes]:
    """Return the salts of an *hour*, since 1970, from its day's *secrets*."""
    named = hour.to_bytes(8, "big")
    return [sha256(secret + named).digest()[:SIZE] for secret in secrets]
