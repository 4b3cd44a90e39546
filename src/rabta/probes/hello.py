"""Is a TLS hello answered, and is it still when it carries an encrypted one (ECH)?

Both hellos are made alike but for that one extension. A ServerHello or an alert is an
answer, whatever it says: the handshake goes no further. Value: seconds until it came.
"""

from contextlib import closing

from rabta import failure
from rabta.model.observation import Observation, TlsDetail
from rabta.model.target import Probe
from rabta.probes.aim import Aim
from rabta.probes.client_hello import answers, tls_hello
from rabta.probes.stream import BadAnswerError, Stream, attempt


async def probe(aim: Aim) -> Observation:
    """Say hello once, showing the target's *sni*, else its host."""
    return await _say(aim, Probe.HELLO)


async def probe_ech(aim: Aim) -> Observation:
    """Do the same with the extension."""
    return await _say(aim, Probe.ECH)


async def _say(aim: Aim, probe: Probe) -> Observation:
    name = aim.target.sni or aim.target.host
    sent = aim.clock.now()

    async def greet(stream: Stream) -> None:
        await stream.connect(aim.target.port)
        stream.watch.enter("tls")
        await stream.send(tls_hello(name, ech=probe is Probe.ECH))
        heard = b""
        while (told := answers(heard)) is None:
            chunk = await stream.receive()
            if not chunk:
                raise EOFError
            heard += chunk
        if not told:
            raise BadAnswerError(failure.SSL_FAILED_HANDSHAKE)
        stream.watch.stop()

    with closing(Stream(aim)) as stream:
        failed = await attempt(aim.timeout, greet(stream))
        return aim.observe(
            probe,
            sent,
            value=None if failed else stream.watch.seconds,
            failure=failed,
            detail=TlsDetail(name, stream.watch.phases, failed_in=stream.watch.phase),
            spent_bytes=stream.spent_bytes,
        )
