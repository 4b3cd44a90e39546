"""One question to one name server over one line, for what is no probe of a target.

These are asked once a day and a line, and their answers are short; dnspython, which
would be slow on the thousands of answers of the DNS probe, does them well.
"""

import asyncio
from contextlib import suppress
from socket import SOCK_DGRAM
from typing import TYPE_CHECKING

from rabta.clock import Clock
from rabta.probes.binding import Binding, open_socket


if TYPE_CHECKING:
    from dns.message import Message

_MOST = 1232  # bytes of an answer (DNS flag day 2020)


async def look_up(
    binding: Binding,
    server: str,
    name: str,
    kind: str = "TXT",
    domain: str = "IN",
    *,
    clock: Clock,
    patience: float = 3.0,
    port: int = 53,
) -> tuple[tuple[str, ...], int]:
    """Return what the records say, and the bytes it took; nothing where none came.

    Args:
        binding: the line.
        server: address of the name server.
        name: the name that is asked for.
        kind: ``A``, ``AAAA`` or ``TXT``.
        domain: ``IN``, or ``CH`` for what a server says of the connection.
        clock: tells how long the answer takes.
        patience: seconds to wait for it.
        port: where the server listens.
    """
    import dns.exception
    import dns.message

    query = dns.message.make_query(name, kind, domain)
    wire = query.to_wire()
    header = 28 if binding.family == 4 else 48
    spent = 0
    until = clock.monotonic() + patience
    loop = asyncio.get_running_loop()
    with suppress(OSError, TimeoutError), open_socket(binding, SOCK_DGRAM) as channel:
        async with asyncio.timeout(patience):
            await loop.sock_connect(channel, binding.sockaddr(server, port))
            await loop.sock_sendall(channel, wire)
            spent += header + len(wire)
            while clock.monotonic() < until:  # a flood has its end, too
                got = await loop.sock_recv(channel, _MOST)
                spent += header + len(got)
                with suppress(dns.exception.DNSException, ValueError):
                    answer = dns.message.from_wire(got)
                    if query.is_response(answer):
                        return _texts(answer, kind), spent
    return (), spent


def _texts(answer: "Message", kind: str) -> tuple[str, ...]:
    import dns.rdatatype

    wanted = dns.rdatatype.from_text(kind)
    return tuple(
        b"".join(record.strings).decode("utf-8", "replace")
        if kind == "TXT"
        else record.to_text()
        for found in answer.answer
        if found.rdtype == wanted
        for record in found
    )
