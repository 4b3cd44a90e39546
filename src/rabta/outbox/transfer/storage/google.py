"""Who may, on Google's storage: a token by Google's own library, over our connections.

google-auth finds credentials where Google's tools do: the file that
``GOOGLE_APPLICATION_CREDENTIALS`` names, the user's login, the machine's account.
"""

import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from rabta.errors import UsageError
from rabta.outbox.transfer.courier import Courier, Headers
from rabta.probes.url import Url


_HOME = "https://storage.googleapis.com"
_SCOPE = "https://www.googleapis.com/auth/devstorage.read_write"
_ELSEWHERE = "STORAGE_EMULATOR_HOST"


@dataclass(frozen=True, slots=True)
class _Answer:
    """An answer as google-auth reads it."""

    status: int
    headers: Mapping[str, str]
    data: bytes


class Place:
    """One object of one bucket."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._base = os.environ.get(_ELSEWHERE, "") or _HOME
        self._bucket = quote(parts.netloc, safe="")
        name = unquote(parts.path.removeprefix("/"))
        self._name = quote(name, safe="")
        self._path = quote(name)

    @property
    def uploads(self) -> Url:
        """Where a resumable upload begins."""
        at = f"{self._base}/upload/storage/v1/b/{self._bucket}/o"
        return Url.parse(f"{at}?uploadType=resumable&name={self._name}")

    @property
    def xml(self) -> str:
        """Where the XML API has the object."""
        return f"{self._base}/{self._bucket}/{self._path}"

    @property
    def about(self) -> Url:
        """Where the object is described."""
        at = f"{self._base}/storage/v1/b/{self._bucket}/o"
        return Url.parse(f"{at}/{self._name}")

    @property
    def content(self) -> Url:
        """Where the object's bytes are."""
        return Url.parse(f"{self.about.text}?alt=media")


async def allowed(courier: Courier) -> Headers:
    """Return the header that says who asks; none where another store is named.

    Raises:
        UsageError: there are no credentials, or they are no longer good.
    """
    if os.environ.get(_ELSEWHERE):
        return ()
    loop = asyncio.get_running_loop()

    def ask(
        url: str,
        method: str = "GET",
        body: bytes | str | None = None,
        headers: Mapping[str, str] | None = None,
        **_: Any,
    ) -> _Answer:
        asking = _asked(courier, url, method, body or b"", headers or {})
        return asyncio.run_coroutine_threadsafe(asking, loop).result()

    return [("Authorization", f"Bearer {await asyncio.to_thread(_token, ask)}")]


async def _asked(
    courier: Courier,
    url: str,
    method: str,
    body: bytes | str,
    headers: Mapping[str, str],
) -> _Answer:
    data = body.encode() if isinstance(body, str) else body
    reply = await courier.ask(method, Url.parse(url), tuple(headers.items()), data)
    return _Answer(reply.status, reply.headers, await courier.body())


def _token(ask: Any) -> str:
    credentials = _credentials()
    from google.auth.exceptions import GoogleAuthError

    try:
        if not credentials.valid:
            credentials.refresh(ask)
    except GoogleAuthError as error:
        raise UsageError(f"Google gives no token: {error}") from error
    return str(credentials.token)


@lru_cache
def _credentials() -> Any:
    import google.auth
    from google.auth.exceptions import DefaultCredentialsError

    try:
        found, _ = google.auth.default(scopes=[_SCOPE])
    except DefaultCredentialsError as error:
        raise UsageError(
            "there are no credentials for Google's storage",
            hint="set GOOGLE_APPLICATION_CREDENTIALS for who works on the queue",
        ) from error
    return found
