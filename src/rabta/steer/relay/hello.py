"""What a client says first, in SOCKS5 or HTTP: told apart by the first byte."""

import asyncio
import hmac
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from rabta.locale import render
from rabta.steer.relay import http, pac, socks
from rabta.steer.relay.asked import Place
from rabta.steer.relay.reach import bare
from rabta.steer.relay.refusal import (
    SOCKS_FORBIDDEN,
    RefusalError,
    refused,
)


T = TypeVar("T")

_PIECE = 8 * 1024
_CHECKED = 407


class GoodbyeError(Exception):
    """The client is told *answer*, and that is all."""

    def __init__(self, answer: bytes = b"") -> None:
        super().__init__()
        self.answer = answer


@dataclass(frozen=True, slots=True)
class Asked:
    """What a client wants, and how to answer it."""

    place: Place
    granted: bytes
    """What it is told once the connection stands."""
    early: bytes
    """What goes to the other side first."""
    refusal: Callable[[RefusalError], bytes]
    body: http.Head | None = None
    """Reads the rest of a request that is passed on; None for a tunnel."""


async def hear(client: socket.socket, *, token: str, language: str = "en") -> Asked:
    """Return what *client* asks for; *token* is asked of it, empty for none.

    Raises:
        GoodbyeError: it is answered with that, and nothing follows.
        OSError, EOFError: it is gone.
    """
    return await _Hearer(client, token, language).hear()


class _Hearer:
    def __init__(self, client: socket.socket, token: str, language: str) -> None:
        self._client = client
        self._token = token
        self._language = language
        self._heard = bytearray()

    async def hear(self) -> Asked:
        first = await self._read(lambda data: (data[0], 0) if data else None)
        if first == socks.VERSION:
            return await self._socks()
        if first == 4:
            raise GoodbyeError(socks.SOCKS4_REJECTED)
        if not 0x41 <= first <= 0x7A:  # no method begins so: TLS, or noise
            raise GoodbyeError
        return await self._http()

    async def _socks(self) -> Asked:
        methods = await self._read(socks.read_methods)
        method = socks.choose(methods, token_needed=bool(self._token))
        if method == socks.NO_METHOD:
            raise GoodbyeError(socks.chosen(method))
        await self._say(socks.chosen(method))
        if method == socks.PASSWORD:
            if not self._admits(await self._read(socks.read_password)):
                raise GoodbyeError(socks.TURNED_AWAY)
            await self._say(socks.ADMITTED)
        try:
            place = await self._read(socks.read_request)
        except RefusalError as refusal:
            raise GoodbyeError(socks.reply_to(refusal)) from None
        return Asked(place, socks.reply(), bytes(self._heard), socks.reply_to)

    async def _http(self) -> Asked:
        try:
            head = await self._read(_headed)
            if head.place is None:
                raise GoodbyeError(self._page(head))
            if self._token and not self._admits(head.token):
                raise refused("token", _CHECKED, SOCKS_FORBIDDEN)
        except RefusalError as refusal:
            raise GoodbyeError(self._explained(refusal)) from None
        if head.tunnels:
            return Asked(head.place, http.GRANTED, head.early, self._explained)
        return Asked(head.place, b"", head.onward, self._explained, head)

    def _page(self, head: http.Head) -> bytes:
        if not http.is_our_name(head.host):
            return self._explained(refused("name", 421, 0, host=head.host))
        if head.path != pac.PATH or head.method not in {"GET", "HEAD"}:
            return self._explained(refused("page", 404, 0, path=pac.PATH))
        address, port = self._client.getsockname()[:2]
        text = pac.pac(str(Place(str(bare(address)), port)))
        whole = http.answer(200, text, pac.MEDIA_TYPE)
        return whole if head.method == "GET" else whole.removesuffix(text.encode())

    def _explained(self, refusal: RefusalError) -> bytes:
        return http.answer(refusal.status, render(refusal.says, self._language) + "\n")

    def _admits(self, offered: str) -> bool:
        return hmac.compare_digest(offered.encode(), self._token.encode())

    async def _say(self, data: bytes) -> None:
        await asyncio.get_running_loop().sock_sendall(self._client, data)

    async def _read(self, reader: Callable[[bytes], tuple[T, int] | None]) -> T:
        """Receive until *reader* has what it wants; what is beyond stays."""
        loop = asyncio.get_running_loop()
        try:
            while (found := reader(bytes(self._heard))) is None:
                data = await loop.sock_recv(self._client, _PIECE)
                if not data:
                    raise EOFError
                self._heard += data
        except RefusalError as refusal:
            if reader in {socks.read_methods, socks.read_password}:
                raise GoodbyeError from refusal  # there is no answer for it yet
            raise
        said, length = found
        del self._heard[:length]
        return said


def _headed(data: bytes) -> tuple[http.Head, int] | None:
    head = http.read_head(data)
    return None if head is None else (head, 0)
