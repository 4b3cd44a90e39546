"""The provenance of a file or an answer."""

import hashlib
import re
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from rabta.model.provenance import Provenance
from rabta.sources.imported import Licence
from rabta.sources.stream import Stream


_SECRET = re.compile(
    r"token|key|secret|auth|passw|sig|session|credential", re.IGNORECASE
)


def provenance(
    stream: Stream, what: str, source: str, licence: Licence, now: int
) -> Provenance:
    """Say where the bytes of a file came from: *what* is its name or its address.

    What the stream did not read to its end is read once more, for its digest.
    """
    tally = stream.tally
    return Provenance(
        source,
        public(what),
        stream.sha256 or _digest(stream.path),
        stream.path.stat().st_size,
        now,
        licence.name,
        licence.holder,
        tally.kept,
        tally.put_aside_count,
        tally.partial,
    )


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def public(address: str) -> str:
    """Return an address without user, password, and what may be a key."""
    if not address.startswith(("http://", "https://")):
        return address
    parts = urlsplit(address)
    query = [
        (name, "HIDDEN" if _SECRET.search(name) else value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
    ]
    asked = urlencode(query, safe="/:,")
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, asked, ""))
