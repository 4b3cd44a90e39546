"""Everything Rabta raises on purpose.

::

    RabtaError(message, hint=…)      exit code
    ├── UsageError                   2   a bad flag or an unknown name
    ├── ConfigError                  2   rabta.toml: file, line, key, accepted form
    ├── DataError                    1   recorded data: file, row, column, cure
    ├── FetchError                   1   a public source: the address, and what it said
    ├── StoreError                   1   locked, full, damaged, newer than this program
    └── PlatformError                1   this machine cannot do it; the hint says how

A failed probe is not an error: it is an observation with a failure name.
"""


class RabtaError(Exception):
    """Base of all; *hint* says what to do about it."""

    exit_code = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}; {self.hint}" if self.hint else self.message


class UsageError(RabtaError):
    """The command line or a request asks for something that does not exist."""

    exit_code = 2


class ConfigError(RabtaError):
    """A configuration that cannot be used; nothing was started."""

    exit_code = 2

    def __init__(
        self, message: str, *, file: str, line: int = 0, key: str = "", hint: str = ""
    ) -> None:
        where = f"{file}:{line}" if line else file
        super().__init__(
            f"{where}: {key}: {message}" if key else f"{where}: {message}", hint=hint
        )
        self.file = file
        self.line = line
        self.key = key


class DataError(RabtaError):
    """A recorded file that cannot be used; nothing was written."""

    def __init__(
        self, message: str, *, file: str, row: int = 0, column: str = "", hint: str = ""
    ) -> None:
        where = [file]
        if row:
            where.append(f"row {row}")
        if column:
            where.append(f"column {column!r}")
        super().__init__(f"{', '.join(where)}: {message}", hint=hint)
        self.file = file
        self.row = row
        self.column = column


class FetchError(RabtaError):
    """A public source did not give what was asked; what it gave before is kept."""

    def __init__(
        self, message: str, *, url: str, hint: str = "", missing: bool = False
    ) -> None:
        super().__init__(f"{url}: {message}", hint=hint)
        self.url = url
        self.missing = missing
        """Whether it answers that there is no such thing (404, 410)."""


class StoreError(RabtaError):
    """The store cannot be read or written; what it held is untouched.

    *command* is the one that cures it, for a shell; empty where none does.
    """

    def __init__(self, message: str, *, hint: str = "", command: str = "") -> None:
        super().__init__(message, hint=hint)
        self.command = command


class PlatformError(RabtaError):
    """The operating system or its permissions stand in the way."""
