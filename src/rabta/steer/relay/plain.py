"""The body of a request that is passed on: no byte beyond it reaches the other side."""

import asyncio
import socket

import h11

from rabta.steer.relay.http import Head
from rabta.steer.relay.pump import CHUNK


async def send_body(head: Head, client: socket.socket, upstream: socket.socket) -> None:
    """Send on what belongs to the request of *head*.

    Raises:
        OSError: either side is gone.
        h11.RemoteProtocolError: the client's framing makes no sense.
    """
    loop = asyncio.get_running_loop()
    reader = head.reader
    while True:
        event = reader.next_event()
        if event is h11.NEED_DATA:
            reader.receive_data(await loop.sock_recv(client, CHUNK))
        elif isinstance(event, h11.Data):
            piece = bytes(event.data)
            if head.chunked:
                piece = b"%x\r\n%s\r\n" % (len(piece), piece)
            await loop.sock_sendall(upstream, piece)
        else:
            if head.chunked and isinstance(event, h11.EndOfMessage):
                await loop.sock_sendall(upstream, b"0\r\n\r\n")
            return
