"""The user-space forwarder: delay, jitter, loss, queues and middleboxes.

The kernel here has no netem. Each **leg** joins two TUN (or TAP) devices in two
namespaces; a packet read from one end waits in a heap until it is due and is written
to the other. One process serves all legs; it is told what to do by JSON lines over a
socket and answers each with ``ok``.
"""

import fcntl
import heapq
import json
import os
import random
import select
import socket
import struct
import sys
import time
from dataclasses import dataclass, field
from typing import Any

from .middlebox import Bucket, Rule, inspect
from .namespaces import inside


_TUNSETIFF = 0x400454CA
_IFF_TUN, _IFF_TAP, _IFF_NO_PI = 0x0001, 0x0002, 0x1000
_MTU = 65536


@dataclass(slots=True)
class Way:
    """One direction of a leg."""

    delay: float = 0.0
    jitter: float = 0.0
    """Mean of an exponential addition to the delay; order is kept."""
    loss: float = 0.0
    burst: tuple[float, float, float] | None = None
    """Gilbert-Elliott: P(good to bad), P(bad to good), loss while bad; per packet."""
    stall: tuple[float, float] | None = None
    """(mean seconds between stalls, seconds of a stall): a busy radio channel."""
    rate: float = 0.0
    """Bits per second; 0 is unlimited."""
    queue: float = 0.0
    """Seconds of queue in front of *rate*: deep is bufferbloat, 0 is a policer."""
    hole: bool = False
    _bad: bool = False
    _stalled_until: float = 0.0
    _next_stall: float = 0.0
    _free_at: float = 0.0
    _last_due: float = 0.0
    _bucket: Bucket | None = None

    def due(self, size: int, now: float) -> float | None:
        """Return when a packet of *size* bytes comes out; None when it is lost."""
        if self.hole or (self.loss and random.random() < self.loss) or self._burst():
            return None
        ready = now
        if self.rate and self.queue:
            self._free_at = max(self._free_at, now) + 8 * size / self.rate
            if self._free_at - now > self.queue:
                self._free_at -= 8 * size / self.rate
                return None
            ready = self._free_at
        elif self.rate:
            if self._bucket is None:
                self._bucket = Bucket(self.rate, depth=max(3000.0, self.rate / 160))
            if not self._bucket.takes(size, now):
                return None
        if self.stall:
            ready = max(ready, self._stalled(now))
        due = ready + self.delay
        if self.jitter:
            due += random.expovariate(1 / self.jitter)
        self._last_due = due = max(due, self._last_due)
        return due

    def _burst(self) -> bool:
        if self.burst is None:
            return False
        enter, leave, loss = self.burst
        if random.random() < (leave if self._bad else enter):
            self._bad = not self._bad
        return self._bad and random.random() < loss

    def _stalled(self, now: float) -> float:
        between, length = self.stall or (1.0, 0.0)
        if now >= self._next_stall:
            self._stalled_until = now + length
            self._next_stall = now + length + random.expovariate(1 / between)
        return self._stalled_until


@dataclass(slots=True)
class Leg:
    """Two ends and what lies between them."""

    ends: tuple[int, int]
    """Descriptors of the end near the host and the far one."""
    ways: list[Way]
    rules: dict[int, Rule] = field(default_factory=dict)


class Forwarder:
    """All legs and the packets on their way."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._lines = control.makefile("r")
        self._legs: dict[str, Leg] = {}
        self._ends: dict[int, tuple[Leg, int]] = {}
        self._air: list[tuple[float, int, int, bytes]] = []
        self._count = 0

    def run(self) -> None:
        """Forward until the lab closes the control socket."""
        while True:
            wait = self._air[0][0] - time.monotonic() if self._air else 60.0
            orders = self._control.fileno()
            watched = [orders, *self._ends]
            for end in select.select(watched, [], [], max(wait, 0.0))[0]:
                if end == orders:
                    if not self._obey():
                        return
                elif end in self._ends:  # unless the order just taken ended it
                    self._receive(end)
            self._deliver()

    def _receive(self, end: int) -> None:
        leg, way = self._ends[end]
        for _ in range(16):
            try:
                raw = os.read(end, _MTU)
            except BlockingIOError:
                return
            now = time.monotonic()
            if leg.rules:
                rules = [*leg.rules.values()]
                for direction, packet, held in inspect(rules, raw, way, now):
                    self._send(leg, direction, packet, now, held)
            else:
                self._send(leg, way, raw, now)

    def _send(
        self, leg: Leg, way: int, packet: bytes, now: float, held: float = 0.0
    ) -> None:
        due = leg.ways[way].due(len(packet), now)
        if due is not None:
            self._count += 1
            far = leg.ends[1 - way]
            heapq.heappush(self._air, (due + held, self._count, far, packet))

    def _deliver(self) -> None:
        now = time.monotonic()
        while self._air and self._air[0][0] <= now:
            end, packet = heapq.heappop(self._air)[2:]
            try:
                os.write(end, packet)
            except OSError:  # the device is down, or its queue is full
                continue

    def _obey(self) -> bool:
        line = self._lines.readline()
        if not line:
            return False
        order = json.loads(line)
        getattr(self, f"_do_{order.pop('do')}")(**order)
        self._control.sendall(b"ok\n")
        return True

    def _do_join(self, leg: str, near: list[str], far: list[str], *, tap: bool) -> None:
        ends = (_device(*near, tap=tap), _device(*far, tap=tap))
        made = self._legs[leg] = Leg(ends, [Way(), Way()])
        for way, end in enumerate(ends):
            self._ends[end] = (made, way)

    def _do_part(self, leg: str) -> None:
        for end in self._legs.pop(leg).ends:
            del self._ends[end]
            os.close(end)
            self._air = [packet for packet in self._air if packet[2] != end]
        heapq.heapify(self._air)

    def _do_set(self, leg: str, ways: list[int], **what: Any) -> None:
        """Replace what *ways* of *leg* do; what is not said is as in a plain one."""
        for way in ways:
            self._legs[leg].ways[way] = Way(**what)

    def _do_rule(self, leg: str, number: int, **what: Any) -> None:
        self._legs[leg].rules[number] = Rule(**what)

    def _do_unrule(self, leg: str, number: int) -> None:
        self._legs[leg].rules.pop(number, None)


def _device(namespace: str, name: str, *, tap: bool) -> int:
    with inside(namespace):
        descriptor = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        flags = (_IFF_TAP if tap else _IFF_TUN) | _IFF_NO_PI
        fcntl.ioctl(
            descriptor, _TUNSETIFF, struct.pack("16sH22x", name.encode(), flags)
        )
    return descriptor


def main() -> None:
    """Serve the socket whose descriptor is the first argument."""
    Forwarder(socket.socket(fileno=int(sys.argv[1]))).run()


if __name__ == "__main__":
    main()
