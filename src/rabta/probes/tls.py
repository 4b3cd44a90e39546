"""TLS handshake: how long, under which certificate, and where it broke.

Value: seconds for connecting and shaking hands. A certificate that is not valid for
the name shown is a failure, except for targets that only ask whether a handshake with
that name comes through (roles ``innocuous-sni`` and ``neutral-helper``).
"""

from contextlib import closing

from rabta.model.observation import Certificate, Observation, TlsDetail
from rabta.model.target import Probe
from rabta.probes import certificate
from rabta.probes.aim import Aim
from rabta.probes.stream import Stream, attempt, tls_context


async def probe(aim: Aim) -> Observation:
    """Shake hands once, showing the target's *sni*, else its host."""
    name = aim.target.sni or aim.target.host
    sent = aim.clock.now()
    shown: Certificate | None = None

    async def shake_hands(stream: Stream) -> None:
        nonlocal shown
        await stream.connect(aim.target.port)
        await stream.secure(tls_context("h2", "http/1.1"), name)
        shown = certificate.examine(stream.chain, name, aim.clock.now())
        stream.watch.stop()

    with closing(Stream(aim)) as stream:
        failure = await attempt(aim.timeout, shake_hands(stream))
        failed_in = stream.watch.phase
        if failure is None and (failure := certificate.objection(aim.target, shown)):
            failed_in = "tls"
        return aim.observe(
            Probe.TLS,
            sent,
            value=None if failure else stream.watch.seconds,
            failure=failure,
            detail=TlsDetail(
                sni=name,
                phases=stream.watch.phases,
                version=stream.tls_version,
                certificate=shown,
                failed_in=failed_in,
            ),
            spent_bytes=stream.spent_bytes,
        )
