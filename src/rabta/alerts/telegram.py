"""A message to a Telegram chat (Bot API, sendMessage)."""

import msgspec

from rabta.config import Channel, read_secret
from rabta.errors import ConfigError
from rabta.model import Note
from rabta.outbox.outcome import Outcome
from rabta.outbox.task import Task
from rabta.outbox.transfer.asking import ask_once


async def send(note: Note, channel: Channel, task: Task) -> Outcome:
    """Send it as the bot whose token the channel names."""
    if channel.token_file is None:
        raise ConfigError("a telegram channel needs token_file", file=channel.name)
    token = read_secret(channel.token_file)
    text = f"{note.title}\n{note.text}"
    body = msgspec.json.encode({"chat_id": channel.to, "text": text})
    url = f"{channel.url.rstrip('/')}/bot{token}/sendMessage"
    headers = [("Content-Type", "application/json")]
    return await ask_once(task, "POST", url, headers, body)
