"""What this machine permits, found by trying it.

Each ability is tried for real; which ones are missing, what that costs and which
command would grant it is for ``rabta doctor`` to say. Nothing is sent.
"""

import os
import socket
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Final


class Ability(StrEnum):
    """What Rabta would like to be permitted, most useful first."""

    SOCKETS = "sockets"
    """Plain UDP and TCP sockets; without them nothing can be measured."""
    NETLINK = "netlink"
    BIND_DEVICE = "bind-device"
    RAW_ICMP = "raw-icmp"
    PING_SOCKET = "ping-socket"
    PACKET = "packet"
    TIMESTAMPS = "timestamps"
    ERROR_QUEUE = "error-queue"


class Cure(StrEnum):
    """What would grant a missing ability."""

    NONE = ""
    """Nothing: this system does not have it, or it is not needed."""
    SETCAP = "setcap"
    SYSCTL = "sysctl"
    CONTAINER = "container"
    """The container or service must be started with CAP_NET_RAW."""
    RESTART = "restart"
    """The running process is older than the grant."""
    ADMINISTRATOR = "administrator"


@dataclass(frozen=True, slots=True)
class Permission:
    """Whether one ability is there."""

    ability: Ability
    permitted: bool
    reason: str = ""
    """What the system said when it refused."""
    cure: Cure = Cure.NONE


PING_COMMAND: Final = 'sudo sysctl -w net.ipv4.ping_group_range="0 2147483647"'
_CAP_NET_RAW = 13  # linux/capability.h
_SO_TIMESTAMPNS = 35  # asm-generic/socket.h
_IP_RECVERR = 11  # linux/in.h
_RTMGRP_LINK = 1


def permissions() -> tuple[Permission, ...]:
    """Try everything once."""
    return tuple(_try(ability, attempt) for ability, attempt in _ATTEMPTS.items())


def grant_raw_command() -> str:
    """Return the command that gives this interpreter raw sockets.

    A virtual environment's ``python`` is a link, and only a real file can carry the
    capability: every program this interpreter runs has it from then on.
    """
    return f"sudo setcap cap_net_raw+ep {Path(sys.executable).resolve()}"


def cure_for(ability: Ability, status: str) -> Cure:
    """Return what would grant *ability*.

    Args:
        ability: a missing one.
        status: the text of ``/proc/self/status``; empty where there is none.
    """
    if ability not in {Ability.RAW_ICMP, Ability.PACKET, Ability.BIND_DEVICE}:
        return Cure.SYSCTL if ability is Ability.PING_SOCKET and status else Cure.NONE
    if not status:
        return Cure.ADMINISTRATOR if ability is Ability.RAW_ICMP else Cure.NONE
    fields = _fields(status)
    # out of bounds, a file capability would keep the interpreter from starting at all
    bounding = int(fields.get("CapBnd", "0"), 16)
    if fields.get("NoNewPrivs") == "1" or not bounding >> _CAP_NET_RAW & 1:
        return Cure.CONTAINER
    return Cure.SETCAP


def as_running(granted: Sequence[Permission], status: str) -> tuple[Permission, ...]:
    """Return what a running process is permitted, where it differs from *granted*.

    Args:
        granted: what this process was permitted just now.
        status: the text of the other one's ``/proc/PID/status`` (proc(5)).
    """
    raw = bool(int(_fields(status).get("CapEff", "0"), 16) >> _CAP_NET_RAW & 1)
    return tuple(
        _of_running(permission, status)
        if permission.ability in _NEED_RAW and permission.permitted is not raw
        else permission
        for permission in granted
    )


_NEED_RAW = frozenset({Ability.RAW_ICMP, Ability.PACKET})


def _of_running(mine: Permission, status: str) -> Permission:
    if not mine.permitted:
        return replace(mine, permitted=True, reason="", cure=Cure.NONE)
    cure = cure_for(mine.ability, status)
    cure = Cure.RESTART if cure is Cure.SETCAP else cure
    return replace(mine, permitted=False, reason=os.strerror(1), cure=cure)


def _fields(status: str) -> dict[str, str]:
    return dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)


def _try(ability: Ability, attempt: Callable[[], None]) -> Permission:
    try:
        attempt()
    except (OSError, AttributeError) as error:
        # AttributeError: Python has no name for it on this system
        system = isinstance(error, OSError) and error.strerror
        reason = str(system or "not on this system")
        return Permission(ability, False, reason, cure_for(ability, _status()))
    return Permission(ability, permitted=True)


def _status() -> str:
    try:
        return Path("/proc/self/status").read_text("utf-8", "replace")
    except OSError:
        return ""


def _sockets() -> None:
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        socket.socket(socket.AF_INET, kind).close()


def _netlink() -> None:
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as trial:
        trial.bind((0, _RTMGRP_LINK))


def _bind_device() -> None:
    from rabta.probes.binding import Binding, open_socket

    loopback = "lo0" if sys.platform == "darwin" else "lo"
    open_socket(Binding(loopback, "", 4, "device"), socket.SOCK_DGRAM).close()


def _raw_icmp() -> None:
    socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP).close()


def _ping_socket() -> None:
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP).close()


def _packet() -> None:
    socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0).close()


def _timestamps() -> None:
    if sys.platform != "linux":
        raise OSError(0, "not on this system")
    _with_option(socket.SOL_SOCKET, _SO_TIMESTAMPNS)


def _error_queue() -> None:
    if sys.platform != "linux":
        raise OSError(0, "not on this system")
    _with_option(socket.IPPROTO_IP, _IP_RECVERR)


def _with_option(level: int, option: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as trial:
        trial.setsockopt(level, option, 1)
        if not trial.getsockopt(level, option):
            raise OSError(0, os.strerror(95))


_ATTEMPTS: Final = {
    Ability.SOCKETS: _sockets,
    Ability.NETLINK: _netlink,
    Ability.BIND_DEVICE: _bind_device,
    Ability.RAW_ICMP: _raw_icmp,
    Ability.PING_SOCKET: _ping_socket,
    Ability.PACKET: _packet,
    Ability.TIMESTAMPS: _timestamps,
    Ability.ERROR_QUEUE: _error_queue,
}
