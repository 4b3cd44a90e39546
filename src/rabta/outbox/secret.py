"""Secrets by reference: a job says where one is, and only its run looks.

``{file:/path}`` a file only its owner can read, ``{env:NAME}`` a variable of whoever
works on the job, ``{keyring:service/user}`` the system's keyring (needs the package
``keyring`` beside Rabta).
"""

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from rabta.config import read_secret
from rabta.errors import ConfigError, PlatformError, UsageError


_REFERENCE = re.compile(r"\{(file|env|keyring):([^{}]+)\}")
_SECRET_NAMES = re.compile(
    r"(?i)(authorization|passw(or)?d|pwd|secret|token|cookie|[-_]pat"
    r"|(api|access|account|private|subscription)[-_]?key)([-_]id)?$"
)

_SAID = re.compile(r"(?i)\bauthorization:\s*(bearer|basic|token)\s+[^\s$]")
_IN_URL = re.compile(r"\b[a-z][a-z0-9+.-]*://[^/\s:@]*:[^/\s@$]+@", re.IGNORECASE)


def refuse_secrets(pairs: Mapping[str, str], url: str = "") -> None:
    """Refuse what looks like a secret itself: it would lie in the database for years.

    Raises:
        UsageError: it names the header or variable, and how to say it instead.
    """
    for name, value in pairs.items():
        if _SECRET_NAMES.search(name) and value and not _REFERENCE.search(value):
            raise UsageError(
                f"{name} looks like a secret, and the queue keeps none",
                hint=f"put it into a file (chmod 600) and say {name}={{file:/path}},"
                " or {env:NAME} or {keyring:service/user}",
            )
    parts = urlsplit(url)
    # a name without a password is a token's way over HTTP, an account's over SSH
    if parts.password or (parts.username and parts.scheme in ("http", "https")):
        what = "password" if parts.password else "user name, which may be a token"
        raise UsageError(
            f"the URL holds a {what}, and the queue keeps none",
            hint="leave it out; give a header such as"
            " --header 'Authorization=Bearer {file:/path}'",
        )


def refuse_secrets_in(argv: Sequence[str]) -> None:
    """Refuse a command line that holds what looks like a secret.

    Raises:
        UsageError: it says where, and how to say it instead.
    """
    for before, word in zip(("", *argv), argv, strict=False):
        name, given, value = word.partition("=")
        if not given and before.startswith("--") and not word.startswith("-"):
            name, value = before, word
        named = name.startswith("--") and _SECRET_NAMES.search(name) and value
        header = _SAID.search(word)
        url = _IN_URL.search(word)
        if not (named or header or url) or _REFERENCE.search(word):
            continue
        what = name if named else "a header" if header else "a URL"
        raise UsageError(
            f"{what} in the command line looks like a secret, and the queue keeps none",
            hint='say --env NAME={file:/path} and use "$NAME" in a script, or let the'
            " program read it from its own file",
        )


def resolve(text: str) -> str:
    """Return *text* with what its references point to.

    Raises:
        ConfigError, PlatformError: a secret is not there, or may be read by others.
    """
    return _REFERENCE.sub(lambda found: _look(found[1], found[2]), text)


def _look(kind: str, where: str) -> str:
    match kind:
        case "file":
            return read_secret(Path(where).expanduser())
        case "env":
            value = os.environ.get(where, "")
            if not value:
                raise ConfigError(
                    "this secret is not set", file=f"environment variable {where}"
                )
            return value
        case _:
            return _from_keyring(where)


def _from_keyring(where: str) -> str:
    try:
        from importlib import import_module

        keyring = import_module("keyring")
    except ImportError:
        raise PlatformError(
            "the keyring cannot be asked: the package keyring is missing",
            hint="install it into Rabta's environment: pip install keyring",
        ) from None
    service, _, user = where.partition("/")
    value = keyring.get_password(service, user)
    if not value:
        raise ConfigError("the keyring has no such secret", file=f"keyring {where}")
    return str(value)
