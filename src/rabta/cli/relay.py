"""``rabta relay``: a local proxy that picks the uplink for every connection."""

import asyncio
import contextlib
import json
import signal
import sys
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rabta.cli import present
from rabta.cli.present import label
from rabta.cli.reading import (
    config_file,
    config_option,
    json_option,
    language_option,
    store_option,
)


if TYPE_CHECKING:
    from rabta.config import Config
    from rabta.steer.lines import Lines
    from rabta.steer.relay.server import Relay

_PACE = 1.0  # seconds between looks at what is going on


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), help="Port; 0 for any.")
@json_option
@language_option
@store_option
@config_option
def command(
    *, port: int | None, as_json: bool, language: str | None, store: Path | None
) -> None:
    """Serve SOCKS5 and HTTP proxying on one local port until stopped.

    Each connection goes over the uplink that works; where that is not known, over the
    one that answers first. Rules in rabta.toml say which host prefers which uplink and
    what must never be sent over a metered one. Needs no root and no daemon, but knows
    more with one ('rabta up').
    """
    from rabta.config import load, read_token
    from rabta.steer.relay.listen import listen, room_for
    from rabta.steer.relay.server import MOST

    lang = present.language(language)
    flags: dict[tuple[str | int, ...], str | int | Path | None]
    flags = {("relay", "port"): port, ("store", "path"): store}
    config = load(config_file(), flags=flags)
    token = read_token(config.relay.token_file) if config.relay.token_file else ""
    most = room_for(MOST)
    with listen(config.relay.host, config.relay.port) as opened:
        asyncio.run(_serve(config, opened, token, lang, most=most, as_json=as_json))
    if not as_json:
        click.echo(label(lang, "relay.stopped"))


async def _serve(
    config: "Config",
    opened: Any,
    token: str,
    lang: str,
    *,
    most: int,
    as_json: bool,
) -> None:
    from rabta.clock import SystemClock
    from rabta.probes.uplinks import names_of
    from rabta.steer.decider import Wishes
    from rabta.steer.lines import Lines
    from rabta.steer.relay.account import Caps, accounted
    from rabta.steer.relay.server import Relay

    clock, folder = SystemClock(), config.store.path
    lines = Lines(folder, names_of(config.uplinks), clock)
    caps = Caps(folder, clock, Wishes.of(config).caps)
    relay = Relay(
        config.relay,
        lines,
        opened,
        token=token,
        order={one.name or one.interface: one.tier for one in config.uplinks},
        language=lang,
        most=most,
    )
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows
            loop.add_signal_handler(number, stop.set)
    async with contextlib.AsyncExitStack() as stack:
        await stack.enter_async_context(lines.followed())
        await stack.enter_async_context(relay.serving())
        document = _document(config, opened.getsockname(), lines)
        telling = accounted(relay, lines, caps, folder, clock, document["address"])
        await stack.enter_async_context(telling)
        if as_json:
            click.echo(json.dumps(document, ensure_ascii=False))
        else:
            click.echo("\n".join(_introduction(document, lang)))
            for name in _unknown(config, document["uplinks"]):
                known = tuple(document["uplinks"])
                text = label(lang, "relay.unknown_uplink", uplink=name, known=known)
                click.echo(text, err=True)
        live = not as_json and sys.stderr.isatty()
        await _until(stop, relay if live else None, lang)


def _document(config: "Config", bound: Any, lines: "Lines") -> dict[str, Any]:
    host, port = str(bound[0]), int(bound[1])
    if ip_address(host).is_unspecified:  # no address anybody could use
        own = [line.source for one in lines.uplinks for line in one.lines]
        same = [a for a in own if (":" in a) == (":" in host)]
        host = next(iter(same), "127.0.0.1")
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return {
        "address": address,
        "http": f"http://{address}",
        "socks": f"socks5h://{address}",
        "pac": f"http://{address}/proxy.pac",
        "token_file": str(config.relay.token_file) if config.relay.token_file else None,
        "uplinks": [one.name for one in lines.uplinks],
        "measured": lines.beliefs is not None,
    }


def _introduction(document: dict[str, Any], lang: str) -> list[str]:
    http, socks = document["http"], document["socks"]
    uses = {
        "browser": document["pac"],
        "terminal": f"export http_proxy={http} https_proxy={http} all_proxy={socks}",
        "curl": f"curl --proxy {socks} https://example.com/",
        "git": f"git config --global http.proxy {http}",
    }
    texts = {label(lang, f"relay.{name}"): how for name, how in uses.items()}
    width = max(map(len, texts))
    out = [present.strong(label(lang, "relay.serving", address=document["address"]))]
    out += [f"  {text.ljust(width)}  {how}" for text, how in texts.items()]
    if document["token_file"]:
        out.append(label(lang, "relay.token", file=document["token_file"]))
    if not document["uplinks"]:
        out.append(label(lang, "relay.no_uplink"))
    if not document["measured"]:
        out.append(label(lang, "relay.no_daemon"))
    return out


def _unknown(config: "Config", known: list[str]) -> list[str]:
    """Return the uplinks rules name that exist nowhere: a slip of the pen."""
    names = {*known, *(one.name or one.interface for one in config.uplinks)}
    named = [one for rule in config.relay.rule for one in (rule.prefer, *rule.never)]
    return [one for one in dict.fromkeys(named) if one and one not in names]


async def _until(stop: asyncio.Event, shown: "Relay | None", lang: str) -> None:
    """Wait for *stop*; on a terminal one line tells meanwhile what is going on."""
    last = ""
    while not stop.is_set():
        if shown is not None and (text := _line(shown, lang)) != last:
            click.echo(f"\r\x1b[K{text}", err=True, nl=False)
            last = text
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_PACE if shown else None):
                await stop.wait()
    if last:
        click.echo("\r\x1b[K", err=True, nl=False)


def _line(relay: "Relay", lang: str) -> str:
    now, moved = relay.connections(), relay.moved_bytes()
    parts = [label(lang, "relay.live", count=sum(now.values()))]
    for uplink in sorted(moved.keys() | now.keys()):
        key = "relay.live_on" if uplink else "relay.live_here"
        told = {"count": now.get(uplink, 0), "size": moved.get(uplink, 0)}
        parts.append(label(lang, key, uplink=uplink, **told))
    return " · ".join(parts)
