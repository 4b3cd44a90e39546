"""HTTP/1.1: pages, bodies of any size, connectivity checks, DNS over HTTPS."""

import asyncio
import base64
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from tests.lab import plan

from .names import Resolver
from .vantage import Vantage


_CHUNK = b"\0" * 16384
_PAGE = 18_000
"""Bytes of a page, about as many as the front page of a usual site."""
_REASON = {
    200: "OK",
    204: "No Content",
    302: "Found",
    404: "Not Found",
    511: "Network Authentication Required",
}


@dataclass(slots=True)
class Conduct:
    """How one service behaves."""

    status: int = 200
    seconds: float = 0.0
    """Extra time before each answer."""
    hang: bool = False
    """Accept, read, never answer."""
    rate: float = 0.0
    """Bits per second of a body; 0 is as fast as the path allows."""


@dataclass(slots=True)
class Site:
    """What one listener serves; *conduct* is shared by all listeners of a service."""

    title: str
    conduct: Conduct = field(default_factory=Conduct)
    resolver: Resolver | None = None
    vantage: Vantage | None = None
    location: str = ""
    """Where a captive portal's login page is; everything leads there."""
    how: str = "redirect"
    """How a portal leads there: ``redirect`` (302), ``page`` (200, the login page
    itself) or ``required`` (511, RFC 6585)."""


Answer = tuple[int, dict[str, str], bytes | int]


async def serve(
    site: Site, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Answer the requests of one connection."""
    while True:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        line, *fields = head.split("\r\n")
        method, path, _ = line.split(" ", 2)
        headers = {
            name.strip().lower(): value.strip()
            for name, _, value in (one.partition(":") for one in fields if one)
        }
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        client = writer.get_extra_info("peername")[0]
        if site.conduct.hang:
            await asyncio.sleep(120)
            return
        await asyncio.sleep(site.conduct.seconds)
        status, extra, content = await _answer(site, method, path, body, client)
        await _send(
            writer, site.conduct, status, extra, content, head_only=method == "HEAD"
        )
        if headers.get("connection", "").lower() == "close":
            return


async def _answer(
    site: Site, method: str, target: str, body: bytes, client: str
) -> Answer:
    url = urlsplit(target)
    if site.location:
        return _login(site)
    if site.conduct.status != 200:
        return site.conduct.status, {}, b"<title>Error</title>"
    if url.path == "/dns-query" and site.resolver:
        wire = body if method == "POST" else _decoded(parse_qs(url.query)["dns"][0])
        made = await site.resolver.answer(wire, client)
        if made is None:
            await asyncio.sleep(30)
        return 200, {"Content-Type": "application/dns-message"}, made or b""
    if url.path == "/api/status" and site.vantage:
        kind = {"Content-Type": "application/json"}
        return 200, kind, await site.vantage.document()
    if url.path == "/generate_204":
        return 204, {}, b""
    if url.path == "/connecttest.txt":
        return 200, {"Content-Type": "text/plain"}, b"Lab Connect Test"
    if url.path.startswith("/bytes/"):
        kind = {"Content-Type": "application/octet-stream"}
        return 200, kind, int(url.path.removeprefix("/bytes/"))
    if url.path == "/whoami":
        return 200, {"Content-Type": "text/plain"}, client.encode()
    page = (
        f"<!doctype html><title>{site.title}</title>"
        f"<h1>{site.title}</h1><p>{plan.ZONE}</p>\n"
    )
    filled = page.encode().ljust(_PAGE)
    return 200, {"Content-Type": "text/html; charset=utf-8"}, filled


def _login(site: Site) -> Answer:
    if site.how == "redirect":
        return 302, {"Location": site.location}, b""
    refresh = f'<meta http-equiv="refresh" content="0; url={site.location}">'
    page = f"<!doctype html>{refresh}<title>Log in</title>".encode()
    status = 511 if site.how == "required" else 200
    return status, {"Content-Type": "text/html", "Cache-Control": "no-store"}, page


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


async def _send(
    writer: asyncio.StreamWriter,
    conduct: Conduct,
    status: int,
    extra: dict[str, str],
    content: bytes | int,
    *,
    head_only: bool,
) -> None:
    size = content if isinstance(content, int) else len(content)
    lines = [f"HTTP/1.1 {status} {_REASON.get(status, 'Status')}"]
    lines += [f"{name}: {value}" for name, value in extra.items()]
    if status != 204:
        lines.append(f"Content-Length: {size}")
    writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
    if head_only:
        size = 0
    elif isinstance(content, bytes):
        writer.write(content)
        size = 0
    while size > 0:
        piece = _CHUNK[:size]
        writer.write(piece)
        size -= len(piece)
        await writer.drain()
        if conduct.rate:
            await asyncio.sleep(8 * len(piece) / conduct.rate)
    await writer.drain()
