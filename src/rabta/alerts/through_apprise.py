"""A message through Apprise, which knows some 130 services.

The URL holds their secrets, so it lies in the file the channel names.
"""

import asyncio
from importlib import import_module
from typing import Any

from rabta.config import Channel, read_secret
from rabta.errors import ConfigError, PlatformError
from rabta.model import Message, Note
from rabta.outbox.outcome import Outcome, ServerError
from rabta.outbox.task import Task


async def send(note: Note, channel: Channel, task: Task) -> Outcome:
    """Hand it over; Apprise says only whether that went well."""
    del task
    if channel.token_file is None:
        raise ConfigError("an apprise channel needs token_file", file=channel.name)
    url = read_secret(channel.token_file)
    try:
        apprise: Any = import_module("apprise")
    except ImportError:
        raise PlatformError(
            "the package apprise is missing",
            hint="install it into Rabta's environment: pip install 'rabta[alerts]'",
        ) from None
    told = apprise.Apprise()
    if not told.add(url):
        raise ConfigError(
            "apprise does not know this URL", file=str(channel.token_file)
        )
    if not await asyncio.to_thread(told.notify, title=note.title, body=note.text):
        says = Message.of(
            "outbox.channel_refuses", channel=channel.name, reason="apprise"
        )
        raise ServerError(says)
    return Outcome("done", Message.of("outbox.told", channel=channel.name))
