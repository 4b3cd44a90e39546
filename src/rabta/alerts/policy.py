"""Which disruptions are told, as what, and under which key. Pure."""

from collections.abc import Callable, Iterable

from rabta.alerts.moment import moment_of
from rabta.config import Channel
from rabta.locale import figure, render, say
from rabta.model import Disruption, Order
from rabta.outbox.orders import note_order


def _nothing(_: str) -> bool:
    return False


def orders_for(
    disruptions: Iterable[Disruption],
    channel: Channel,
    since: int,
    now: int,
    told: Callable[[str], bool] = _nothing,
) -> list[Order]:
    """Return the messages that are due on one channel, each with a key of its own.

    One when a disruption was seen to last ``channel.after`` seconds, one when it is
    over.
    Asked again it returns the same keys, and the queue knows those it has: a restart
    tells nothing twice and forgets nothing. What began before *since* is not told; that
    it is over is, where its beginning was *told* (by its key): whoever heard that a
    line is down is not left in doubt by a power cut.
    """
    found = []
    for one in disruptions:
        if one.onset < since:
            if not told(_key(one, channel, "began")):
                continue
        elif one.lasted(now) < channel.after:
            continue
        else:
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
    key = _key(one, channel, what)
    return note_order(channel.name, title, text, happened, key)


def _key(one: Disruption, channel: Channel, what: str) -> str:
    return f"alert/{channel.name}/{one.entity}/{one.onset}/{what}"
