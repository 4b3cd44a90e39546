"""What a test says to a relay."""

import asyncio
import base64


async def socks(started, host, port, *, command=1, password=None):
    """Ask for a connection; return (reply code, reader, writer)."""
    reader, writer = await started.connect()
    writer.write(b"\x05\x02\x00\x02" if password is not None else b"\x05\x01\x00")
    method = (await reader.readexactly(2))[1]
    if method == 2:
        user, word = b"me", password.encode()
        writer.write(b"\x01\x02" + user + bytes([len(word)]) + word)
        if (await reader.readexactly(2))[1]:
            return -2, reader, writer
    elif method == 0xFF:
        return -1, reader, writer
    raw = host.encode()
    writer.write(bytes([5, command, 0, 3, len(raw)]) + raw + port.to_bytes(2, "big"))
    return (await reader.readexactly(10))[1], reader, writer


async def ask(started, text):
    """Send one HTTP request and return all that comes back."""
    reader, writer = await started.connect()
    writer.write(text.encode() if isinstance(text, str) else text)
    try:
        return (await asyncio.wait_for(reader.read(), 10)).decode("latin-1")
    finally:
        writer.close()


async def connect(started, place, *more):
    head = "\r\n".join([f"CONNECT {place} HTTP/1.1", f"Host: {place}", *more, "", ""])
    return await ask(started, head)


def basic(word):
    text = base64.b64encode(f"x:{word}".encode()).decode()
    return f"Proxy-Authorization: Basic {text}"
