"""UDP packets with a chosen TTL, and the ICMP errors they meet; Linux, no rights.

One connected socket: its ports never change, so that all packets are one flow.
"""

import asyncio
import errno
import random
import socket
import struct
import sys
from typing import Final, Self

from rabta import failure
from rabta.probes.binding import Binding, open_socket
from rabta.probes.icmp_errors import listen_for_errors, next_error
from rabta.probes.icmp_packet import failure_of
from rabta.probes.icmp_pending import Echo


_PORT: Final = 33434  # traceroute's, where hardly anybody listens
_PAYLOAD: Final = struct.Struct("!12sHH")  # nonce, TTL, word that evens the checksum


class UdpLadder:
    """Asks one hop at a time: an error need not quote which packet it is about."""

    def __init__(self, binding: Binding, address: str, patience: float) -> None:
        """Open the socket; *patience* is how many seconds to wait for a hop.

        Raises:
            OSError: no such interface, no route, or no error queue on this system.
        """
        if sys.platform != "linux":
            raise OSError(errno.EOPNOTSUPP, "no error queue on this system")
        self._address = address.partition("%")[0]
        self._family = binding.family
        self._patience = patience
        self._nonce = random.randbytes(12)
        self._socket = open_socket(binding, socket.SOCK_DGRAM)
        try:
            listen_for_errors(self._socket)
            self._socket.connect(binding.sockaddr(address, _PORT))
        except BaseException:
            self._socket.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    async def ask(self, ttl: int) -> Echo:
        """Send one packet that lives for *ttl* hops."""
        loop = asyncio.get_running_loop()
        heard = asyncio.Event()
        loop.add_reader(self._socket, heard.set)
        try:
            sent = loop.time()
            self._send(ttl)
            async with asyncio.timeout(self._patience):
                while True:
                    await heard.wait()
                    heard.clear()
                    echo = self._read(ttl, loop.time() - sent)
                    if echo is not None:
                        return echo
        except OSError as error:
            return Echo(None, failure.name_of(error))
        finally:
            loop.remove_reader(self._socket)

    def _send(self, ttl: int) -> None:
        if self._family == 4:
            self._socket.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, ttl)
        else:
            option = socket.IPV6_UNICAST_HOPS
            self._socket.setsockopt(socket.IPPROTO_IPV6, option, ttl)
        while next_error(self._socket):  # or a late one would be told by send
            pass
        self._socket.send(_PAYLOAD.pack(self._nonce, ttl, 0xFFFF - ttl))

    def _read(self, ttl: int, rtt: float) -> Echo | None:
        while error := next_error(self._socket):
            named = failure_of(self._family, error.kind, error.code)
            if named is None or not self._is_about(error.packet, ttl):
                continue
            if named == failure.CONNECTION_REFUSED and error.offender == self._address:
                return Echo(rtt, None, error.offender)  # nobody listens: we are there
            return Echo(rtt, named, error.offender)
        try:
            self._socket.recv(1)
        except OSError:  # the error just taken off the queue, or nothing
            return None
        return Echo(rtt, None, self._address)

    def _is_about(self, packet: bytes, ttl: int) -> bool:
        if len(packet) < _PAYLOAD.size:  # old routers quote the header alone
            return True
        nonce, quoted, _ = _PAYLOAD.unpack_from(packet)
        return bool(nonce == self._nonce and quoted == ttl)
