"""Secrets are kept in files; the configuration only names them."""

import os
import stat
from pathlib import Path

from rabta.errors import ConfigError


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
