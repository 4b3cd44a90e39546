"""``rabta relay`` on a host with two lines, one of which fails for real."""

import contextlib
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

import pytest

from .daemon import Rabta, all_fine
from .namespaces import inside
from .plan import ISPS, ZONE
from .world import FOLDER, ROOT, Lab


pytestmark = [pytest.mark.lab, pytest.mark.slow]

PORT = 7777
ECHO = f"""
import asyncio
async def serve(reader, writer):
    try:
        writer.write(writer.get_extra_info("peername")[0].encode() + b"\\n")
        while data := await reader.read(4096):
            writer.write(data)
    except OSError:
        pass
    writer.close()
async def main():
    server = await asyncio.start_server(serve, ["0.0.0.0", "::"], {PORT})
    print("ready", flush=True)
    await server.serve_forever()
asyncio.run(main())
"""
"""Says who came, then echoes."""
RULES = f"""
[[relay.rule]]
hosts = ["west11.{ZONE}"]
prefer = "wan2"
[[relay.rule]]
hosts = ["west12.{ZONE}"]
unmetered = true
"""
METERED = '[[uplink]]\ninterface = "wan2"\nmetered = true\n'
ANY, SECOND, CHEAP = (f"west{number}.{ZONE}" for number in (10, 11, 12))


@pytest.fixture(scope="module", autouse=True)
def echo(lab: Lab) -> Iterator[None]:
    """Serve on every address of the site in the west."""
    argv = [sys.executable, "-c", ECHO]
    with lab.popen(argv, "west", stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == b"ready\n"
            yield
        finally:
            process.kill()


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    """Close what a test has opened."""
    yield
    while Asked.opened:
        Asked.opened.pop().close()


@contextmanager
def relaying(lab: Lab, file: Path, *words: str) -> Iterator[int]:
    """Run a relay with the configuration *file*; its port."""
    argv = [sys.executable, "-m", "rabta", "relay", "--json", "--port", "0"]
    argv += ["--config", str(file), *words]
    with lab.popen(
        argv, cwd=ROOT, stdout=subprocess.PIPE, start_new_session=True
    ) as process:
        assert process.stdout is not None
        try:
            told = json.loads(process.stdout.readline())
            assert len(told["uplinks"]) == 2
            yield int(told["address"].rpartition(":")[2])
        finally:
            process.terminate()
        assert process.wait(20) == 0


@contextmanager
def alone(lab: Lab, text: str = RULES) -> Iterator[int]:
    """Run a relay where nobody measures."""
    file = FOLDER / "alone.toml"
    file.write_text(text)
    with relaying(lab, file, "--store", str(FOLDER / "no-store")) as port:
        yield port


class Asked:
    """One connection asked of the relay by SOCKS5."""

    opened: ClassVar[list[socket.socket]] = []

    def __init__(self, port: int, host: str) -> None:
        with inside("host"):
            self.socket = socket.create_connection(("127.0.0.1", port), 20)
        self.opened.append(self.socket)
        raw = host.encode()
        began = time.monotonic()
        self.socket.sendall(b"\x05\x01\x00")
        assert self.socket.recv(2) == b"\x05\x00"
        request = bytes([5, 1, 0, 3, len(raw)]) + raw + PORT.to_bytes(2, "big")
        self.socket.sendall(request)
        self.code = self.socket.recv(10)[1]
        self.seconds = time.monotonic() - began
        self.uplink = self._uplink() if not self.code else ""

    def _uplink(self) -> str:
        with self.socket.makefile("rb") as lines:
            peer = lines.readline().decode().strip()
        isps = (isp for isp in ISPS if peer.startswith((isp.net4, isp.net6)))
        return next(isps).interface

    def echoes(self) -> bool:
        self.socket.sendall(b"there?")
        return self.socket.recv(6) == b"there?"

    def ends_within(self, seconds: float) -> float | None:
        """Return after how long it was reset; None if it was not."""
        began = time.monotonic()
        self.socket.settimeout(seconds)
        with contextlib.suppress(TimeoutError):
            try:
                assert not self.socket.recv(1), "neither reset nor data was due"
            except ConnectionResetError:
                return time.monotonic() - began
        return None


def sent_over(lab: Lab, interface: str) -> int:
    told = lab.run(["ip", "-j", "-s", "link", "show", interface]).stdout
    return int(json.loads(told)[0]["stats64"]["tx"]["packets"])


def test_each_connection_takes_the_first_line_or_the_one_its_rule_prefers(
    lab: Lab,
) -> None:
    with alone(lab) as port:
        assert Asked(port, ANY).uplink == "wan1"
        assert Asked(port, SECOND).uplink == "wan2"


def test_before_a_black_hole_is_known_the_race_finds_the_other_line(lab: Lab) -> None:
    with alone(lab) as port, lab.fault("first-hop-dead"):
        asked = [Asked(port, ANY) for _ in range(5)]
    assert {one.uplink for one in asked} == {"wan2"}
    print("seconds by the race:", sorted(round(one.seconds, 3) for one in asked))
    assert min(one.seconds for one in asked) < 1.5


def test_carrier_loss_ends_what_the_line_held_and_nothing_else(lab: Lab) -> None:
    with alone(lab) as port:
        dying, living = Asked(port, ANY), Asked(port, SECOND)
        with lab.fault("link-down"):
            ended = dying.ends_within(5)
            assert Asked(port, ANY).uplink == "wan2"
            assert living.echoes()
    print("seconds to the reset:", ended)
    assert ended is not None


def test_a_metered_line_is_never_used_for_what_is_forbidden(lab: Lab) -> None:
    with alone(lab, METERED + RULES) as port:
        assert Asked(port, CHEAP).uplink == "wan1"
        with lab.fault("link-down"):
            until_known = time.monotonic() + 30
            while (asked := Asked(port, CHEAP)).code != 2:
                assert asked.code
                assert time.monotonic() < until_known
            quiet(lab)
            before = sent_over(lab, "wan2")
            assert [Asked(port, CHEAP).code for _ in range(10)] == [2] * 10
            assert sent_over(lab, "wan2") == before
            assert Asked(port, ANY).uplink == "wan2"
            assert sent_over(lab, "wan2") > before


def quiet(lab: Lab) -> None:
    """Wait until nothing of what went before is on the second line."""
    last = -1
    while (now := sent_over(lab, "wan2")) != last:
        last = now
        time.sleep(0.5)


def test_once_the_daemon_knows_no_connection_tries_the_dead_line(lab: Lab) -> None:
    with Rabta(lab, FOLDER / "relayed", pace=0.2) as rabta:
        with rabta.file.open("a") as more:
            more.write(RULES)
        assert rabta.wait(all_fine, 60, 3) is not None, rabta.codes
        with relaying(lab, rabta.file) as port:
            held = Asked(port, ANY)
            assert held.uplink == "wan1"
            with lab.fault("first-hop-dead"):
                began = time.monotonic()
                ended = held.ends_within(30)
                known = time.monotonic() - began
                asked = [Asked(port, ANY) for _ in range(5)]
            assert ended is not None
            assert {one.uplink for one in asked} == {"wan2"}
            print("seconds until known:", round(known, 2))
            print("then:", sorted(round(one.seconds, 3) for one in asked))
            assert min(one.seconds for one in asked) < 1.0
