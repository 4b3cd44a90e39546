"""Object stores on loopback, each a process of its own."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def running(argv: list[str], port: int, log) -> Iterator[None]:
    """Run a server until it is no longer needed; wait until it listens."""
    with subprocess.Popen(argv, stdout=log, stderr=log, env=dict(os.environ)) as server:
        try:
            end = time.monotonic() + 60
            while True:
                with socket.socket() as trying:
                    if trying.connect_ex(("127.0.0.1", port)) == 0:
                        break
                if server.poll() is not None or time.monotonic() > end:
                    raise RuntimeError(f"{argv[0]} does not listen on {port}")
                time.sleep(0.05)
            yield
        finally:
            server.kill()


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def s3(port: int) -> list[str]:
    return [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]


def google(port: int) -> list[str]:
    words = ["--host", "127.0.0.1", "--port", str(port), "--in-memory"]
    start = "from gcp_storage_emulator.__main__ import main; main()"
    return [sys.executable, "-c", start, "start", *words, "--default-bucket", "films"]
