"""QUIC by name: does the server answer a handshake that names a site?

The first packet of QUIC version 1 holds the name where a filter on the way can read
it, as the server can. An Initial packet under the server's keys, a Retry with the
right tag or a version negotiation is an answer, whatever it says; junk is none.
A filter that lets the first packet pass and drops what follows is not seen.
"""

import asyncio
import os
import socket
from contextlib import suppress

from rabta import failure
from rabta.model.observation import Observation
from rabta.model.target import Probe
from rabta.probes.aim import Aim
from rabta.probes.binding import open_socket
from rabta.probes.client_hello import quic_hello
from rabta.probes.icmp_errors import listen_for_errors, next_error
from rabta.probes.icmp_packet import failure_of
from rabta.probes.quic import versions
from rabta.probes.quic_initial import SIZE, first_datagram, is_retry, open_initial


_HEADERS = {4: 28, 6: 48}


async def probe(aim: Aim) -> Observation:
    """Say hello once, showing the target's *sni*, else its host."""
    sent = aim.clock.now()
    started = aim.clock.monotonic()
    name = aim.target.sni or aim.target.host
    headers = _HEADERS[aim.family]
    spent, named, value = 0, None, None
    destination, source = os.urandom(8), os.urandom(8)
    loop = asyncio.get_running_loop()
    try:
        with open_socket(aim.binding, socket.SOCK_DGRAM) as opened:
            with suppress(OSError):  # else the kernel keeps most errors to itself
                listen_for_errors(opened)
            opened.connect(aim.binding.sockaddr(aim.address, aim.target.port))
            hello = quic_hello(name, source)
            try:
                async with asyncio.timeout(aim.timeout):
                    made = first_datagram(hello, destination, source)
                    await loop.sock_sendall(opened, made)
                    spent += SIZE + headers
                    while value is None:
                        packet = await loop.sock_recv(opened, 2048)
                        spent += len(packet) + headers
                        if answers(packet, destination, source):
                            value = aim.clock.monotonic() - started
            except OSError as error:
                told = next_error(opened)
                named = told and failure_of(aim.family, told.kind, told.code)
                named = named or failure.name_of(error)
    except OSError as error:
        named = failure.name_of(error)
    return aim.observe(
        Probe.QUIC_HELLO, sent, value=value, failure=named, spent_bytes=spent
    )


def answers(packet: bytes, destination: bytes, source: bytes) -> bool:
    """Whether *packet* answers the hello that went from *source* to *destination*."""
    opened = open_initial(packet, destination, "server")
    if opened is not None:
        return opened.destination == source
    return is_retry(packet, destination, source) or bool(
        versions(packet, destination, source)
    )
