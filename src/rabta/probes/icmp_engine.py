"""Asynchronous ICMP echo: any number of targets over one socket per line.

The reported round trip ends when the answer reached the host, by the kernel's stamp,
however busy this process was then.
"""

import asyncio
import errno
import random
import socket
from typing import Final

from rabta import failure
from rabta.clock import SECOND, Clock, SystemClock
from rabta.probes import icmp_packet
from rabta.probes.binding import Binding
from rabta.probes.icmp_pending import Echo, Pending, Request, Tally
from rabta.probes.icmp_socket import EchoSocket, Received


_STAMPS: Final = SystemClock()  # the clock the kernel stamps packets with
_BATCH: Final = 256  # packets per wake-up, so that others get their turn
_UNREAD: Final = 128  # requests sent in one go before looking for answers
_QUEUE_FULL: Final = {errno.ENOBUFS, errno.EAGAIN, errno.ENOMEM}
_QUEUE_PATIENCE: Final = 0.1  # seconds to wait for room in the send queue
_QUEUE_PAUSE: Final = 0.005
_SLACK: Final = 0.0002  # seconds the two clocks may disagree by while being read


class IcmpEngine:
    """Echo requests over one line; belongs to the event loop that uses it.

    The socket is opened when it is first needed, and again when the interface comes
    back, so that making an engine never fails.
    """

    def __init__(self, binding: Binding, clock: Clock) -> None:
        self._binding = binding
        self._clock = clock
        self._socket: EchoSocket | None = None
        self._pending = Pending()
        self._timer: asyncio.TimerHandle | None = None
        self._index = 0
        self._unread = 0

    @property
    def tally(self) -> Tally:
        """What was sent, answered, lost, late and stray so far."""
        return self._pending.tally

    @property
    def kind(self) -> str:
        """``raw`` or ``ping``; empty while no socket is open."""
        return self._socket.kind if self._socket else ""

    def echo(
        self, address: str, timeout: float = 2.0, ttl: int | None = None
    ) -> asyncio.Future[Echo]:
        """Send one request; the future never fails, the outcome is named.

        *address* is a literal, *timeout* is in seconds, *ttl* in hops. A reply later
        than *timeout* counts as none, whenever it is read.
        """
        loop = asyncio.get_running_loop()
        try:
            to = self._binding.sockaddr(address)
            packed = socket.inet_pton(self._binding.address_family, to[0])
        except OSError as error:
            refused: asyncio.Future[Echo] = loop.create_future()
            refused.set_result(Echo(None, failure.name_of(error)))
            return refused
        request = Request(to, packed, timeout, ttl)
        self._try(request)
        return request.answer

    def close(self) -> None:
        """Close the socket; probes under way are cancelled."""
        self._drop_socket()
        if self._timer:
            self._timer.cancel()
            self._timer = None
        for request in self._pending.clear():
            request.answer.cancel()

    def _try(self, wanted: Request) -> None:
        if wanted.answer.done():
            return
        try:
            self._send(wanted)
        except OSError as error:
            loop = asyncio.get_running_loop()
            give_up = wanted.deadline - wanted.timeout + _QUEUE_PATIENCE
            if error.errno in _QUEUE_FULL and loop.time() < give_up:
                loop.call_later(_QUEUE_PAUSE, self._try, wanted)
            else:
                wanted.finish(Echo(None, failure.name_of(error)))

    def _send(self, wanted: Request) -> None:
        try:
            self._send_once(wanted)
        except OSError as error:
            if error.errno in _QUEUE_FULL or self._index == self._current_index():
                raise
            # the interface went; it may have come back under another number
            self._drop_socket()
            self._send_once(wanted)
        self._pending.add(wanted)
        if self._timer is None or wanted.deadline < self._timer.when():
            self._arm(wanted.deadline)
        self._unread += 1
        if self._unread > _UNREAD:  # or a burst would overflow the receive buffer
            self._drain(_BATCH)

    def _send_once(self, wanted: Request) -> None:
        out = self._socket or self._open_socket()
        wanted.sequence = self._pending.next_sequence()
        nonce = random.getrandbits(64)
        packet = icmp_packet.request(out.family, out.ident, wanted.sequence, nonce)
        wanted.payload = icmp_packet.payload_of(packet)
        wanted.sent = self._clock.monotonic()
        out.send(packet, wanted.to, wanted.ttl)

    def _readable(self) -> None:
        self._drain(_BATCH)

    def _drain(self, limit: int) -> bool:
        """Take up to *limit* packets off the queue; True once it is empty."""
        self._unread = 0
        if self._socket is None:
            return True
        offset = self._wall_offset()
        while error := self._socket.receive_error():
            self._take(error, offset)
        for _ in range(limit):
            try:
                received = self._socket.receive()
            except OSError:  # empty, or trouble a send will name
                return True
            if received:
                self._take(received, offset)
            if not self._pending:
                return True
        return False

    def _take(self, received: Received, offset: float) -> None:
        wanted = self._pending.match(received.answer)
        if wanted is None:
            return
        rtt = self._clock.monotonic() - wanted.sent
        if received.stamp is not None:
            # unless the wall clock has stepped meanwhile
            by_kernel = received.stamp - offset - wanted.sent
            if -_SLACK < by_kernel < rtt + _SLACK:
                rtt = max(by_kernel, 0.0)
        if rtt > wanted.timeout:
            self._pending.overrun()
            wanted.finish(Echo(None, failure.GENERIC_TIMEOUT))
            return
        named = received.answer.failure
        wanted.finish(Echo(rtt, named, received.responder, received.ttl))

    def _wall_offset(self) -> float:
        """Seconds from the monotonic clock to the wall clock, read back to back."""
        for _ in range(3):
            before = self._clock.monotonic()
            wall = _STAMPS.now()
            width = self._clock.monotonic() - before
            if width < _SLACK:  # else something came between
                break
        return wall / SECOND - before - width / 2

    def _arm(self, deadline: float) -> None:
        if self._timer:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_at(deadline, self._expire)

    def _expire(self) -> None:
        self._timer = None
        # a busy loop may come here before it has read what arrived in time
        for _ in range(_BATCH):
            if self._drain(_BATCH):
                break
        over = self._pending.expired(asyncio.get_running_loop().time())
        if over:
            silence = Echo(None, self._name_silence())
            for request in over:
                request.finish(silence)
        deadline = self._pending.next_deadline()
        if deadline is not None:
            self._arm(deadline)

    def _name_silence(self) -> str:
        gone = self._binding.interface and not self._current_index()
        return failure.INTERFACE_GONE if gone else failure.GENERIC_TIMEOUT

    def _current_index(self) -> int:
        """Return the interface's number; 0 when there is none."""
        try:
            return socket.if_nametoindex(self._binding.interface)
        except OSError:
            return 0

    def _open_socket(self) -> EchoSocket:
        opened = EchoSocket(self._binding)
        try:
            asyncio.get_running_loop().add_reader(opened, self._readable)
        except NotImplementedError as error:  # Windows' own event loop
            opened.close()
            raise OSError(errno.ENOTSUP, "no readers in this event loop") from error
        self._socket, self._index = opened, self._current_index()
        return opened

    def _drop_socket(self) -> None:
        if self._socket:
            asyncio.get_running_loop().remove_reader(self._socket)
            self._socket.close()
            self._socket = None
