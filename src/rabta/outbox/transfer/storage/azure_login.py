"""The login of Azure's own tool (``az login``), for who has neither key nor signature.

The tool keeps it and renews it; what it hands out holds for about an hour. It is asked
over the system's own way out.
"""

import shutil
import subprocess
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from threading import Lock

import msgspec

from rabta.clock import SECOND, Clock, SystemClock
from rabta.errors import UsageError


_ASKED = (
    *("account", "get-access-token", "--output", "json"),
    *("--resource", "https://storage.azure.com/"),
)
_PATIENCE = 60.0
_EARLY = 5 * 60.0
"""Seconds before its end from which a token is not used any more."""


class _Told(msgspec.Struct):
    """What the tool says; its older releases know no ``expires_on``."""

    token: str = msgspec.field(name="accessToken")
    expires_on: float = 0.0
    """Seconds since 1970."""
    expires: str = msgspec.field(name="expiresOn", default="")
    """Local time."""


def is_there() -> bool:
    """Whether the tool is installed."""
    return shutil.which("az") is not None


@dataclass(slots=True)
class _Login:
    clock: Clock
    token: str = ""
    until: float = 0.0

    def fresh(self) -> str:
        """Return a token that holds for some minutes more."""
        if self.clock.now() / SECOND >= self.until:
            told = _ask()
            self.token, self.until = told.token, _end_of(told) - _EARLY
        return self.token


_LOCK = Lock()


@lru_cache
def _login() -> _Login:
    return _Login(SystemClock())


def token() -> str:
    """Return a token for the storage of whoever is logged in; blocks.

    Raises:
        UsageError: nobody is, or the tool says no.
    """
    with _LOCK:
        return _login().fresh()


def _ask() -> _Told:
    tool = shutil.which("az") or "az"
    try:
        done = subprocess.run(
            [tool, *_ASKED],
            capture_output=True,
            check=True,
            stdin=subprocess.DEVNULL,
            timeout=_PATIENCE,
        )
        return msgspec.json.decode(done.stdout, type=_Told)
    except subprocess.CalledProcessError as error:
        lines = error.stderr.decode("utf-8", "replace").strip().splitlines()
        reason = lines[-1] if lines else f"it ended with {error.returncode}"
    except (OSError, subprocess.TimeoutExpired, msgspec.MsgspecError) as error:
        reason = str(error)
    raise UsageError(
        f"az gives no token for Azure's storage: {reason}",
        hint="run 'az login' as who works on the queue, or set AZURE_STORAGE_KEY",
    )


def _end_of(told: _Told) -> float:
    if told.expires_on:
        return told.expires_on
    try:
        return datetime.fromisoformat(told.expires).astimezone().timestamp()
    except ValueError:
        return 0.0  # of an unknown end, it is used once
