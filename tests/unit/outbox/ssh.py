"""A real sshd on loopback with keys of its own, and a line to it that can break."""

import getpass
import os
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.unit.outbox.stores import free_port, running


SSHD = Path("/usr/sbin/sshd")


def key(file: Path) -> Path:
    argv = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(file)]
    subprocess.run(argv, check=True)
    return file


@contextmanager
def sshd(folder: Path) -> Iterator[int]:
    """Serve whoever runs the test, by key alone; the port."""
    host, mine = key(folder / "host"), key(folder / "mine")
    (folder / "allowed").write_text(mine.with_suffix(".pub").read_text())
    port = free_port()
    if os.geteuid() == 0:  # which sshd asks for, and a service would have made
        Path("/run/sshd").mkdir(exist_ok=True)
    (folder / "sshd_config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {host}\nPidFile none\n"
        f"AuthorizedKeysFile {folder}/allowed\nStrictModes no\nUsePAM no\n"
        "PasswordAuthentication no\nPermitRootLogin yes\n"
        "Subsystem sftp internal-sftp\n"
    )
    argv = [str(SSHD), "-D", "-e", "-f", str(folder / "sshd_config")]
    with (folder / "log").open("wb") as log, running(argv, port, log):
        yield port


def programs(folder: Path) -> Path:
    """Return a folder with an ssh and an sftp that know the key and the host.

    OpenSSH reads the configuration of the account and not of ``HOME``.
    """
    config = folder / "ssh_config"
    config.write_text(
        f"IdentityFile {folder}/mine\nIdentitiesOnly yes\nUser {getpass.getuser()}\n"
        f"StrictHostKeyChecking accept-new\nUserKnownHostsFile {folder}/known\n"
        "NoHostAuthenticationForLocalhost yes\nLogLevel ERROR\n"
    )
    at = folder / "bin"
    at.mkdir()
    for name in ("ssh", "sftp"):
        script = at / name
        script.write_text(f'#!/bin/sh\nexec /usr/bin/{name} -F {config} "$@"\n')
        script.chmod(0o755)
    return at


class Line:
    """A way to a port of loopback that ends its connections, once, after some bytes."""

    def __init__(self, to: int) -> None:
        self._to = to
        self.cut_after = 0
        """Bytes to the far side after which a connection is ended; 0 for never."""
        self.carried = 0
        """Bytes that reached the far side."""
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        self._accepting = threading.Thread(target=self._accept)
        self._accepting.start()

    def close(self) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._accepting.join()
        self._server.close()

    def _accept(self) -> None:
        carrying = []
        with suppress(OSError):
            while True:
                near, _ = self._server.accept()
                one = threading.Thread(target=self._carry, args=(near,))
                one.start()
                carrying.append(one)
        for one in carrying:
            one.join()

    def _carry(self, near: socket.socket) -> None:
        far = socket.create_connection(("127.0.0.1", self._to))
        with near, far:
            back = threading.Thread(target=_pass, args=(far, near))
            back.start()
            _pass(near, far, self._count)
            back.join()

    def _count(self, size: int) -> bool:
        """Note what was carried; whether the line holds."""
        self.carried += size
        time.sleep(0.001)  # slower than loopback, so that there is a middle
        if not self.cut_after or self.carried < self.cut_after:
            return True
        self.cut_after = 0
        return False


def _pass(
    source: socket.socket, sink: socket.socket, goes_on: Callable[[int], bool] = bool
) -> None:
    with suppress(OSError):
        while data := source.recv(16384):
            sink.sendall(data)
            if not goes_on(len(data)):
                break
    for one in (source, sink):
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
