"""QUIC by name: does the server answer a handshake that names a site?

The first packet of QUIC version 1 holds the name where a filter on the way can read
it, as the server can. An Initial packet under the server's keys, a Retry with the
right tag or a version negotiation is an answer, whatever it says; junk is none.
A filter that lets the first packet pass and drops what follows is not seen.
"""

import os

from rabta.model.observation import Observation
from rabta.model.target import Probe
from rabta.probes.aim import Aim
from rabta.probes.client_hello import quic_hello
from rabta.probes.quic import versions
from rabta.probes.quic_datagram import ask
from rabta.probes.quic_initial import first_datagram, is_retry, open_initial


async def probe(aim: Aim) -> Observation:
    """Say hello once, showing the target's *sni*, else its host."""
    name = aim.target.sni or aim.target.host
    destination, source = os.urandom(8), os.urandom(8)
    return await ask(
        aim,
        Probe.QUIC_HELLO,
        first_datagram(quic_hello(name, source), destination, source),
        lambda packet: answers(packet, destination, source),
    )


def answers(packet: bytes, destination: bytes, source: bytes) -> bool:
    """Whether *packet* answers the hello that went from *source* to *destination*."""
    opened = open_initial(packet, destination, "server")
    if opened is not None:
        return opened.destination == source
    return is_retry(packet, destination, source) or bool(
        versions(packet, destination, source)
    )
