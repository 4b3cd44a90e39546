"""HEAD wherever there is GET: its headers, no body (RFC 9110, section 9.3.2)."""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send


_SPENT_BY_GET = "/signin"


class HeadersOnly:
    """ASGI middleware: asks for what GET would give, and passes the headers on."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer HEAD; pass everything else on."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return
        answered = asyncio.Event()

        async def headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                await send(message)
                await send({"type": "http.response.body", "body": b""})
                answered.set()

        asked = {**scope, "method": "GET"}
        if scope["path"] == _SPENT_BY_GET:  # who only looks must not use a link up
            asked["query_string"] = b""
        answering = asyncio.ensure_future(self._app(asked, receive, headers))
        waiting = asyncio.ensure_future(answered.wait())
        try:
            await asyncio.wait(
                (answering, waiting), return_when=asyncio.FIRST_COMPLETED
            )
            if not answered.is_set():
                await answering  # which failed
        finally:  # a stream would go on for ever
            answering.cancel()
            waiting.cancel()
            await asyncio.gather(answering, waiting, return_exceptions=True)
