"""A message as one JSON object to a URL of one's own."""

import msgspec

from rabta.config import Channel, read_secret
from rabta.model import Note
from rabta.outbox.outcome import Outcome
from rabta.outbox.task import Task
from rabta.outbox.transfer.asking import ask_once


async def send(note: Note, channel: Channel, task: Task) -> Outcome:
    """Post it; the key of the job goes with it, by which the far end knows it again."""
    document = {
        "title": note.title,
        "text": note.text,
        "happened": note.happened,
        "key": task.job.order.key,
    }
    headers = [("Content-Type", "application/json")]
    if task.job.order.key:
        headers.append(("Idempotency-Key", task.job.order.key))
    if channel.token_file is not None:
        token = read_secret(channel.token_file)
        headers.append(("Authorization", f"Bearer {token}"))
    return await ask_once(
        task, "POST", channel.url, headers, msgspec.json.encode(document)
    )
