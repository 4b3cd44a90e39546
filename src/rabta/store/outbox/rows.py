"""Jobs to rows and back."""

from typing import Any

import msgspec

from rabta.model import (
    Call,
    Command,
    Discard,
    Download,
    Job,
    JobState,
    Message,
    Needs,
    Note,
    Order,
    Push,
    Retry,
    Run,
    Upload,
    Work,
)


KINDS: dict[str, type[Work]] = {
    "command": Command,
    "upload": Upload,
    "download": Download,
    "call": Call,
    "push": Push,
    "message": Note,
    "discard": Discard,
}
_NAMES = {kind: name for name, kind in KINDS.items()}
_work = {name: msgspec.json.Decoder(kind) for name, kind in KINDS.items()}
_needs, _retry = msgspec.json.Decoder(Needs), msgspec.json.Decoder(Retry)
_message = msgspec.json.Decoder(Message)
_encode = msgspec.json.Encoder().encode

COLUMNS = (
    "job.id, kind, work, title, priority, deadline, gate.needs, retry, key, size,"
    " state, created, waits_for, failures, runs, done_bytes, uplink, says, due,"
    " exit_code, started, finished, token, lease, seen,"
    " (SELECT group_concat(needs) FROM dependency WHERE job = job.id)"
)
FROM = f"SELECT {COLUMNS} FROM job JOIN gate ON gate.id = job.gate"


def kind_of(work: Work) -> str:
    """Return the name of the kind of *work*."""
    return _NAMES[type(work)]


def text_of(value: Work | Needs | Retry | Message | None) -> str | None:
    """Return *value* as JSON; None stays None."""
    return None if value is None else _encode(value).decode()


def message_of(text: str | None) -> Message | None:
    """Return the message in *text*."""
    return None if text is None else _message.decode(text)


def needs_of(text: str) -> Needs:
    """Return the needs in *text*."""
    return _needs.decode(text)


def job_of(row: tuple[Any, ...]) -> Job:
    """Return the job in a row of ``COLUMNS``."""
    (identifier, kind, work, title, priority, deadline, needs, retry, key, size) = row[
        :10
    ]
    (state, created, waits_for, failures, runs, done, uplink, says, due) = row[10:19]
    exit_code, started, finished, token, lease, seen, after = row[19:]
    return Job(
        id=identifier,
        order=Order(
            work=_work[kind].decode(work),
            title=title,
            priority=priority,
            deadline=deadline,
            needs=_needs.decode(needs),
            retry=_retry.decode(retry),
            key=key or "",
            after=tuple(int(one) for one in after.split(",")) if after else (),
            size=size,
        ),
        state=JobState(state),
        created=created,
        waits_for=waits_for,
        failures=failures,
        runs=runs,
        done_bytes=done,
        uplink=uplink,
        says=message_of(says),
        due=due,
        exit_code=exit_code,
        started=started,
        finished=finished,
        token=token,
        lease=lease,
        seen=seen,
    )


def run_of(row: tuple[Any, ...]) -> Run:
    """Return the run in a row of its table."""
    job, started, ended, uplink, outcome, says, moved = row
    return Run(job, started, ended, uplink, outcome, message_of(says), moved)
