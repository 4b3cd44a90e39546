"""The channels there are, and the runner that hands a queued message to its own."""

from collections.abc import Awaitable, Callable, Mapping
from typing import cast
from urllib.parse import urlsplit

from rabta.alerts import mail, telegram, through_apprise, webhook
from rabta.config import Channel, Config
from rabta.model import Message, Note, Work
from rabta.outbox.outcome import FinalError, Outcome
from rabta.outbox.task import Runner, Task
from rabta.outbox.worker import RUNNERS


Send = Callable[[Note, Channel, Task], Awaitable[Outcome]]

CHANNELS: Mapping[str, Send] = {
    "webhook": webhook.send,
    "telegram": telegram.send,
    "email": mail.send,
    "apprise": through_apprise.send,
}


def runners(config: Config) -> Mapping[type[Work], Runner]:
    """Return the runners of all work, messages over the channels of *config* too."""
    known = {channel.name: channel for channel in config.channels}

    async def tell(task: Task) -> Outcome:
        note = cast("Note", task.job.order.work)
        channel = known.get(note.channel)
        if channel is None:
            raise FinalError(Message.of("outbox.channel_gone", channel=note.channel))
        task.host = host_of(channel)
        return await CHANNELS[channel.kind](note, channel, task)

    return {**RUNNERS, Note: tell}


def host_of(channel: Channel) -> str:
    """Return the host a channel is reached at; empty where only Apprise knows."""
    return urlsplit(channel.url).hostname or ""
