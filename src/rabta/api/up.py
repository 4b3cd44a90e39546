"""Join the daemon with its API and pages; what ``rabta up`` and ``demo`` run."""

import asyncio
import contextlib
import logging
import socket
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from rabta.agent.daemon import Agent
from rabta.agent.demo import places
from rabta.agent.demo.run import Demo
from rabta.agent.records import disruption_documents
from rabta.api import ApiSettings, create_app, sign_in_path
from rabta.api.serve import listen, serve
from rabta.clock import SystemClock
from rabta.config import Config, is_loopback, load, read_token
from rabta.config.targets import targets, without_domestic
from rabta.cost.firm.table import firm_of
from rabta.locale import say as speak
from rabta.probes.uplinks import look, names_of
from rabta.steer.decider import Wishes
from rabta.store import Retention, Store


def up(
    config_file: Path | None,
    flags: Mapping[tuple[str | int, ...], str | int | Path | None],
    *,
    verbose: bool,
    say: Callable[[str], None],
) -> None:
    """Measure and serve until told to stop.

    Raises:
        RabtaError: a wrong configuration, a taken port, a store in use.
    """
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.INFO if verbose else logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    config = load(config_file, flags=flags)
    token = None
    if config.dashboard.token_file is not None:
        token = read_token(config.dashboard.token_file)
    settings = ApiSettings(
        host=config.dashboard.host,
        port=config.dashboard.port,
        token=token,
        language=config.language,
        targets=targets(config),
        wishes=Wishes.of(config),
        firm=None if config.firm is None else firm_of(config.firm),
        file=config.file,
    )
    retention = Retention(config.store.raw_days, config.store.minute_days)
    # The store first: a second daemon shall hear of the first, not of a port.
    with (
        Store.open(
            config.store.path, clock=SystemClock(), retention=retention
        ) as store,
        listen(settings.host, settings.port) as opened,
    ):
        store.know_services(service.name for service in config.services)
        lost = asyncio.run(_agent(config, store, settings, opened, say))
    if lost:
        say(f"Stopped; the disk refused {lost} measurements.")
    else:
        say("Stopped; everything measured is on disk.")


async def _agent(
    config: Config,
    store: Store,
    settings: ApiSettings,
    opened: socket.socket,
    say: Callable[[str], None],
) -> int:
    """Run until told to stop; return how many measurements could not be written."""
    agent = Agent(config, store)
    app = create_app(agent.hub, store, settings)
    urls = [_url(*address) for address in await reachable(config, opened)]
    for line in greeting(config, urls, sign_in_path(app) or ""):
        say(line)
    await serve(app, opened, agent.run)
    return agent.lost


async def reachable(config: Config, opened: socket.socket) -> list[tuple[str, int]]:
    """Return addresses and ports a browser can ask for: the one that was bound.

    Where that stands for all there are, those of the uplinks, which others can use;
    loopback if none has one.
    """
    host, port = opened.getsockname()[:2]
    if not ip_address(host).is_unspecified:
        return [(host, port)]
    families = (4, 6) if ":" in host else (4,)
    uplinks = await look(names_of(config.uplinks))
    lines = [
        line
        for family in families
        for uplink in uplinks
        if (line := uplink.line(family)) and line.source
    ]
    usable = [one.source for one in lines if not ip_address(one.source).is_link_local]
    loopback = "::1" if ":" in host else "127.0.0.1"
    return [(one, port) for one in dict.fromkeys(usable)] or [(loopback, port)]


def greeting(config: Config, urls: Sequence[str], sign_in: str) -> list[str]:
    """Return what is said at the start: where to look, who else may, what lacks."""
    lines = [f"Rabta measures. Dashboard: {' or '.join(urls)}  (Ctrl-C stops)"]
    if not is_loopback(config.dashboard.host):
        host = urlsplit(urls[0]).hostname or ""
        lines.append(speak(config.language, "cli.exposed", host=host))
    if sign_in:
        once = "Sign in, once, within ten minutes"
        lines.append(f"{once}: {urls[0].rstrip('/')}{sign_in}")
    if country := without_domestic(config):
        lines.append(speak(config.language, "doctor.country.unknown", country=country))
    return lines


def demo(port: int, seed: int, *, once: bool, say: Callable[[str], None]) -> None:
    """Simulate a month, then serve it and go on live until told to stop."""
    with (
        contextlib.nullcontext() if once else listen("127.0.0.1", port) as opened,
        tempfile.TemporaryDirectory(prefix="rabta-demo-") as folder,
        Store.open(Path(folder), clock=SystemClock()) as store,
    ):
        store.know_services(one.name for one in places.SERVICES)
        simulated = Demo(store, SystemClock(), seed=seed)
        simulated.simulate_month(_progress)
        if opened is None:
            for document in disruption_documents(
                Path(folder), entity=None, open_only=False, limit=1000
            ):
                say(msgspec.json.encode(document).decode())
            return
        asyncio.run(_demo(simulated, store, opened, say))


async def _demo(
    simulated: Demo,
    store: Store,
    opened: socket.socket,
    say: Callable[[str], None],
) -> None:
    port = opened.getsockname()[1]
    measured = tuple(
        {t.name: t for ts in places.targets().values() for t in ts}.values()
    )
    settings = ApiSettings(port=port, simulated=True, targets=measured)
    app = create_app(simulated.hub, store, settings)
    url = _url("127.0.0.1", port)
    say(f"SIMULATED office and month: {url}  (Ctrl-C stops)")
    await serve(app, opened, simulated.run)


def _url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def _progress(share: float) -> None:
    if sys.stderr.isatty():
        end = "\n" if share >= 1 else ""
        sys.stderr.write(f"\rSimulating a month: {share:4.0%}{end}")
        sys.stderr.flush()
