"""What does it cost to go through ``rabta relay``?

A sender and a receiver on loopback, each a process of its own: straight, and through a
real ``rabta relay`` by SOCKS5, by turns, so that both meet the same busy machine. The
ratio is that of the medians. Then 1,000 connections at a time, each asking and getting
its own bytes back while all others stand; three times more: does memory grow?

Passes at 60 % of the direct throughput with at most one core, 1,000 of 1,000 served,
and at most 2 MB more after the fourth thousand than after the second.

    python benchmarks/relay/run.py [--rounds 7] [--megabytes 1000] [--short]
"""

import argparse
import asyncio
import contextlib
import json
import os
import resource
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path


SHARE, CORES, CROWD, GROWTH = 0.60, 1.0, 1000, 2_000_000
MISSED, WRONG = 3, 4
_PIECE = 1 << 18
_TICK = os.sysconf("SC_CLK_TCK")


def receive(ready: int) -> None:
    """Count what each connection brings and tell it at the end; or echo."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
            writer.close()

    async def main() -> None:
        server = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=2000)
        os.write(ready, f"{server.sockets[0].getsockname()[1]}\n".encode())
        await server.serve_forever()

    if os.fork() == 0:
        asyncio.run(main())
    with socket.create_server(("127.0.0.1", 0)) as server:
        os.write(ready, f"{server.getsockname()[1]}\n".encode())
        buffer = bytearray(_PIECE)
        while True:
            one, _ = server.accept()
            with one:
                count = 0
                while more := one.recv_into(buffer):
                    count += more
                one.sendall(str(count).encode())


@contextlib.contextmanager
def far_side() -> Iterator[tuple[int, int]]:
    """Run the receivers in a session of their own; the ports of both."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.setsid()
        receive(write)
    os.close(write)
    with os.fdopen(read) as lines:
        ports = sorted(int(lines.readline()) for _ in range(2))
        kinds = {port: _is_echo(port) for port in ports}
    try:
        (echo,) = [port for port in ports if kinds[port]]
        (sink,) = [port for port in ports if not kinds[port]]
        yield echo, sink
    finally:
        os.killpg(child, signal.SIGKILL)
        os.waitpid(child, 0)


def _is_echo(port: int) -> bool:
    with socket.create_connection(("127.0.0.1", port), 10) as one:
        one.sendall(b"?")
        one.shutdown(socket.SHUT_WR)
        return one.recv(10) == b"?"


@contextlib.contextmanager
def relay() -> Iterator[tuple[int, int]]:
    """Run a relay as a user does; its process and port."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "rabta.toml"
        file.touch()
        argv = [sys.executable, "-m", "rabta", "relay", "--json", "--port", "0"]
        argv += ["--config", str(file), "--store", f"{folder}/store"]
        with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:
            try:
                told = json.loads(process.stdout.readline())
                yield process.pid, int(told["address"].rpartition(":")[2])
            finally:
                process.terminate()


def hello(port: int) -> bytes:
    """What asks a SOCKS5 server for a port of this machine."""
    return b"\x05\x01\x00\x05\x01\x00\x01\x7f\x00\x00\x01" + port.to_bytes(2, "big")


def send(port: int, through: int, size: int) -> float:
    """Send *size* bytes; bytes a second until the other side has told their count."""
    piece = bytes(_PIECE)
    with socket.create_connection(("127.0.0.1", through or port)) as one:
        if through:
            one.sendall(hello(port))
            left = 12
            while left:
                left -= len(one.recv(left))
        began = time.perf_counter()
        left = size
        while left:
            left -= one.send(piece[: min(left, _PIECE)])
        one.shutdown(socket.SHUT_WR)
        told = int(one.recv(100))
        spent = time.perf_counter() - began
    if told != size:
        print(f"wrong: {told} of {size} bytes arrived")
        sys.exit(WRONG)
    return size / spent


def processor(pid: int) -> float:
    """Seconds of processor a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


def memory(pid: int) -> int:
    """Bytes of memory a process holds."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * resource.getpagesize()


async def crowd(port: int, through: int, count: int) -> tuple[int, float]:
    """Open *count* connections, use all while all stand; (how many were right, s)."""
    all_open = asyncio.Barrier(count)

    async def one(number: int) -> bool:
        reader, writer = await asyncio.open_connection("127.0.0.1", through)
        try:
            writer.write(hello(port))
            await reader.readexactly(12)
            await all_open.wait()
            mine = number.to_bytes(4, "big") * 2500
            writer.write(mine)
            good = await reader.readexactly(len(mine)) == mine
            await all_open.wait()
            return good
        finally:
            writer.close()

    began = time.perf_counter()
    async with asyncio.timeout(120):
        told = await asyncio.gather(*map(one, range(count)), return_exceptions=True)
    return sum(t is True for t in told), time.perf_counter() - began


def main() -> int:
    """Measure and tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--megabytes", type=int, default=1000)
    parser.add_argument("--short", action="store_true")
    given = parser.parse_args()
    if given.short:
        given.rounds, given.megabytes = 3, 300
    size = given.megabytes * 1_000_000
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    missed = []
    with far_side() as (echo, sink), relay() as (pid, port):
        straight, through, used = [], [], []
        for _ in range(given.rounds):
            straight.append(send(sink, 0, size))
            before = processor(pid)
            through.append(send(sink, port, size))
            used.append((processor(pid) - before) / (size / through[-1]))
        direct, relayed = statistics.median(straight), statistics.median(through)
        share, cores = relayed / direct, statistics.median(used)
        per_gb = statistics.median(
            u * 1e9 / t for u, t in zip(used, through, strict=True)
        )
        print(f"direct          {direct / 1e6:8.0f} MB/s")
        print(f"through it      {relayed / 1e6:8.0f} MB/s   {share:.0%} of direct")
        print(f"processor       {per_gb:8.2f} s a GB   {cores:.2f} cores")
        if share < SHARE:
            missed.append(f"{share:.0%} of the direct throughput, not {SHARE:.0%}")
        if cores > CORES:
            missed.append(f"{cores:.2f} cores")
        held = [memory(pid)]
        for turn in ("first", "second", "third", "fourth"):
            right, seconds = asyncio.run(crowd(echo, port, CROWD))
            held.append(memory(pid))
            told = f"{turn} {CROWD:,}".ljust(16)
            print(
                f"{told}{right:8,} served in {seconds:.1f} s; {held[-1] / 1e6:.0f} MB"
            )
            if right < CROWD:
                print(f"wrong: {CROWD - right} of {CROWD} connections were not served")
                return WRONG
        print(f"memory before   {held[0] / 1e6:8.0f} MB")
        if (grown := held[-1] - held[2]) > GROWTH:
            missed.append(f"{grown / 1e6:.1f} MB more after the fourth thousand")
    for one in missed:
        print(f"missed: {one}")
    return MISSED if missed else 0


if __name__ == "__main__":
    sys.exit(main())
