"""Secrets are kept in files; the configuration only names them."""

import os
import secrets
import stat
from pathlib import Path

from rabta.errors import ConfigError
from rabta.whole import replacement


LEAST = 16
"""Characters of a token by which others are let in."""


def read_secret(path: Path) -> str:
    """Read a secret without the blanks around it.

    Raises:
        ConfigError: the file is missing, empty, or readable by others.
    """
    try:
        with path.open(encoding="utf-8") as file:
            shared = stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077
            secret = file.read(65536).strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise ConfigError(f"cannot read the secret: {reason}", file=str(path)) from None
    if shared and os.name == "posix":
        raise ConfigError(
            "others on this machine can read this secret",
            file=str(path),
            hint=f"run: chmod 600 '{path}'",
        )
    if not secret:
        raise ConfigError("the secret is empty", file=str(path))
    return secret


def read_token(path: Path) -> str:
    """Read the token by which the dashboard lets others in.

    Raises:
        ConfigError: as ``read_secret``, or it could be guessed, or not be sent.
    """
    token = read_secret(path)
    cure = f"make one: rabta config token --force '{path}'"
    if len(token) < LEAST:
        found = f"it has {len(token)} characters, and {LEAST} are the least"
        told = f"the token is too short: {found}"
        raise ConfigError(told, file=str(path), line=1, hint=cure)
    if not token.isascii() or not token.isprintable() or " " in token:
        told = "the token may only have letters, digits and signs of ASCII, no blank"
        raise ConfigError(told, file=str(path), line=1, hint=cure)
    return token


def write_token(path: Path, *, force: bool = False) -> None:
    """Make a token that cannot be guessed, for its owner's eyes alone.

    Raises:
        ConfigError: it is there and not to be replaced, or the disk refuses; what was
            there is as it was.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacement(path, mode=0o600, new=not force) as aside:
            aside.write_text(f"{secrets.token_urlsafe()}\n", "ascii")
    except OSError as error:
        if isinstance(error, FileExistsError) and path.exists():
            told, hint = "there is one already", "--force replaces it"
            raise ConfigError(told, file=str(path), hint=hint) from None
        reason = error.strerror or str(error)
        raise ConfigError(f"cannot be written: {reason}", file=str(path)) from None
