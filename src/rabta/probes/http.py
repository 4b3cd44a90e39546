"""HTTP and HTTPS: one GET, its phases, and what came back.

Any answer counts as reached, whatever its status: the ladder decides what a status
means. Redirects are not followed. At most 64 KiB of the body are read, then the
connection is closed. Value: seconds over all phases.

Under a certificate that is not valid for the name the request is still made, because
a blocking page is evidence, but the probe fails with the certificate's problem.
"""

import hashlib
from contextlib import closing

from rabta.model.observation import Certificate, HttpDetail, Observation
from rabta.model.target import Probe
from rabta.probes import certificate
from rabta.probes.aim import Aim
from rabta.probes.http_exchange import ask, header, open_url, pieces
from rabta.probes.stream import Stream, attempt
from rabta.probes.url import Url


MAX_BODY_BYTES = 64 * 1024


async def probe(aim: Aim) -> Observation:
    """Ask for the target's URL, or for ``https://HOST:PORT/``."""
    target = aim.target
    visit = Visit(aim, Url.parse(target.url or f"https://{target.host}:{target.port}/"))
    sent = aim.clock.now()
    failure = await visit.make()
    return aim.observe(
        Probe.HTTP,
        sent,
        value=None if failure else visit.stream.watch.seconds,
        failure=failure,
        detail=visit.detail(),
        spent_bytes=visit.stream.spent_bytes,
    )


class Visit:
    """One request and as much of the answer as came."""

    def __init__(self, aim: Aim, url: Url) -> None:
        self.stream = Stream(aim)
        self.status = 0
        self.body = bytearray()
        self._aim = aim
        self._url = url
        self._location = ""
        self._certificate: Certificate | None = None
        self._failed_in = ""

    async def make(self) -> str | None:
        """Go there within the aim's timeout; return the failure, if any."""
        with closing(self.stream):
            failure = await attempt(self._aim.timeout, self._converse())
        self._failed_in = self.stream.watch.phase
        if failure is None:
            failure = certificate.objection(self._aim.target, self._certificate)
            self._failed_in = "tls" if failure else ""
        return failure

    async def _converse(self) -> None:
        self._certificate = await open_url(self.stream, self._aim, self._url)
        self.stream.expect(MAX_BODY_BYTES)
        connection, reply = await ask(self.stream, self._url)
        self.status = reply.status_code
        self._location = header(reply, b"location")
        async for piece in pieces(connection, self.stream, MAX_BODY_BYTES):
            self.body += piece
        self.stream.watch.stop()

    def detail(self) -> HttpDetail:
        """Return what was seen."""
        return HttpDetail(
            url=self._url.text,
            phases=self.stream.watch.phases,
            status=self.status,
            location=self._location,
            body_bytes=len(self.body),
            body_sha256=hashlib.sha256(self.body).hexdigest() if self.status else "",
            title=title_of(bytes(self.body)),
            certificate=self._certificate,
            failed_in=self._failed_in,
        )


def title_of(body: bytes) -> str:
    """Return the title of an HTML page, at most 120 characters; linear in its size."""
    lower = body.lower()
    begin = lower.find(b">", lower.find(b"<title") + 1) if b"<title" in lower else -1
    end = lower.find(b"</title", begin)
    if begin < 0 or end < 0:
        return ""
    text = body[begin + 1 : end][:1000].decode("utf-8", "replace")
    return " ".join(text.split())[:120]
