"""Change the user's file by one line, leaving every comment where it is."""

import tomllib
from pathlib import Path

from rabta.config.catalogue import catalogue, choose
from rabta.config.lines import lines_of
from rabta.config.load import load
from rabta.config.settings import Service
from rabta.errors import ConfigError, UsageError
from rabta.whole import replacement


def add_service(file: Path, item: str) -> Service:
    """Add a service, by name or URL, to *file*; make the file when there is none.

    Raises:
        UsageError: *item* is neither, or is there already.
        ConfigError: the file has a mistake, its list cannot be extended safely, or
            the disk refuses.
    """
    try:
        service = choose(item, catalogue())
    except ValueError as error:
        message, hint = error.args
        raise UsageError(message, hint=hint) from None
    # what is measured without a file stays measured once there is one
    before = load(file if file.exists() else None, {})
    if any(service.name == other.name for other in before.services):
        where = file if file.exists() else "the defaults"
        raise UsageError(f"{service.name!r} is already in {where}")
    # not read_text: line ends stay as they are
    text = file.read_bytes().decode("utf-8") if file.exists() else ""
    if "services" in tomllib.loads(text):
        changed = _appended(text, item)
    else:
        items = [*(other.name for other in before.services), item]
        changed = f"services = [{', '.join(map(_quoted, items))}]\n{text}"
    _check(changed, text, item, file)
    write(file, changed)
    return service


def write(file: Path, text: str) -> None:
    """Replace *file*, or make it, folders and all, for its owner's eyes alone.

    Raises:
        ConfigError: the disk refuses; *file* is as it was.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with replacement(file, mode=None if file.exists() else 0o600) as aside:
            aside.write_bytes(text.encode())  # line ends stay as they are
    except OSError as error:
        reason = error.strerror or str(error)
        raise ConfigError(f"cannot be written: {reason}", file=str(file)) from error


def _appended(text: str, item: str) -> str:
    """Put *item* after the last one of the list ``services``."""
    first = lines_of(text)[("services",)]
    start = sum(map(len, text.splitlines(keepends=True)[: first - 1]))
    end = _end_of_list(text, text.index("[", text.index("=", start)))
    inside = text[:end].rstrip()
    if inside.endswith("["):
        return f"{inside}{_quoted(item)}{text[end:]}"
    return f"{inside}{'' if inside.endswith(',') else ','} {_quoted(item)}{text[end:]}"


def _end_of_list(text: str, at: int) -> int:
    """Return the position after the last item of the list that opens at *at*."""
    last = at + 1
    at += 1
    while text[at] != "]":
        if text[at] == "#":
            at = text.index("\n", at)
        elif text[at] in "\"'":
            at = text.index(text[at], at + 1) + 1
            last = at
        else:
            last = at + 1 if text[at] == "," else last
            at += 1
    return last


def _quoted(item: str) -> str:
    return '"' + item.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _check(changed: str, before: str, item: str, file: Path) -> None:
    """Refuse to write what would not mean exactly one service more."""
    try:
        after = tomllib.loads(changed)
    except tomllib.TOMLDecodeError:
        after = {}
    services = after.pop("services", [])
    expected = tomllib.loads(before)
    expected.pop("services", None)
    if after != expected or services[-1:] != [item]:
        raise ConfigError(
            "this list is written in a way that is not edited safely",
            file=str(file),
            key="services",
            hint=f"add {_quoted(item)} by hand",
        )
