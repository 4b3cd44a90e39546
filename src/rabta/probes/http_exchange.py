"""One HTTP/1.1 request over a stream, bounded in memory and work (RFC 9112)."""

from collections.abc import AsyncIterator

import h11

from rabta import __version__, failure
from rabta.model.observation import Certificate
from rabta.probes import certificate
from rabta.probes.aim import Aim
from rabta.probes.stream import BadAnswerError, Stream, tls_context
from rabta.probes.url import Url


MAX_HEAD_BYTES = 32 * 1024
_MAX_PASSED_OVER = 8
_MAX_PIECES = 1024  # of chunked coding; one-byte chunks are an attack on the processor


async def open_url(stream: Stream, aim: Aim, url: Url) -> Certificate | None:
    """Connect, and shake hands where the URL asks for it.

    Returns the certificate, judged for the name that was shown; None over plain HTTP.
    """
    await stream.connect(url.port)
    if not url.encrypted:
        return None
    name = aim.target.sni or url.host
    await stream.secure(tls_context("http/1.1"), name)
    return certificate.examine(stream.chain, name, aim.clock.now())


async def ask(
    stream: Stream,
    url: Url,
    *,
    media_type: str = "",
    body: bytes = b"",
    host: str = "",
    extra: tuple[tuple[str, str], ...] = (),
) -> tuple[h11.Connection, h11.Response | h11.InformationalResponse]:
    """Send a request (POST when there is a *body*) and await the head of the answer.

    ``101 Switching Protocols`` counts as an answer; other informational ones are
    passed over. Nothing is decompressed, because nothing is asked to be compressed.
    *host* is said in the Host header instead of the URL's.

    Raises:
        EOFError: the server hung up instead.
        BadAnswerError: what came is not HTTP, or its head has no end.
    """
    connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEAD_BYTES)
    headers = [
        ("Host", host or url.authority),
        ("User-Agent", f"rabta/{__version__}"),
        ("Accept", media_type or "*/*"),
        ("Accept-Encoding", "identity"),
        *extra,
    ]
    if not extra:
        headers.append(("Connection", "close"))
    if body:
        headers += [("Content-Type", media_type), ("Content-Length", str(len(body)))]
    method = "POST" if body else "GET"
    request = connection.send(
        h11.Request(method=method, target=url.path, headers=headers)
    )
    if body:
        request = (request or b"") + (connection.send(h11.Data(data=body)) or b"")
    connection.send(h11.EndOfMessage())
    stream.watch.enter("processing")
    await stream.send(request or b"")
    reply = await _head(connection, stream)
    stream.watch.enter("transfer")
    return connection, reply


async def _head(
    connection: h11.Connection, stream: Stream
) -> h11.Response | h11.InformationalResponse:
    received = passed_over = 0
    opening = b""
    while received <= MAX_HEAD_BYTES and passed_over < _MAX_PASSED_OVER:
        chunk = await stream.receive()
        if not chunk:
            raise EOFError
        received += len(chunk)
        opening += chunk[: 5 - len(opening)]
        if not b"HTTP/".startswith(opening):  # h11 would await the head's end
            break
        connection.receive_data(chunk)
        while (event := _next(connection)) is not h11.NEED_DATA:
            if isinstance(event, h11.Response) or (
                isinstance(event, h11.InformationalResponse)
                and event.status_code == 101
            ):
                return event
            passed_over += 1
            if passed_over == _MAX_PASSED_OVER:
                break
    raise BadAnswerError(failure.HTTP_MALFORMED)


async def pieces(
    connection: h11.Connection, stream: Stream, limit: int
) -> AsyncIterator[bytes]:
    """Yield the body as it arrives, at most *limit* bytes of it.

    It is left, too, when it comes in absurdly many pieces.

    Raises:
        EOFError: it ended before it was complete.
        BadAnswerError: it is not as its head promised.
    """
    tiny = 0
    left = limit
    while left and tiny < _MAX_PIECES:
        event = _next(connection)
        if isinstance(event, h11.Data):
            tiny += len(event.data) < 64
            piece = bytes(event.data[:left])
            left -= len(piece)
            yield piece
        elif event is h11.NEED_DATA:
            stream.expect(left)
            connection.receive_data(await stream.receive())
        else:
            return


async def body_of(connection: h11.Connection, stream: Stream, limit: int) -> bytes:
    """Return the body, cut off at *limit* bytes."""
    return b"".join([piece async for piece in pieces(connection, stream, limit)])


def _next(connection: h11.Connection) -> object:
    try:
        return connection.next_event()
    except h11.RemoteProtocolError as error:
        if connection.trailing_data[1]:  # the end had come already
            raise EOFError from error
        raise BadAnswerError(failure.HTTP_MALFORMED) from error


def header(reply: h11.Response | h11.InformationalResponse, name: bytes) -> str:
    """Return the first header called *name* (lower case), at most 2 kB of it."""
    found = next((value for key, value in reply.headers if key == name), b"")
    return found[:2048].decode("latin-1")
