"""Does the gateway answer on the local link, whatever it filters above it?

With the rights for raw sockets the neighbour is asked by ARP or NDP, and the answer is
timed. Without them a datagram to a port nobody uses makes the kernel ask, and its
neighbour table tells how that went; what it cannot tell in time counts as unmeasured.
"""

import asyncio
import socket
import sys

from rabta import failure
from rabta.model.observation import Observation
from rabta.model.target import Probe
from rabta.probes.aim import Aim
from rabta.probes.binding import open_socket


_DISCARD = 9  # RFC 863
_GLANCE = 0.1  # seconds between looks at the table
_FRESH = 3.0  # seconds for which the kernel's own confirmation counts as an answer


async def probe(aim: Aim) -> Observation:
    """Ask the neighbour once; the value is None where only the kernel knows."""
    sent = aim.clock.now()
    value = None
    try:
        value = await _reach(aim)
    except OSError as error:
        return aim.observe(Probe.NEIGHBOUR, sent, failure=failure.name_of(error))
    except _UnknownError:
        return aim.observe(Probe.NEIGHBOUR, sent, failure=failure.UNSUPPORTED)
    return aim.observe(Probe.NEIGHBOUR, sent, value=value)


class _UnknownError(Exception):
    """Neither an answer nor the lack of one could be established."""


async def _reach(aim: Aim) -> float | None:
    """Return the seconds until it answered; None when it is there, time unknown."""
    if sys.platform != "linux":
        raise _UnknownError
    from rabta.probes.neighbour_solicit import Solicitor

    solicitor = aim.neighbours or Solicitor(aim.binding)
    try:
        answered = await solicitor.ask(aim.address, aim.timeout, aim.clock)
    except PermissionError:
        return await _provoke(aim)
    finally:
        if aim.neighbours is None:
            solicitor.close()
    if answered is None:
        raise _UnknownError
    return answered


async def _provoke(aim: Aim) -> float | None:
    from rabta.probes.neighbour_table import look_up

    loop = asyncio.get_running_loop()
    with open_socket(aim.binding, socket.SOCK_DGRAM) as opened:
        opened.connect(aim.binding.sockaddr(aim.address, _DISCARD))
        started = aim.clock.monotonic()
        opened.send(b"")
        while True:
            try:
                async with asyncio.timeout(_GLANCE):
                    await loop.sock_recv(opened, 1)
                return aim.clock.monotonic() - started
            except ConnectionRefusedError:  # nobody listens, but somebody said so
                return aim.clock.monotonic() - started
            except TimeoutError:
                entry = look_up(aim.binding.interface, aim.address)
            if entry and entry.confirmed_ago < _FRESH:
                return None
            if aim.clock.monotonic() - started > aim.timeout:
                if entry and entry.is_unanswered:
                    raise TimeoutError
                raise _UnknownError
