"""Who may, on Azure: URLs that are signed here for one blob and a day, or a login.

Credentials are where Azure's own tools look for them: AZURE_STORAGE_CONNECTION_STRING,
or AZURE_STORAGE_ACCOUNT with AZURE_STORAGE_KEY or AZURE_STORAGE_SAS_TOKEN, else with
the login of ``az``. A key never travels: it signs a service SAS (Microsoft's manual,
"Create a service SAS", version 2020-12-06), which needs no network.
"""

import asyncio
import base64
import hashlib
import hmac
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from urllib.parse import quote, unquote, urlencode, urlsplit

from rabta.clock import SECOND, Clock, SystemClock
from rabta.errors import UsageError
from rabta.outbox.transfer.courier import Headers
from rabta.outbox.transfer.storage import azure_login
from rabta.probes.url import Url


VERSION = "2021-08-06"
"""Of the protocol and of the signature, whose form is that of 2020-12-06."""
_VALID = timedelta(days=1)
_EARLY = timedelta(minutes=15)
"""Before now: clocks differ."""
_CLOCK: Clock = SystemClock()


@dataclass(frozen=True, slots=True)
class _Account:
    name: str
    key: str
    """Base64; without it and *sas* the login of ``az`` counts."""
    sas: str
    endpoint: str


def host() -> str:
    """Return the host of the account's blobs; empty where none is named."""
    try:
        return urlsplit(_account().endpoint).hostname or ""
    except UsageError:
        return ""


class Blob:
    """One blob of one container."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._container = parts.netloc
        self._name = unquote(parts.path.removeprefix("/"))

    async def asked(self, **query: str) -> tuple[Url, Headers]:
        """Return where *query* is asked of the blob, and what must be said there.

        Raises:
            UsageError: there are no credentials, or they are no longer good.
        """
        account = _account()
        headers = [("x-ms-version", VERSION)]
        token = account.sas
        if account.key and not token:
            token = self._sas(account)
        if not token:
            bearer = await asyncio.to_thread(azure_login.token)
            when = datetime.fromtimestamp(_CLOCK.now() / SECOND, UTC)
            headers.append(("x-ms-date", format_datetime(when, usegmt=True)))
            headers.append(("Authorization", f"Bearer {bearer}"))
        path = f"{account.endpoint}/{quote(self._container)}/{quote(self._name)}"
        told = [urlencode(query, quote_via=quote), token]
        asked = "&".join(filter(None, told))
        return Url.parse(f"{path}?{asked}" if asked else path), headers

    def _sas(self, account: _Account) -> str:
        now = datetime.fromtimestamp(_CLOCK.now() / SECOND, UTC)
        fields = {
            "sp": "rcw",
            "st": _written(now - _EARLY),
            "se": _written(now + _VALID),
            "sv": VERSION,
            "sr": "b",
        }
        resource = f"/blob/{account.name}/{self._container}/{self._name}"
        text = "\n".join(
            (
                *(fields["sp"], fields["st"], fields["se"], resource),
                *("", "", ""),  # no stored policy, address or protocol
                *(fields["sv"], fields["sr"]),
                *("", "", "", "", "", "", ""),  # no snapshot, scope or headers
            )
        )
        key = base64.b64decode(account.key)
        digest = hmac.new(key, text.encode(), hashlib.sha256).digest()
        return urlencode({**fields, "sig": base64.b64encode(digest).decode()})


def _account() -> _Account:
    told = os.environ.get("AZURE_STORAGE_CONNECTION_STRING", "")
    pairs = (one.partition("=") for one in told.split(";"))
    given = {name.strip(): value for name, _, value in pairs}

    def of(name: str, variable: str) -> str:
        return given.get(name, "") or os.environ.get(variable, "")

    name = of("AccountName", "AZURE_STORAGE_ACCOUNT")
    key = of("AccountKey", "AZURE_STORAGE_KEY")
    sas = of("SharedAccessSignature", "AZURE_STORAGE_SAS_TOKEN").removeprefix("?")
    suffix = given.get("EndpointSuffix", "core.windows.net")
    endpoint = given.get("BlobEndpoint", "") or f"https://{name}.blob.{suffix}"
    key = key if _is_key(key) else ""
    known = key or sas or azure_login.is_there()
    if (not name and "BlobEndpoint" not in given) or not known:
        raise UsageError(
            "there are no credentials for Azure's storage",
            hint="set AZURE_STORAGE_CONNECTION_STRING, or AZURE_STORAGE_ACCOUNT with"
            " AZURE_STORAGE_KEY or AZURE_STORAGE_SAS_TOKEN or after 'az login', for who"
            " works on the queue",
        )
    return _Account(name, key, sas, endpoint.rstrip("/"))


def _is_key(text: str) -> bool:
    try:
        return bool(base64.b64decode(text, validate=True))
    except ValueError:
        return False


def _written(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
