"""The system's own resolver, which blocks: asked in threads that nobody waits for.

Not in asyncio's: those are few, and a dead resolver that holds them all would keep the
beliefs about the lines from being read just then.
"""

import asyncio
import errno
import itertools
import os
import socket
import threading

from rabta.steer.race import Address


MOST = 64
"""Questions at a time."""
_asking: set[int] = set()
_numbers = itertools.count()


class NoSuchNameError(OSError):
    """A resolver said that there is no such name."""


async def by_system(host: str) -> list[Address]:
    """Return the addresses of *host*.

    Raises:
        NoSuchNameError: there is no such name.
        OSError: the resolver cannot be reached, or has too many questions already.
    """
    if len(_asking) >= MOST:
        raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))
    loop = asyncio.get_running_loop()
    told: asyncio.Future[list[Address]] = loop.create_future()
    number = next(_numbers)
    _asking.add(number)

    def tell(found: list[Address] | OSError) -> None:
        if told.done():  # whoever asked is gone
            return
        if isinstance(found, OSError):
            told.set_exception(found)
        else:
            told.set_result(found)

    def ask() -> None:
        found = _addresses(host)
        _asking.discard(number)
        try:
            loop.call_soon_threadsafe(tell, found)
        except RuntimeError:  # the program ends
            return

    # as a daemon: the end of the program does not wait for an answer
    threading.Thread(target=ask, name="rabta-name", daemon=True).start()
    return await told


def _addresses(host: str) -> list[Address] | OSError:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError as error:
        if isinstance(error, socket.gaierror) and error.errno == socket.EAI_NONAME:
            return NoSuchNameError()
        return error
    except UnicodeError:  # a label that is empty or too long
        return NoSuchNameError()
    families = {socket.AF_INET: 4, socket.AF_INET6: 6}
    return [
        (families[family], str(peer[0]))
        for family, _, _, _, peer in found
        if family in families
    ]
