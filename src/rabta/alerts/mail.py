"""A message by e-mail, handed to the user's own mail server (RFC 6409)."""

import asyncio
import smtplib
import ssl
from contextlib import suppress
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from urllib.parse import urlsplit

from rabta.alerts.moment import moment_of
from rabta.config import Channel, read_secret
from rabta.failure import name_of
from rabta.model import Message, Note
from rabta.outbox.outcome import FinalError, LineError, Outcome, ServerError
from rabta.outbox.task import Task
from rabta.steer.ways import is_here


_PATIENCE = 20.0


async def send(note: Note, channel: Channel, task: Task) -> Outcome:
    """Hand it over; ``smtps://`` and ``smtp://`` URLs, the latter with STARTTLS.

    The Message-ID is that of the job, so that mail programs drop a second one.
    """
    ways = task.ways()
    source = ways[0].bindings[0].source if ways else ""
    task.uplink = ways[0].uplink if ways else ""
    try:
        await asyncio.to_thread(_send, _letter(note, channel, task), channel, source)
    except smtplib.SMTPResponseException as error:
        reason = f"{error.smtp_code} {_text(error.smtp_error)}"
        says = Message.of("outbox.channel_refuses", channel=channel.name, reason=reason)
        if 500 <= error.smtp_code < 600:
            raise FinalError(says) from error
        raise ServerError(says) from error
    except smtplib.SMTPRecipientsRefused as error:
        says = Message.of(
            "outbox.channel_refuses", channel=channel.name, reason=channel.to
        )
        raise FinalError(says) from error
    except smtplib.SMTPNotSupportedError as error:
        reason = str(error)
        says = Message.of("outbox.channel_refuses", channel=channel.name, reason=reason)
        raise FinalError(says) from error
    except (OSError, smtplib.SMTPException) as error:
        raise LineError(name_of(error)) from error
    return Outcome("done", Message.of("outbox.told", channel=channel.name))


def _letter(note: Note, channel: Channel, task: Task) -> EmailMessage:
    letter = EmailMessage()
    letter["Subject"] = note.title
    letter["From"] = channel.sender or channel.to
    letter["To"] = channel.to
    letter["Date"] = format_datetime(moment_of(note.happened))
    key = task.job.order.key or str(task.job.id)
    plain = "".join(sign if sign.isalnum() else "." for sign in key)
    letter["Message-ID"] = f"<{plain}@rabta.invalid>" if key else make_msgid()
    letter.set_content(note.text)
    return letter


def _send(letter: EmailMessage, channel: Channel, source: str) -> None:
    url = urlsplit(channel.url)
    context = ssl.create_default_context()
    from_here = (source, 0) if source else None
    if url.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            url.hostname or "",
            url.port or 465,
            timeout=_PATIENCE,
            context=context,
            source_address=from_here,
        )
    else:
        server = smtplib.SMTP(
            url.hostname or "",
            url.port or 587,
            timeout=_PATIENCE,
            source_address=from_here,
        )
    try:
        server.ehlo()
        if url.scheme == "smtp" and not is_here(url.hostname or ""):
            server.starttls(context=context)  # where it was taken away, nothing is sent
            server.ehlo()
        if channel.user and channel.token_file is not None:
            server.login(channel.user, read_secret(channel.token_file))
        server.send_message(letter)
        with suppress(OSError, smtplib.SMTPException):  # it was taken: done is done
            server.quit()
    finally:
        server.close()


def _text(answer: bytes | str) -> str:
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return text[:200]
