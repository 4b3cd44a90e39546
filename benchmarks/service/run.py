"""What does one service check cost: a fresh TLS connection and a GET?

Processor time of the client alone, on loopback, one after another, median of five
rounds. The bar is 3 ms. Beside it asyncio's bare streams, Debian's
prometheus-blackbox-exporter where it is installed, and with ``--rivals`` httpx and
aiohttp, installed into a temporary environment.

    python benchmarks/service/run.py [--count 400] [--rivals] [--short]
"""

import argparse
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path


HERE = Path(__file__).parent
BAR = 3.0
Cost = tuple[float, float]
BLACKBOX = """modules:
  https:
    prober: http
    timeout: 5s
    http:
      preferred_ip_protocol: ip4
      tls_config:
        ca_file: {root}
"""


def client(
    name: str, port: int, root: str, count: int, python: str = sys.executable
) -> Cost:
    """Processor milliseconds a check and peak RSS in MB."""
    output = subprocess.run(
        [python, HERE / "clients.py", name, str(port), root, str(count)],
        stdout=subprocess.PIPE,
        check=True,
        text=True,
        env=os.environ | {"SSL_CERT_FILE": root, "SSL_CERT_DIR": "/nonexistent"},
    ).stdout
    spent, rss = output.split()
    return float(spent), float(rss)


def blackbox(program: str, port: int, root: str, count: int) -> Cost:
    """The same of the exporter, asked over HTTP for each check."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        own = free.getsockname()[1]
    with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
        file.write(BLACKBOX.format(root=root))
        file.flush()
        at = f"127.0.0.1:{own}"
        with subprocess.Popen(
            [program, f"--config.file={file.name}", f"--web.listen-address={at}"],
            stderr=subprocess.DEVNULL,
        ) as process:
            try:
                target = f"https://localhost:{port}/"
                ask = f"http://{at}/probe?module=https&target={target}"
                wait_for(own)
                for _ in range(10):
                    check(ask)
                began = ticks(process.pid)
                for _ in range(count):
                    check(ask)
                spent = (ticks(process.pid) - began) / os.sysconf("SC_CLK_TCK")
                status = Path(f"/proc/{process.pid}/status").read_text("ascii")
            finally:
                process.kill()
    rss = int(status.split("VmHWM:")[1].split()[0]) / 1000
    return 1000 * spent / count, rss


def check(url: str) -> None:
    with urllib.request.urlopen(url, timeout=5) as reply:
        assert b"\nprobe_success 1\n" in reply.read()


def ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


def wait_for(port: int) -> None:
    for _ in range(100):
        with socket.socket() as trial:
            if trial.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError("the exporter does not listen")


def rivals(folder: Path) -> str:
    """Install the rivals; return the interpreter that has them."""
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    python = str(folder / "bin" / "python")
    subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "httpx", "aiohttp"], check=True
    )
    return python


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=400)
    parser.add_argument("--rivals", action="store_true")
    parser.add_argument("--short", action="store_true", help="100 checks, 3 rounds")
    arguments = parser.parse_args()
    count, rounds = (100, 3) if arguments.short else (arguments.count, 5)
    costs: dict[str, list[Cost]] = {}
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(
            [sys.executable, HERE / "server.py", folder],
            stdout=subprocess.PIPE,
            text=True,
        ) as server,
    ):
        try:
            port, root = server.stdout.readline().split()
            at = (int(port), root, count)
            runs = {
                "rabta": lambda: client("rabta", *at),
                "asyncio streams": lambda: client("asyncio_streams", *at),
            }
            if program := shutil.which("prometheus-blackbox-exporter"):
                runs["blackbox_exporter"] = lambda: blackbox(program, *at)
            if arguments.rivals:
                python = rivals(Path(folder) / "rivals")
                runs["httpx"] = lambda: client("httpx", *at, python)
                runs["aiohttp"] = lambda: client("aiohttp", *at, python)
            for _ in range(rounds):
                for name, run in runs.items():
                    costs.setdefault(name, []).append(run())
        finally:
            server.kill()
    print(f"{'fresh TLS GET':20} ms of processor   peak RSS MB")
    for name, found in costs.items():
        spent, rss = (statistics.median(column) for column in zip(*found, strict=True))
        print(f"{name:20} {spent:15.2f}   {rss:11.0f}")
    mine = statistics.median(spent for spent, _ in costs["rabta"])
    print("passed" if mine <= BAR else f"missed: {mine:.2f} ms (bar {BAR:.0f})")
    return 0 if mine <= BAR else 3


if __name__ == "__main__":
    sys.exit(main())
