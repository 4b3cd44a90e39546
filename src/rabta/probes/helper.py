"""Asking a Rabta helper: TLS under one pinned certificate, whatever name is shown.

The helper's certificate is its own; what makes it trusted is the fingerprint its
owner wrote into the configuration (SHA-256 of the certificate, hexadecimal).
"""

import json
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from hmac import compare_digest
from typing import Any

from rabta import failure
from rabta.probes.aim import Aim
from rabta.probes.fetch import Meter
from rabta.probes.http_exchange import ask, body_of, pieces
from rabta.probes.stream import BadAnswerError, Stream, attempt, tls_context
from rabta.probes.url import Url


_MOST = 256 * 1024  # bytes of an answer


@dataclass(frozen=True, slots=True)
class Asked:
    """How one question to a helper went."""

    failure: str = ""
    document: Any = None
    rate: float = 0.0
    """Bits per second of a timed transfer."""
    received_bytes: int = 0
    connect: float = 0.0
    """Seconds the connection took: one round trip."""
    loaded_rtt: float = 0.0
    """Seconds of a round trip while bytes came; 0 where the system does not say."""
    spent_bytes: int = 0


def normal(fingerprint: str) -> str:
    """Return a fingerprint as lower-case hexadecimal digits alone."""
    return fingerprint.lower().removeprefix("sha256:").replace(":", "")


async def ask_for(
    aim: Aim, url: str, token: str, fingerprint: str, body: bytes = b""
) -> Asked:
    """Ask once; the aim's target says which name is shown."""
    found: Any = None

    async def converse(stream: Stream) -> None:
        nonlocal found
        address = Url.parse(url)
        await _open(stream, aim, address, fingerprint)
        connection, reply = await ask(
            stream,
            address,
            media_type="application/json",
            body=body,
            extra=_authority(token),
        )
        if reply.status_code != 200:
            raise BadAnswerError(failure.HTTP_STATUS)
        found = json.loads(await body_of(connection, stream, _MOST))

    with closing(Stream(aim)) as stream:
        try:
            failed = await attempt(aim.timeout, converse(stream))
        except ValueError:
            failed = failure.HTTP_MALFORMED
        connect = stream.watch.phases.connect or 0.0
        spent = stream.spent_bytes
        return Asked(failed or "", found, connect=connect, spent_bytes=spent)


async def timed(
    aim: Aim, url: str, limit: int, *, token: str = "", fingerprint: str = ""
) -> Asked:
    """Fetch at most *limit* bytes and time them; slow is a result, no failure.

    A site is asked for that range only; a helper is, too, and sends what it is asked.
    The name that the aim's target shows is that of the handshake; over plain HTTP,
    that of the Host header.
    """
    meter = Meter(aim.clock)
    loaded = 0.0

    async def converse(stream: Stream) -> None:
        nonlocal loaded
        address = Url.parse(url)
        await _open(stream, aim, address, fingerprint)
        wanted = ("Range", f"bytes=0-{limit - 1}")
        extra = (wanted, *_authority(token))
        shown = "" if address.encrypted else aim.target.sni
        host = address.authority_of(shown) if shown else ""
        connection, reply = await ask(stream, address, host=host, extra=extra)
        if reply.status_code not in (200, 206):
            raise BadAnswerError(failure.HTTP_STATUS)
        async for piece in pieces(connection, stream, limit):
            meter.add(len(piece))
            loaded = stream.receiver_rtt or loaded
        stream.watch.stop()

    with closing(Stream(aim)) as stream:
        failed = await attempt(aim.timeout, converse(stream))
        if failed == failure.GENERIC_TIMEOUT and meter.total:
            meter.stop()
            failed = None
        return Asked(
            failed or "",
            rate=meter.rate or 0.0,
            received_bytes=meter.total,
            connect=stream.watch.phases.connect or 0.0,
            loaded_rtt=loaded,
            spent_bytes=stream.spent_bytes,
        )


async def _open(stream: Stream, aim: Aim, url: Url, fingerprint: str) -> None:
    await stream.connect(url.port)
    if not url.encrypted:
        return
    await stream.secure(tls_context("http/1.1"), aim.target.sni or url.host)
    if not fingerprint:
        return
    shown = sha256(stream.chain[0]).hexdigest() if stream.chain else ""
    if not compare_digest(shown, normal(fingerprint)):
        raise BadAnswerError(failure.SSL_UNKNOWN_AUTHORITY)


def _authority(token: str) -> tuple[tuple[str, str], ...]:
    said = (("Authorization", f"Bearer {token}"),) if token else ()
    return (*said, ("Connection", "close"))
