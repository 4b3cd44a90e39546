"""A near and a far host, and the rights of this thread."""

import asyncio
import ctypes
import errno
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from rabta.clock import SystemClock
from rabta.model import Probe, Rung, Target
from rabta.probes import Aim, Binding
from rabta.probes.icmp_engine import IcmpEngine
from tests.lab.namespaces import inside


NEAR, FAR = "10.0.0.1", "10.0.0.2"
NEAR_6, FAR_6 = "fd00::1", "fd00::2"

_JOINED = f"""
ip netns add far
ip link add near type veth peer name far netns far
ip address add {NEAR}/24 dev near
ip -6 address add {NEAR_6}/64 dev near nodad
ip link set near up
ip -n far address add {FAR}/24 dev far
ip -n far -6 address add {FAR_6}/64 dev far nodad
ip -n far link set lo up
ip -n far link set far up
ip route add 10.1.0.0/16 via {FAR}
ip -n far route add local 10.1.0.0/16 dev lo
"""


def sh(script: str) -> None:
    """Run shell commands; the first that fails is the error."""
    subprocess.run(["sh", "-ec", script], check=True)


@contextmanager
def joined() -> Iterator[None]:
    """Join this network with a namespace ``far`` by the interface ``near``."""
    sh(_JOINED)
    wait_for(lambda: answers(FAR) and answers(FAR_6, 6))
    try:
        yield
    finally:
        subprocess.run(["ip", "link", "delete", "near"], check=False)
        sh("ip netns delete far")


def answers(address: str, family: int = 4) -> bool:
    """Whether TCP to *address* is refused, which takes somebody to do."""
    inet = socket.AF_INET if family == 4 else socket.AF_INET6
    with socket.socket(inet, socket.SOCK_STREAM) as opened:
        opened.settimeout(0.2)
        return opened.connect_ex((address, 9)) == errno.ECONNREFUSED


def wait_for(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    """Wait until *condition* holds: links take a moment to come up."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the lab does not come up"
        time.sleep(0.05)


def near(family: int = 4) -> Binding:
    return Binding("near", NEAR if family == 4 else NEAR_6, family, "device")


def aim(
    probe: Probe,
    address: str,
    timeout: float = 1.0,
    icmp: IcmpEngine | None = None,
    port: int = 443,
) -> Aim:
    family = 6 if ":" in address else 4
    target = Target("far", Rung.GATEWAY, address, (probe,), port=port)
    clock = SystemClock()
    return Aim(target, address, "one", near(family), clock, timeout, icmp=icmp)


@contextmanager
def without_rights() -> Iterator[None]:
    """Take all capabilities from this thread for a while (capabilities(7))."""
    libc = ctypes.CDLL(None, use_errno=True)
    header = struct.pack("=Ii", 0x20080522, 0)
    before = ctypes.create_string_buffer(24)
    assert libc.capget(header, before) == 0
    effective, *rest = struct.unpack("=6I", before.raw)
    none = struct.pack("=6I", 0, rest[0], rest[1], 0, rest[3], rest[4])
    assert effective
    assert libc.capset(header, none) == 0
    try:
        yield
    finally:
        assert libc.capset(header, before.raw) == 0


Behaviour = Callable[[bytes], list[tuple[float, bytes]]]
"""From an echo request to answers, each after so many seconds."""


@contextmanager
def impostor(behave: Behaviour) -> Iterator[None]:
    """Have *behave* answer echo requests in the far kernel's place."""
    loop = asyncio.get_running_loop()
    with inside("far"):
        sh("ip netns exec far sysctl -qw net.ipv4.icmp_echo_ignore_all=1")
        raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    raw.setblocking(False)

    def answer(packet: bytes, to: tuple[str, int]) -> None:
        with suppress(OSError):  # closed by now
            raw.sendto(packet, to)

    def hear() -> None:
        with suppress(BlockingIOError):
            while True:
                packet, source = raw.recvfrom(1500)
                if packet[20] == 8:
                    for delay, said in behave(packet[20:]):
                        # a thread, so that it is sent even while the loop is busy
                        threading.Timer(delay, answer, (said, source)).start()

    loop.add_reader(raw, hear)
    try:
        yield
    finally:
        loop.remove_reader(raw)
        raw.close()
        sh("ip netns exec far sysctl -qw net.ipv4.icmp_echo_ignore_all=0")


def reply(request: bytes, **changed: bytes) -> bytes:
    """Return the echo reply to *request* with fields changed and a right checksum."""
    fields = {"ident": request[4:6], "sequence": request[6:8], "payload": request[8:]}
    fields |= changed
    body = fields["ident"] + fields["sequence"] + fields["payload"]
    total = sum(struct.unpack(f"!{len(body) // 2}H", body)) % 0xFFFF
    return struct.pack("!BBH", 0, 0, 0xFFFF - total) + body
