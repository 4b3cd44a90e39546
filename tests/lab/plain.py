"""Look at the lab with plain sockets from the host: no code of Rabta is involved."""

import errno
import os
import socket
import ssl
import struct
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import dns.message
import dns.query
import dns.rcode

from .namespaces import inside
from .plan import ISPS
from .world import FOLDER


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Seen:
    """What an attempt came to: ``ok`` or the reason, and how long it took."""

    outcome: str
    seconds: float = 0.0
    said: str = ""

    @property
    def ok(self) -> bool:
        return self.outcome == "ok"


def _socket(uplink: int, address: str, kind: int, protocol: int = 0) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with inside("host"):
        made = socket.socket(family, kind, protocol)
    device = ISPS[uplink - 1].interface.encode()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device)
    return made


def _why(error: OSError) -> str:
    if isinstance(error, TimeoutError):
        return "timeout"
    if isinstance(error, ssl.SSLCertVerificationError):
        return "certificate"
    return errno.errorcode.get(error.errno or 0, type(error).__name__)


def together(*calls: Callable[[], T]) -> list[T]:
    """Do all *calls* at once and return what they gave, in their order."""
    with ThreadPoolExecutor(16) as pool:
        return [one.result() for one in [pool.submit(call) for call in calls]]


def ping(address: str, uplink: int = 1, timeout: float = 1.0, ttl: int = 0) -> Seen:
    """Send one echo request."""
    six = ":" in address
    protocol = socket.IPPROTO_ICMPV6 if six else socket.IPPROTO_ICMP
    with _socket(uplink, address, socket.SOCK_DGRAM, protocol) as icmp:
        icmp.settimeout(timeout)
        if ttl:
            icmp.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, ttl)
        mark = os.urandom(8)
        started = time.monotonic()
        try:
            icmp.connect((address, 0))
            icmp.send(struct.pack("!BBHHH", 128 if six else 8, 0, 0, 0, 1) + mark)
            while mark not in icmp.recv(100):
                pass
        except OSError as error:
            return Seen(_why(error), time.monotonic() - started)
        return Seen("ok", time.monotonic() - started)


def pings(
    address: str, count: int, uplink: int = 1, timeout: float = 0.3
) -> list[Seen]:
    """Send *count* echo requests, one after the other."""
    return [ping(address, uplink, timeout) for _ in range(count)]


def connect(
    address: str, port: int = 443, uplink: int = 1, timeout: float = 1.5
) -> Seen:
    """Open and close a TCP connection."""
    with _socket(uplink, address, socket.SOCK_STREAM) as tcp:
        tcp.settimeout(timeout)
        started = time.monotonic()
        try:
            tcp.connect((address, port))
        except OSError as error:
            return Seen(_why(error), time.monotonic() - started)
        return Seen("ok", time.monotonic() - started)


def ask(
    name: str, server: str, uplink: int = 1, kind: str = "A", timeout: float = 1.5
) -> tuple[Seen, list[str]]:
    """Ask over UDP; return what happened and the addresses of the first answer."""
    seen, answers = ask_all(name, server, uplink, kind, timeout, wait=0.0)
    return seen, answers[0] if answers else []


def ask_all(
    name: str,
    server: str,
    uplink: int = 1,
    kind: str = "A",
    timeout: float = 1.5,
    wait: float = 1.0,
    most: int = 0,
) -> tuple[Seen, list[list[str]]]:
    """Ask over UDP and listen for further answers for *wait* seconds.

    It ends sooner once there are *most*.
    """
    query = dns.message.make_query(name, kind)
    found: list[list[str]] = []
    outcome, seconds = "", 0.0
    with _socket(uplink, server, socket.SOCK_DGRAM) as udp:
        udp.settimeout(timeout)
        started = time.monotonic()
        try:
            udp.connect((server, 53))
            udp.send(query.to_wire())
            while True:
                answer = dns.message.from_wire(udp.recv(4096))
                if not found:
                    seconds = time.monotonic() - started
                    code = dns.rcode.to_text(answer.rcode())
                    outcome = "ok" if code == "NOERROR" else code
                found.append(
                    sorted(str(item) for rrset in answer.answer for item in rrset)
                )
                if not wait or len(found) == most:
                    break
                udp.settimeout(wait)
        except OSError as error:
            if not found:
                return Seen(_why(error), time.monotonic() - started), []
    return Seen(outcome, seconds), found


def fetch(
    address: str,
    host: str,
    path: str = "/",
    uplink: int = 1,
    timeout: float = 3.0,
    *,
    tls: bool = True,
) -> Seen:
    """Get *path* of *host* from *address*; ``ok`` is any answer, *said* all of it."""
    with _socket(uplink, address, socket.SOCK_STREAM) as tcp:
        tcp.settimeout(timeout)
        started = time.monotonic()
        try:
            tcp.connect((address, 443 if tls else 80))
            if tls:
                with _trusting().wrap_socket(tcp, server_hostname=host) as stream:
                    said = _get(stream, host, path)
            else:
                said = _get(tcp, host, path)
        except OSError as error:
            return Seen(_why(error), time.monotonic() - started)
    return Seen("ok", time.monotonic() - started, said)


def _get(stream: socket.socket, host: str, path: str) -> str:
    request = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    stream.sendall(request.encode())
    parts = []
    while data := stream.recv(65536):
        parts.append(data)
    return b"".join(parts).decode("latin-1")


def quic(address: str, uplink: int = 1, timeout: float = 1.5) -> Seen:
    """Ask for a version nobody speaks; ``ok`` is a Version Negotiation packet."""
    hello = b"\xc0\x0a\x0a\x0a\x0a\x08" + os.urandom(8) + b"\x08" + os.urandom(8)
    with _socket(uplink, address, socket.SOCK_DGRAM) as udp:
        udp.settimeout(timeout)
        started = time.monotonic()
        try:
            udp.connect((address, 443))
            udp.send(hello.ljust(1200, b"\0"))
            answer = udp.recv(2000)
        except OSError as error:
            return Seen(_why(error), time.monotonic() - started)
        good = answer[1:5] == bytes(4)
        return Seen("ok" if good else "odd", time.monotonic() - started)


def _trusting() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(FOLDER / "ca.pem"))
