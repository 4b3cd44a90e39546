"""Many jobs at once, as JSON Lines: one job a line, with the words of the options."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import msgspec

from rabta.errors import DataError, UsageError
from rabta.model import Check, Needs, Order, Rerun, Retry
from rabta.outbox import orders
from rabta.outbox.deadline import deadline_of
from rabta.outbox.limit import bits, hours_of, limit_of
from rabta.outbox.secret import refuse_secrets_in


@dataclass(frozen=True, slots=True)
class Line:
    """One job as it is written; what its kind does not need stays empty."""

    kind: Literal["command", "upload", "download", "call", "push"]
    argv: tuple[str, ...] = ()
    folder: str = ""
    env: tuple[str, ...] = ()
    rerun: Rerun = Rerun.OUTAGE
    file: str = ""
    url: str = ""
    headers: tuple[str, ...] = ()
    limit: str = ""
    check: Check = Check.AUTO
    sha256: str = ""
    overwrite: bool = False
    method: str = "POST"
    data: str = ""
    remote: str = "origin"
    branch: str = ""
    priority: int = 0
    deadline: str = ""
    key: str = ""
    after: tuple[int, ...] = ()
    attempts: int = 10
    no_line: bool = False
    uplink: str = ""
    service: str = ""
    corridor: str = ""
    unmetered: bool = False
    at_least: str = ""
    between: str = ""


_decode = msgspec.json.Decoder(Line).decode


def read(lines: Iterable[bytes], *, file: str, now: int) -> Iterator[Order]:
    """Yield the order of every line that is not blank.

    Raises:
        DataError: names the line and what is wrong with it.
    """
    for number, text in enumerate(lines, 1):
        if not text.strip():
            continue
        try:
            line = _decode(text)
            yield _with_choices(_order(line), line, now)
        except (msgspec.MsgspecError, UsageError) as error:
            raise DataError(str(error), file=file, row=number) from error


def _order(line: Line) -> Order:
    folder = Path(line.folder or Path.cwd())
    match line.kind:
        case "command":
            if not line.argv:
                raise UsageError("a command needs argv")
            refuse_secrets_in(line.argv)
            return orders.command_order(
                line.argv,
                folder=folder,
                names=line.env,
                environment=os.environ,
                rerun=line.rerun,
            )
        case "upload":
            return orders.upload_order(
                Path(line.file),
                line.url,
                headers=line.headers,
                limit=limit_of(line.limit),
                check=line.check,
            )
        case "download":
            return orders.download_order(
                line.url,
                Path(line.file),
                headers=line.headers,
                limit=limit_of(line.limit),
                sha256=line.sha256,
                overwrite=line.overwrite,
            )
        case "call":
            return orders.call_order(
                line.url, method=line.method, headers=line.headers, body=line.data
            )
        case "push":
            return orders.push_order(folder, line.remote, line.branch)


def _with_choices(order: Order, line: Line, now: int) -> Order:
    return replace(
        order,
        priority=line.priority,
        deadline=deadline_of(line.deadline, now),
        needs=Needs(
            line=not line.no_line,
            uplink=line.uplink,
            service=line.service,
            corridor=line.corridor,
            unmetered=line.unmetered,
            bits_per_second=bits(line.at_least),
            between=hours_of(line.between),
        ),
        retry=Retry(attempts=line.attempts),
        key=line.key or order.key,
        after=line.after,
    )
