"""What this machine can and cannot measure, and the one command that would help.

Nothing is sent, but to a helper of the user's own, and nothing changed or left behind.
"""

import os
import platform
import shutil
import socket
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

import rabta
from rabta.agent import evidence_health, provider_health
from rabta.clock import SECOND, Clock, SystemClock
from rabta.config import Config
from rabta.config.targets import without_domestic
from rabta.errors import StoreError
from rabta.model import Line, Message, Uplink
from rabta.probes.abilities import (
    PING_COMMAND,
    Ability,
    Cure,
    Permission,
    as_running,
    grant_raw_command,
    permissions,
)
from rabta.probes.binding import bind_line
from rabta.probes.pacer import budget_of
from rabta.probes.uplinks import look, names_of
from rabta.steer.relay.report import read as read_relay
from rabta.store import Store
from rabta.store.lock import writer_of


_LITTLE_DISK = 500_000_000
_FRESH = 20 * SECOND
_DAY_OFF = timedelta(days=1)
_LONG_AFTER = timedelta(days=3650)
_TESTED = (3, 14)


class Mark(StrEnum):
    """How well one thing works."""

    OK = "ok"
    REDUCED = "reduced"
    """Rabta works, with less."""
    FAILED = "failed"
    """Rabta cannot measure while this is so."""
    HINT = "hint"
    """Nothing by itself: what would cure some of the others."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    id: str
    mark: Mark
    says: Message
    command: str = ""
    """What would cure it; empty when nothing is wrong or no command helps."""


@dataclass(frozen=True, slots=True)
class BoundLine:
    """One line of an uplink and how its probes are tied to it."""

    uplink: str
    family: int
    bound_by: str
    """``device``, ``source`` or ``none``."""


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that was found."""

    time: int
    version: str
    able: bool
    """Whether Rabta can measure here at all."""
    findings: tuple[Finding, ...]
    uplinks: tuple[Uplink, ...]
    bindings: tuple[BoundLine, ...]
    permissions: tuple[Permission, ...]
    """Those of the Rabta that is running, else those of this process."""
    command: str
    """The one command that helps most; empty when none would."""


async def examine(
    config: Config, *, problem: str = "", clock: Clock | None = None
) -> Report:
    """Look at everything *config* and this machine have to say.

    Args:
        config: the configuration, or the defaults where it is broken.
        problem: what is wrong with the configuration file; empty when nothing is.
        clock: the machine's own unless given.
    """
    clock = clock or SystemClock()
    now = clock.now()
    granted, running = _granted(config.store.path)
    uplinks = await look(names_of(config.uplinks))
    helper = await _helper(config, uplinks, clock)
    findings = (
        _python(),
        _configuration(config, problem),
        *_store(config.store.path, clock),
        _evidence(config.store.path),
        _port(config, clock),
        *_relay(config, clock),
        _time(now, _installed()),
        *_country(config),
        *_uplinks(uplinks),
        *_providers(config, uplinks),
        *_budgets(uplinks, config),
        _throughput(config.throughput.server),
        *helper,
        *running,
        *_abilities(granted),
    )
    return Report(
        time=now,
        version=rabta.__version__,
        able=all(finding.mark is not Mark.FAILED for finding in findings),
        findings=findings,
        uplinks=uplinks,
        bindings=tuple(
            BoundLine(uplink.name, line.family, bind_line(uplink, line).method)
            for uplink in uplinks
            for line in uplink.lines
        ),
        permissions=granted,
        command=_best_command(findings),
    )


def _finding(name: str, mark: Mark, key: str, **args: str | float) -> Finding:
    return Finding(name, mark, Message.of(f"doctor.{key}", **args))


async def _helper(
    config: Config, uplinks: Sequence[Uplink], clock: Clock
) -> tuple[Finding, ...]:
    """Ask the helper, if there is one: the only thing that is sent."""
    if config.helper is None:
        return ()
    from rabta.agent.helper_health import ask

    answers, says = await ask(config.helper, uplinks, clock)
    return (Finding("helper", Mark.OK if answers else Mark.REDUCED, says),)


def _providers(config: Config, uplinks: Sequence[Uplink]) -> Iterator[Finding]:
    for known, says in provider_health.examine(config, uplinks):
        yield Finding("provider", Mark.OK if known else Mark.REDUCED, says)


def _python() -> Finding:
    tested = sys.version_info[:2] <= _TESTED
    return _finding(
        "python",
        Mark.OK if tested else Mark.REDUCED,
        "python.ok" if tested else "python.new",
        version=platform.python_version(),
        system=f"{platform.system()} {platform.release()}",
    )


def _configuration(config: Config, problem: str) -> Finding:
    if problem:
        return _finding("configuration", Mark.FAILED, "config.wrong", problem=problem)
    if config.file is None:
        return _finding("configuration", Mark.OK, "config.none")
    return _finding("configuration", Mark.OK, "config.found", file=str(config.file))


def _store(path: Path, clock: Clock) -> Iterator[Finding]:
    place = next(p for p in (path, *path.absolute().parents) if p.exists())
    try:
        if place == path:
            with tempfile.TemporaryFile(dir=path) as trial:
                trial.write(bytes(4096))
        elif not os.access(place, os.W_OK | os.X_OK):
            raise PermissionError(13, os.strerror(13))
        free = shutil.disk_usage(place).free
    except OSError as error:
        reason = error.strerror or str(error)
        key = "store.refused"
        yield _finding("store", Mark.FAILED, key, path=str(path), reason=reason)
        return
    yield _content(path, clock)
    little = free < _LITTLE_DISK
    mark = Mark.REDUCED if little else Mark.OK
    yield _finding("disk", mark, "disk.little" if little else "disk.ok", free=free)


def _evidence(path: Path) -> Finding:
    well, says = evidence_health.examine(path)
    return Finding("evidence", Mark.OK if well else Mark.REDUCED, says)


def _content(path: Path, clock: Clock) -> Finding:
    try:
        if (path / "rabta.sqlite").exists():
            with Store.open(path, clock=clock, read_only=True) as store:
                store.examine()
    except StoreError as error:
        problem = error.message if error.command else str(error)
        says = Message.of("doctor.store.unreadable", problem=problem)
        return Finding("store", Mark.FAILED, says, error.command)
    return _finding("store", Mark.OK, "store.ok", path=str(path))


def _last_status(path: Path, clock: Clock) -> int | None:
    """Return when a daemon last wrote here; None when it never did."""
    if not (path / "rabta.sqlite").exists():
        return None
    with Store.open(path, clock=clock, read_only=True) as store:
        newest = store.status()
    return newest[0] if newest else None


def _running(config: Config, clock: Clock) -> bool:
    try:
        written = _last_status(config.store.path, clock)
    except StoreError:
        return False
    return written is not None and abs(clock.now() - written) < _FRESH


def _port(config: Config, clock: Clock) -> Finding:
    host, port = config.dashboard.host, config.dashboard.port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind((host, port))
    except OSError as error:
        if _running(config, clock):
            return _finding("port", Mark.OK, "port.running", host=host, port=port)
        reason = error.strerror or str(error)
        key = "port.taken"
        return _finding("port", Mark.FAILED, key, host=host, port=port, reason=reason)
    return _finding("port", Mark.OK, "port.free", host=host, port=port)


def _relay(config: Config, clock: Clock) -> Iterator[Finding]:
    """Tell of a relay that runs."""
    found = read_relay(config.store.path, clock)
    if found.running:
        count, address = sum(found.connections.values()), found.address
        key = "relay.running"
        yield _finding("relay", Mark.OK, key, address=address, count=count)
    for uplink in found.spent:
        yield _finding("relay", Mark.REDUCED, "relay.spent", uplink=uplink)


def _installed() -> datetime:
    """Return when this program was written to the disk: it is no earlier than that."""
    written = Path(rabta.__file__).stat().st_mtime
    return datetime.fromtimestamp(written, UTC)


def _time(now: int, installed: datetime) -> Finding:
    moment = datetime.fromtimestamp(now / SECOND, UTC)
    shown = moment.strftime("%Y-%m-%d %H:%M UTC")
    if installed - _DAY_OFF <= moment <= installed + _LONG_AFTER:
        return _finding("clock", Mark.OK, "clock.ok", time=shown)
    since = installed.strftime("%Y-%m-%d")
    return _finding("clock", Mark.REDUCED, "clock.off", time=shown, installed=since)


def _uplinks(uplinks: Sequence[Uplink]) -> Iterator[Finding]:
    if not uplinks:
        yield _finding("uplinks", Mark.FAILED, "uplinks.none")
        return
    several = len(uplinks) > 1
    for uplink in uplinks:
        for line in uplink.lines:
            yield _line(uplink, line, several=several)
        resolvers = [r for line in uplink.lines for r in line.resolvers]
        if resolvers:
            said = ", ".join(resolvers)
            args = {"uplink": uplink.name, "resolvers": said}
            yield _finding("resolvers", Mark.OK, "resolvers.own", **args)
        else:
            key = "resolvers.none"
            yield _finding("resolvers", Mark.REDUCED, key, uplink=uplink.name)
    for family in (4, 6):
        if not any(uplink.line(family) for uplink in uplinks):
            key = "family.none"
            yield _finding("family", Mark.REDUCED, key, family=f"IPv{family}")


def _country(config: Config) -> Iterator[Finding]:
    if country := without_domestic(config):
        yield _finding("country", Mark.REDUCED, "country.unknown", country=country)


def _budgets(uplinks: Sequence[Uplink], config: Config) -> Iterator[Finding]:
    for uplink in uplinks:
        settings = config.uplink(uplink.interface)
        budget = budget_of(uplink, settings)
        if budget is None:
            continue
        assumed = settings is None or (
            settings.metered is None and settings.budget_bytes is None
        )
        key = "budget.cellular" if assumed else "budget.told"
        yield _finding("budget", Mark.OK, key, uplink=uplink.name, budget=budget)


def _throughput(server: str) -> Finding:
    key = "throughput.tested" if server else "throughput.off"
    host = urlsplit(server).hostname or ""  # the rest may hold an access token
    return _finding("throughput", Mark.OK, key, server=host)


def _line(uplink: Uplink, line: Line, *, several: bool) -> Finding:
    name = uplink.name
    if name != uplink.interface:
        name = f"{name} ({uplink.interface})"
    args = {"uplink": name, "family": f"IPv{line.family}", "medium": uplink.medium}
    fault = _fault(uplink, line)
    if fault:
        return _finding("line", Mark.REDUCED, f"line.{fault}", **args)
    args |= {"source": line.source, "gateway": line.gateway or "direct"}
    method = bind_line(uplink, line).method
    # a source address alone may leave by the other uplink
    mark = Mark.REDUCED if several and method != "device" else Mark.OK
    return _finding("line", mark, f"line.{method}", **args)


def _fault(uplink: Uplink, line: Line) -> str:
    if uplink.carrier is False:
        return "no-carrier"
    if line.conflict:
        return "conflict"
    if not line.source:
        return "no-address"
    return "" if line.has_route else "no-route"


def _granted(path: Path) -> tuple[tuple[Permission, ...], tuple[Finding, ...]]:
    """Return what is permitted, to the Rabta that measures into *path* if one does."""
    granted = permissions()
    number = writer_of(path)
    try:
        status = Path(f"/proc/{number}/status").read_text("utf-8", "replace")
    except OSError:
        return granted, ()
    says = _finding("running", Mark.OK, "running", pid=number)
    return as_running(granted, status), (says,)


def _abilities(granted: Sequence[Permission]) -> Iterator[Finding]:
    got = {permission.ability: permission for permission in granted}
    yield _icmp(got[Ability.RAW_ICMP], got[Ability.PING_SOCKET])
    for permission in granted:
        ability = permission.ability
        if ability in {Ability.RAW_ICMP, Ability.PING_SOCKET}:
            continue
        if permission.permitted:
            if ability is not Ability.SOCKETS:
                yield _finding(ability.value, Mark.OK, f"ability.{ability}.ok")
            continue
        mark = Mark.FAILED if ability is Ability.SOCKETS else Mark.REDUCED
        says = Message.of(f"doctor.ability.{ability}.lost", reason=permission.reason)
        yield Finding(ability.value, mark, says, _command(permission.cure))
    if any(permission.cure is Cure.CONTAINER for permission in granted):
        yield _finding("container", Mark.HINT, "cure.container")
    if any(permission.cure is Cure.RESTART for permission in granted):
        yield _finding("restart", Mark.HINT, "cure.restart")


def _icmp(raw: Permission, ping: Permission) -> Finding:
    if raw.permitted:
        return _finding("icmp", Mark.OK, "icmp.raw")
    if ping.permitted:
        return _finding("icmp", Mark.OK, "icmp.ping")
    says = Message.of("doctor.icmp.none", reason=raw.reason)
    command = _command(raw.cure) or _command(ping.cure)
    return Finding("icmp", Mark.REDUCED, says, command)


def _command(cure: Cure) -> str:
    match cure:
        case Cure.SETCAP:
            return grant_raw_command()
        case Cure.SYSCTL:
            return PING_COMMAND
        case _:
            return ""


def _best_command(findings: Sequence[Finding]) -> str:
    """Return the command that helps most.

    What keeps Rabta from measuring comes first; raw sockets include what ping sockets
    do.
    """
    if urgent := [f.command for f in findings if f.command and f.mark is Mark.FAILED]:
        return urgent[0]
    wanted = {finding.command for finding in findings if finding.command}
    raw = grant_raw_command()
    return raw if raw in wanted else next(iter(sorted(wanted)), "")
