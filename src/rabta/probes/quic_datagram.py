"""One datagram of QUIC to a server, and the wait for the packet that answers it."""

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress

from rabta import failure
from rabta.model.observation import Observation
from rabta.model.target import Probe
from rabta.probes.aim import Aim
from rabta.probes.binding import open_socket
from rabta.probes.icmp_errors import listen_for_errors, next_error
from rabta.probes.icmp_packet import failure_of


_HEADERS = {4: 28, 6: 48}


async def ask(
    aim: Aim, probe: Probe, datagram: bytes, answers: Callable[[bytes], bool]
) -> Observation:
    """Send *datagram*; value: seconds until a packet of which *answers* is true."""
    sent = aim.clock.now()
    try:
        with open_socket(aim.binding, socket.SOCK_DGRAM) as opened:
            with suppress(OSError):  # else the kernel keeps most errors to itself
                listen_for_errors(opened)
            opened.connect(aim.binding.sockaddr(aim.address, aim.target.port))
            value, spent, named = await _exchange(aim, opened, datagram, answers)
    except OSError as error:
        return aim.observe(probe, sent, failure=failure.name_of(error))
    return aim.observe(probe, sent, value=value, failure=named, spent_bytes=spent)


async def _exchange(
    aim: Aim, opened: socket.socket, datagram: bytes, answers: Callable[[bytes], bool]
) -> tuple[float | None, int, str | None]:
    """Return seconds until the answer, bytes spent, and the failure if there is one."""
    loop = asyncio.get_running_loop()
    headers = _HEADERS[aim.family]
    started = aim.clock.monotonic()
    spent = 0
    try:
        async with asyncio.timeout(aim.timeout):
            await loop.sock_sendall(opened, datagram)
            spent += len(datagram) + headers
            while True:
                packet = await loop.sock_recv(opened, 2048)
                spent += len(packet) + headers
                if answers(packet):
                    return aim.clock.monotonic() - started, spent, None
    except OSError as error:
        told = next_error(opened)
        named = told and failure_of(aim.family, told.kind, told.code)
        return None, spent, named or failure.name_of(error)
