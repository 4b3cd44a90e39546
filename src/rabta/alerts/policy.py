"""Which disruptions are told, as what, and under which key. Pure."""

from collections.abc import Iterable

from rabta.alerts.moment import moment_of
from rabta.config import Channel
from rabta.locale import figure, render, say
from rabta.model import Disruption, Order
from rabta.outbox.orders import note_order


def orders_for(
    disruptions: Iterable[Disruption], channel: Channel, since: int, now: int
) -> list[Order]:
    """Return the messages that are due on one channel, each with a key of its own.

    One when a disruption was seen to last ``channel.after`` seconds, one when it is
    over.
    Asked again it returns the same keys, and the queue knows those it has: a restart
    tells nothing twice and forgets nothing. What began before *since* is not told.
    """
    found = []
    for one in disruptions:
        if one.onset < since or one.lasted(now) < channel.after:
            continue
        found.append(_order(one, channel, "began", one.onset))
        if one.end is not None:
            found.append(_order(one, channel, "ended", one.end))
    return found


def _order(one: Disruption, channel: Channel, what: str, happened: int) -> Order:
    lang = channel.language
    sentence = render(one.verdict.sentence, lang)
    at = moment_of(happened).strftime("%Y-%m-%d %H:%M:%S %Z")
    span = figure(one.lasted(happened), "duration", lang)
    if one.unobserved:
        gone = figure(one.unobserved_seconds, "duration", lang)
        span = say(lang, "alerts.partly", lasted=span, unobserved=gone)
    title = say(lang, f"alerts.{what}", entity=one.entity.rpartition("/")[2])
    text = say(lang, f"alerts.{what}_text", sentence=sentence, at=at, lasted=span)
    key = f"alert/{channel.name}/{one.entity}/{one.onset}/{what}"
    return note_order(channel.name, title, text, happened, key)
