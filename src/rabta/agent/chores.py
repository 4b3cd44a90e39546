"""What the daemon does now and then: paths, power, other vantages, sealing."""

import asyncio
import contextlib
import json
import logging
import socket
import ssl
import sys
from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256
from hmac import compare_digest
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from rabta.agent.detection import Detection
from rabta.agent.runner import Runner
from rabta.config import Config, Vantage, read_secret
from rabta.errors import RabtaError
from rabta.model import State
from rabta.probes.power import on_mains
from rabta.store import Store


if TYPE_CHECKING:
    from http.client import HTTPConnection

log = logging.getLogger(__name__)

_TRACE = 600.0
_TRACE_SOON = 20.0
_POWER = 10.0
_VANTAGE = 60.0
_PATIENCE = 15.0
_SEAL = 3600.0
_LEARNT = 3600.0
_SEEN = {State.UP: State.UP, State.DEGRADED: State.UP, State.DOWN: State.DOWN}
"""What counts of another's verdict: partly there is neither here nor there."""


async def keep_paths(runner: Runner) -> None:
    """Learn each line's first hop beyond the gateway, every ten minutes.

    A line of which it is not known, because it has just come (back), is asked soon.
    """
    loop = asyncio.get_running_loop()
    due = 0.0
    while True:
        lines = [rig.key for rig in runner.rigs.all()]
        if loop.time() >= due:
            due = loop.time() + _TRACE
        else:
            lines = [key for key in lines if not runner.rigs.first_hop(key)]
        await asyncio.gather(*(runner.trace(key) for key in lines))
        await asyncio.sleep(_TRACE_SOON)


async def keep_power(config: Config, tell: Callable[[bool | None], None]) -> None:
    """Ask about mains power."""
    while True:
        tell(await on_mains(nut=config.power.nut))
        await asyncio.sleep(_POWER)


async def keep_vantages(
    config: Config, tell: Callable[[str, tuple[tuple[str, State], ...]], None]
) -> None:
    """Ask other Rabtas how they see the services, each at its own pace."""
    await asyncio.gather(*(_keep_vantage(one, tell) for one in config.vantages))


async def _keep_vantage(
    vantage: Vantage, tell: Callable[[str, tuple[tuple[str, State], ...]], None]
) -> None:
    while True:
        tell(vantage.name, await _answer(vantage))
        await asyncio.sleep(_VANTAGE)


async def _answer(vantage: Vantage) -> tuple[tuple[str, State], ...]:
    """Ask once, and within ``_PATIENCE``: an old answer must not stand for long."""
    connection = _connection(vantage)
    try:
        async with asyncio.timeout(_PATIENCE):
            return await asyncio.to_thread(_ask, vantage, connection)
    except TimeoutError:
        log.info("vantage %s: no answer within %g s", vantage.name, _PATIENCE)
        return ()
    finally:
        _hang_up(connection)


def _connection(vantage: Vantage) -> "HTTPConnection":
    from http.client import HTTPConnection, HTTPSConnection

    url = urlsplit(vantage.url)
    host = url.hostname or ""
    if url.scheme != "https":
        return HTTPConnection(host, url.port, timeout=5)
    # a pinned certificate is compared once it is shown; the name in it means nothing
    context = ssl.create_default_context() if not vantage.fingerprint else _any()
    return HTTPSConnection(host, url.port, timeout=5, context=context)


def _any() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _check_pin(vantage: Vantage, connection: "HTTPConnection") -> None:
    """Refuse another certificate than the one that was written down, before asking."""
    if not vantage.fingerprint:
        return
    connection.connect()
    shown = b""
    if isinstance(connection.sock, ssl.SSLSocket):
        shown = connection.sock.getpeercert(binary_form=True) or b""
    wanted = vantage.fingerprint.lower().removeprefix("sha256:").replace(":", "")
    if not compare_digest(sha256(shown).hexdigest(), wanted):
        raise OSError("it shows another certificate than the one it is known by")


def _hang_up(connection: "HTTPConnection") -> None:
    """Wake the thread that may still read from it."""
    if connection.sock is not None:
        with contextlib.suppress(OSError):
            connection.sock.shutdown(socket.SHUT_RDWR)


def _ask(
    vantage: Vantage, connection: "HTTPConnection"
) -> tuple[tuple[str, State], ...]:
    """Return (service, state) as the other Rabta sees them; nothing on failure."""
    from http.client import HTTPException

    path = urlsplit(vantage.url).path.rstrip("/")
    headers = {"Accept": "application/json"}
    try:
        if vantage.token_file is not None:
            headers["Authorization"] = f"Bearer {read_secret(vantage.token_file)}"
        _check_pin(vantage, connection)
        connection.request("GET", f"{path}/api/status", headers=headers)
        document = json.loads(connection.getresponse().read(4_000_000))
        return tuple(
            (str(service["name"]), State(service["verdict"]["state"]))
            for service in document["services"]
        )
    except (
        OSError,
        HTTPException,
        ValueError,
        KeyError,
        TypeError,
        RabtaError,  # a secret that has gone or may not be read any more
    ) as error:
        log.info("vantage %s: %s", vantage.name, error)
        return ()
    finally:
        connection.close()


def together(
    views: Iterable[Mapping[str, State]],
) -> tuple[tuple[str, State], ...]:
    """Join what several vantages see: up when reached from anywhere, else down."""
    joined: dict[str, State] = {}
    for view in views:
        for service, state in view.items():
            seen = _SEEN.get(state, State.UNKNOWN)
            if joined.get(service, State.UNKNOWN) is State.UNKNOWN or seen is State.UP:
                joined[service] = seen
    return tuple(sorted(joined.items()))


async def keep_learnt(detection: Detection) -> None:
    """Save what is usual, every hour."""
    while True:
        await asyncio.sleep(_LEARNT)
        await asyncio.to_thread(detection.write, detection.dump())


async def keep_sealed(store: Store) -> None:
    """Seal closed hours, every hour."""
    while True:
        await asyncio.sleep(_SEAL)
        await seal(store)


async def seal(store: Store) -> None:
    """Seal closed hours in a child process, so that this one stays small."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "rabta.store.seal",
        str(store.path),
        "--raw-days",
        str(store.retention.raw_days),
        "--minute-days",
        str(store.retention.minute_days),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        _, stderr = await child.communicate()
    except asyncio.CancelledError:
        with contextlib.suppress(ProcessLookupError):
            child.terminate()
        await child.communicate()  # it must not write to a folder that goes away
        raise
    if child.returncode:
        log.warning("sealing failed: %s", stderr.decode(errors="replace").strip())
