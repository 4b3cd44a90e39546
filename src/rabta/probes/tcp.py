"""TCP connect: does the port answer, and how fast?"""

import asyncio
import socket
from contextlib import suppress

from rabta import failure
from rabta.model.observation import Observation
from rabta.model.target import Probe
from rabta.probes.aim import Aim
from rabta.probes.binding import open_socket
from rabta.probes.tcp_info import tcp_info


# SYN, SYN-ACK, ACK, FIN, FIN-ACK, ACK with common options; a refusal is SYN and RST
_ANSWERED_BYTES = {4: 2 * 60 + 4 * 52, 6: 2 * 80 + 4 * 72}
_REFUSED_BYTES = {4: 60 + 40, 6: 80 + 60}
_SILENT_BYTES = {4: 60, 6: 80}


async def probe(aim: Aim) -> Observation:
    """Connect once to the target's port and close again.

    The time includes what the kernel spends on repeating a lost SYN, as it does for
    every program on this host. Where the first SYN was answered it is the kernel's own
    figure: a busy machine wakes this process late, and that is no delay of the line.
    """
    sent = aim.clock.now()
    started = aim.clock.monotonic()
    try:
        async with asyncio.timeout(aim.timeout):
            with open_socket(aim.binding, socket.SOCK_STREAM) as opened:
                to = aim.binding.sockaddr(aim.address, aim.target.port)
                await asyncio.get_running_loop().sock_connect(opened, to)
                took = aim.clock.monotonic() - started
                value = min(took, _round_trip(opened) or took)
                _part(opened)
    except OSError as error:
        return aim.observe(
            Probe.TCP,
            sent,
            failure=failure.name_of(error),
            spent_bytes=_spent(aim, error),
        )
    spent = _ANSWERED_BYTES[aim.family]
    return aim.observe(Probe.TCP, sent, value=value, spent_bytes=spent)


def _round_trip(opened: socket.socket) -> float | None:
    """Return the seconds between SYN and its answer; None where none can tell."""
    told = tcp_info(opened)
    return told.rtt / 1e6 if told and told.rtt and not told.retransmissions else None


def _part(opened: socket.socket) -> None:
    """Say goodbye by FIN: closing with unread bytes would send a reset."""
    with suppress(OSError):
        opened.shutdown(socket.SHUT_WR)
        while opened.recv(65536):
            pass


def _spent(aim: Aim, error: OSError) -> int:
    if isinstance(error, ConnectionError):
        return _REFUSED_BYTES[aim.family]
    return _SILENT_BYTES[aim.family] if isinstance(error, TimeoutError) else 0
