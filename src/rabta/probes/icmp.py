"""ICMP echo: does the address answer, and how fast?"""

from rabta import failure
from rabta.model.observation import Observation
from rabta.model.target import Probe
from rabta.probes.aim import Aim
from rabta.probes.icmp_packet import PAYLOAD_BYTES


_HEADERS = {4: 20 + 8, 6: 40 + 8}


async def probe(aim: Aim) -> Observation:
    """Send one echo request through the line's engine."""
    sent = aim.clock.now()
    if aim.icmp is None:
        return aim.observe(Probe.ICMP, sent, failure=failure.UNSUPPORTED)
    echo = await aim.icmp.echo(aim.address, aim.timeout)
    size = _HEADERS[aim.family] + PAYLOAD_BYTES
    return aim.observe(
        Probe.ICMP,
        sent,
        value=echo.rtt if echo.failure is None else None,
        failure=echo.failure,
        spent_bytes=0 if echo.failure in failure.NOT_MEASURED else 2 * size,
    )
