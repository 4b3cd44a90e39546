"""A listening socket, and enough open files for all who may come."""

import contextlib
import errno
import socket
import sys

from rabta.errors import PlatformError


_BACKLOG = 1024
_OTHER_FILES = 512  # pipes, the store, names being asked, those in the lobby


def listen(host: str, port: int) -> socket.socket:
    """Listen on *host*, an address.

    Raises:
        PlatformError: the port is taken or not permitted, or the address not ours.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    opened = socket.socket(family, socket.SOCK_STREAM)
    try:
        if sys.platform != "win32":  # there it would share the port with others
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind((host, port))
        opened.listen(_BACKLOG)
    except OSError as error:
        opened.close()
        hint = "is another relay running? choose a port with --port"
        if error.errno != errno.EADDRINUSE:
            hint = "see 'rabta config show' for what [relay] says"
        reason = error.strerror or str(error)
        raise PlatformError(
            f"cannot listen on {host} port {port}: {reason}", hint=hint
        ) from None
    return opened


def room_for(most: int) -> int:
    """Ask the system for two open files a connection; how many it grants, up to *most*.

    Some are left for everything else.
    """
    if sys.platform == "win32":
        return most
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * most + _OTHER_FILES
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        wanted = 2 * most + _OTHER_FILES if soft == resource.RLIM_INFINITY else soft
    else:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return max(1, min(most, (wanted - _OTHER_FILES) // 2))
