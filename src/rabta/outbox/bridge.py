"""An ssh's way through a relay: its ``ProxyCommand``, a script of its own.

``python bridge.py HOST PORT`` asks the relay that ``RABTA_RELAY`` names to connect
there (CONNECT, RFC 9110), then passes on what comes at its standard input and back. It
imports nothing of Rabta, so that a connection begins in a few hundredths of a second.
"""

import base64
import os
import socket
import sys
import threading
from contextlib import suppress


VARIABLE = "RABTA_RELAY"
_PIECE = 64 * 1024
_LONGEST = 32 * 1024


def main() -> None:
    """Connect and pass on until either side has said all."""
    host, port = sys.argv[1:3]
    user, _, place = os.environ[VARIABLE].rpartition("@")
    home, _, at = place.rpartition(":")
    far = socket.create_connection((home, int(at)))
    far.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    whither = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    proof = base64.b64encode(user.encode()).decode()
    far.sendall(
        f"CONNECT {whither} HTTP/1.1\r\nHost: {whither}\r\n"
        f"Proxy-Authorization: Basic {proof}\r\n\r\n".encode()
    )
    answer = _answer(far)
    if answer.split(b" ", 2)[1:2] != [b"200"]:
        sys.exit(answer.decode("utf-8", "replace").strip() or "the relay hung up")
    sending = threading.Thread(target=_send, args=(far,), daemon=True)
    sending.start()
    with suppress(OSError):
        while piece := far.recv(_PIECE):
            _write(1, piece)
    os._exit(0)  # the other thread may wait for a standard input that stays open


def _answer(far: socket.socket) -> bytes:
    """Return the head of the answer, or all of one that refuses."""
    found = b""
    while len(found) < _LONGEST and not found.endswith(b"\r\n\r\n"):
        byte = far.recv(1)  # not one more: what follows is for the ssh
        if not byte:
            break
        found += byte
    return found


def _send(far: socket.socket) -> None:
    with suppress(OSError):
        while piece := os.read(0, _PIECE):
            far.sendall(piece)
        far.shutdown(socket.SHUT_WR)


def _write(descriptor: int, piece: bytes) -> None:
    while piece:
        piece = piece[os.write(descriptor, piece) :]


if __name__ == "__main__":
    main()
