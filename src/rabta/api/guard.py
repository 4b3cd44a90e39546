"""Who may ask: Host allow-list, token, Origin check, and the headers of every answer.

A page on the Internet can make a browser send requests to 127.0.0.1, and by DNS
rebinding even read the answers; so the name that was asked for must be ours, and a
request that changes something must come from our own pages. Without a token it must
also come from the account that runs Rabta: loopback is open to all of a machine's.
"""

import hashlib
import hmac
import os
import secrets
import sys
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rabta.api.peer import account_of
from rabta.api.problems import problem
from rabta.api.settings import ApiSettings
from rabta.clock import Clock, SystemClock


COOKIE = "rabta"
_LINK_SECONDS = 600.0
_OPEN = ("/signin", "/assets/")  # what a browser needs before it is signed in
_READS = {"GET", "HEAD", "OPTIONS"}
_HEADERS = {
    "content-security-policy": (
        "default-src 'self'; img-src 'self' data:; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'; object-src 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}


class Keys:
    """The token, the cookie it stands behind, and sign-in links that work once."""

    def __init__(self, token: str | None, clock: Clock | None = None) -> None:
        self._token = token
        self._clock = clock or SystemClock()
        self._links: dict[str, float] = {}

    @property
    def needed(self) -> bool:
        """Whether clients must identify themselves at all."""
        return self._token is not None

    @property
    def cookie(self) -> str:
        """What a signed-in browser holds; not the token, and void when that changes."""
        key = (self._token or "").encode()
        return hmac.new(key, b"rabta sign-in cookie", hashlib.sha256).hexdigest()

    def is_token(self, offered: str) -> bool:
        """Compare in constant time."""
        return self._token is not None and _same(offered, self._token)

    def is_cookie(self, offered: str) -> bool:
        """Compare in constant time."""
        return self._token is not None and _same(offered, self.cookie)

    def link(self) -> str:
        """Return the path of a new sign-in link: good once, for ten minutes."""
        key = secrets.token_urlsafe(24)
        self._links[key] = self._clock.monotonic() + _LINK_SECONDS
        return f"/signin?key={key}"

    def redeem(self, key: str) -> bool:
        """Use a sign-in link up."""
        now = self._clock.monotonic()
        self._links = {k: until for k, until in self._links.items() if until > now}
        return self._links.pop(key, None) is not None


def _same(offered: str, held: str) -> bool:
    return hmac.compare_digest(offered.encode(), held.encode())


class Guard:
    """ASGI middleware around everything."""

    def __init__(self, app: ASGIApp, settings: ApiSettings, keys: Keys) -> None:
        self._app = app
        self._names = {"localhost", settings.host.lower(), *settings.names}
        self._keys = keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        refusal = self._refusal(scope)
        await (refusal or self._app)(scope, receive, dressed)

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if not self._is_ours(host):
            return problem(
                421,
                f"this Rabta is not called {_hostname(host)!r}",
                "ask by its address, such as http://127.0.0.1:4880",
            )
        if scope["method"] not in _READS and not _from_own_page(headers, host):
            return problem(403, "the request came from another site's page")
        if self._keys.needed:
            if not self._admitted(scope["path"], headers):
                return _turn_away(headers)
        elif scope["method"] not in _READS and not _from_own_account(scope):
            return problem(
                403,
                "the request did not come from the account that runs this Rabta",
                "run rabta outbox as that account, or set dashboard.token_file and"
                " sign in",
            )
        return None

    def _is_ours(self, host: str) -> bool:
        name = _hostname(host)
        if name in self._names:
            return True
        try:
            ip_address(name)  # an address cannot be rebound
        except ValueError:
            return False
        return True

    def _admitted(self, path: str, headers: Headers) -> bool:
        if path.startswith(_OPEN):
            return True
        scheme, _, offered = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and self._keys.is_token(offered.strip()):
            return True
        cookies = cookie_parser(headers.get("cookie", ""))
        return self._keys.is_cookie(cookies.get(COOKIE, ""))


def _hostname(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _from_own_page(headers: Headers, host: str) -> bool:
    """Programs send neither header; a browser sends at least one of them."""
    if headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        return False
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc == host


def _from_own_account(scope: Scope) -> bool:
    """Whether this account or root is asking; elsewhere than on Linux nobody knows."""
    if sys.platform != "linux":
        return True
    client, server = scope.get("client"), scope.get("server")
    if not client or not server:
        return False
    return account_of(tuple(client), tuple(server)) in {0, os.geteuid()}


def _turn_away(headers: Headers) -> Response:
    if "text/html" in headers.get("accept", ""):
        return RedirectResponse("/signin", 303)
    return problem(
        401,
        "this Rabta asks for its token",
        "send it as 'Authorization: Bearer TOKEN'",
        {"www-authenticate": 'Bearer realm="Rabta"'},
    )
