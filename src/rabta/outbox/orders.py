"""From what people ask for to an order that can be queued, checked once and here."""

import os
import re
import subprocess
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from rabta.errors import UsageError
from rabta.model import (
    NO_LIMIT,
    Call,
    Check,
    Command,
    Discard,
    Download,
    Limit,
    Note,
    Order,
    Push,
    Rerun,
    Upload,
    Work,
)
from rabta.outbox.remote import host_in
from rabta.outbox.secret import refuse_secrets
from rabta.outbox.transfer import storage


# What a command is given of the environment unless more is asked for: enough to find
# programs, the user's files and language, and an ssh agent.
ALLOWED = (
    *("PATH", "HOME", "USER", "LOGNAME", "SHELL", "TMPDIR", "TZ"),
    *("LANG", "LANGUAGE", "LC_ALL", "SSH_AUTH_SOCK"),
)
_WEB = ("http", "https")
PROGRAMS = {"rsync": "rsync", "ssh": "rsync", "sftp": "sftp"}
"""Which program serves the URLs of a scheme; ``ssh`` means rsync over ssh."""


def host_of(work: Work) -> str:
    """Return the host *work* goes to; empty where only the work itself knows."""
    match work:
        case Upload(url=url) | Download(url=url) | Call(url=url) | Discard(url=url):
            parts = urlsplit(url)
            if parts.scheme in storage.SCHEMES:
                return storage.host_of(parts.scheme)
            return parts.hostname or ""
        case Push(host=host):
            return host
        case _:
            return ""


def command_order(
    argv: Sequence[str],
    *,
    folder: Path,
    names: Sequence[str] = (),
    environment: Mapping[str, str],
    rerun: Rerun = Rerun.OUTAGE,
) -> Order:
    """Return the order to run *argv* in *folder*.

    *names* are further variables it shall have: ``NAME``, taken from *environment*, or
    ``NAME=value``.
    """
    chosen = {name: environment[name] for name in ALLOWED if name in environment}
    for one in names:
        name, given, value = one.partition("=")
        if not given and name not in environment:
            raise UsageError(f"there is no variable {name} to pass on")
        chosen[name] = value if given else environment[name]
    refuse_secrets(chosen)
    work = Command(tuple(argv), str(folder), tuple(chosen.items()), rerun)
    return Order(work, " ".join(argv))


def upload_order(
    file: Path,
    url: str,
    *,
    headers: Sequence[str] = (),
    limit: Limit = NO_LIMIT,
    check: Check = Check.AUTO,
) -> Order:
    """Return the order to send *file* to *url*."""
    pairs = _headers(headers)
    _must_be(url, (*_WEB, *PROGRAMS, *storage.SCHEMES))
    refuse_secrets(dict(pairs), url)
    try:
        size = file.stat().st_size
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}") from None
    if not file.is_file():
        raise UsageError(f"{file} is not a file", hint="pack a folder into one first")
    if url.startswith("sftp:") and not speakable(str(file.absolute()) + url):
        raise UsageError(
            "sftp cannot be given a name with quotes, backslashes or line breaks",
            hint="rename the file, or send it with rsync",
        )
    work = Upload(str(file.absolute()), url, pairs, limit, check)
    return Order(work, f"{file.name} → {plain(url)}", size=size)


def download_order(
    url: str,
    file: Path,
    *,
    headers: Sequence[str] = (),
    limit: Limit = NO_LIMIT,
    sha256: str = "",
    overwrite: bool = False,
) -> Order:
    """Return the order to get *url* as *file*."""
    pairs = _headers(headers)
    _must_be(url, (*_WEB, *storage.SCHEMES))
    refuse_secrets(dict(pairs), url)
    if sha256 and not re.fullmatch(r"[0-9a-fA-F]{64}", sha256):
        raise UsageError("a SHA-256 has 64 hexadecimal digits")
    if file.is_dir():
        file /= Path(urlsplit(url).path).name or "index.html"
    if not file.absolute().parent.is_dir():
        raise UsageError(f"there is no folder {file.absolute().parent}")
    if file.exists() and not overwrite:
        raise UsageError(f"{file} exists", hint="name another, or add --overwrite")
    work = Download(url, str(file.absolute()), pairs, limit, sha256.lower(), overwrite)
    return Order(work, f"{plain(url)} → {file.name}")


def call_order(
    url: str, *, method: str = "POST", headers: Sequence[str] = (), body: str = ""
) -> Order:
    """Return the order to make one request; it has a key of its own."""
    pairs = _headers(headers)
    _must_be(url, _WEB)
    refuse_secrets(dict(pairs), url)
    if not re.fullmatch(r"[A-Z]{1,20}", method):
        raise UsageError(f"{method!r} is no HTTP method")
    return Order(
        Call(url, method, pairs, body),
        f"{method} {plain(url)}",
        key=f"rabta-{uuid.uuid4()}",
        size=len(body.encode()),
    )


def push_order(folder: Path, remote: str, branch: str) -> Order:
    """Return the order to push the newest commit of *branch*, empty for the current.

    Raises:
        UsageError: *folder* is no repository, or has no such branch.
    """
    branch = branch or _git(folder, "symbolic-ref", "--short", "HEAD")
    commit = _git(folder, "rev-parse", "--verify", f"{branch}^{{commit}}")
    refuse_secrets({}, remote)
    address = remote
    if not (folder / remote).exists() and host_in(remote) == host_in(""):
        address = _git(folder, "remote", "get-url", "--push", remote)
    host = host_in(address)
    work = Push(str(folder.absolute()), remote, branch, commit, host)
    return Order(work, f"git push {remote} {branch} ({commit[:9]})")


def note_order(
    channel: str, title: str, text: str, happened: int, key: str = ""
) -> Order:
    """Return the order to tell people something."""
    return Order(Note(channel, title, text, happened), title, priority=10, key=key)


def speakable(names: str) -> bool:
    """Whether *names* can stand in sftp's batch language, which quotes little."""
    return all(sign not in '"\\\\' and sign.isprintable() for sign in names)


def _headers(lines: Sequence[str]) -> tuple[tuple[str, str], ...]:
    found = []
    for line in lines:
        name, given, value = line.partition("=")
        if not given or not re.fullmatch(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", name):
            raise UsageError(f"{line!r} is no header", hint="write NAME=value")
        if any(ord(sign) < 32 for sign in value):
            raise UsageError(f"the value of {name} holds a control character")
        found.append((name, value))
    return tuple(found)


def _must_be(url: str, schemes: Sequence[str]) -> None:
    """Refuse a URL that cannot be used, or not before something is installed."""
    try:
        parts = urlsplit(url)
        known = parts.scheme in schemes and bool(parts.hostname)
        _ = parts.port
    except ValueError:
        known = False
    if not known or any(ord(sign) <= 32 for sign in url):
        raise UsageError(
            f"{url!r} cannot be used", hint="known are " + ", ".join(schemes)
        )
    storage.require(parts.scheme)


def plain(url: str) -> str:
    """Return *url* as people may see it: without its query, which may hold a token."""
    return url.partition("?")[0]


def _git(folder: Path, *words: str) -> str:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *words],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "LC_ALL": "C"},
        )
    except OSError as error:
        raise UsageError("git is not installed") from error
    if done.returncode:
        raise UsageError(f"git: {done.stderr.strip() or 'no such branch'}")
    return done.stdout.strip()
