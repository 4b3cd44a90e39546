"""Whose network each line leaves by, as last learnt; kept beside the store."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from ipaddress import ip_address, ip_network
from pathlib import Path

import msgspec

from rabta.clock import DAY
from rabta.errors import PlatformError
from rabta.model import LineKey, Uplink
from rabta.whole import write_whole


log = logging.getLogger(__name__)

_OLD = 30 * DAY
"""A network is asked for anew after this: addresses are sold, companies renamed."""
_MOST = 200
_FILE = "providers.json"


@dataclass(frozen=True, slots=True)
class Network:
    """A network of the Internet, by one of its prefixes."""

    prefix: str
    asn: int
    name: str = ""
    country: str = ""
    learnt: int = 0
    """Microseconds UTC."""


@dataclass(frozen=True, slots=True)
class Egress:
    """Where one line comes out."""

    address: str
    """Ours, as the other side sees it."""
    told_by: str
    """``interface``, ``helper`` or the name server that was asked."""
    learnt: int
    network: Network | None = None


@dataclass(slots=True)
class Providers:
    """What is known of each line; the user's own word always comes first."""

    lines: dict[str, Egress] = field(default_factory=dict)
    """By uplink and family, such as ``wan0/4``."""
    networks: dict[str, Network] = field(default_factory=dict)
    """By prefix."""

    def egress(self, key: LineKey) -> Egress | None:
        """Return where a line came out when it was last asked."""
        return self.lines.get(_name(key))

    def learn(self, key: LineKey, egress: Egress) -> None:
        """Take a line's answer in."""
        self.lines[_name(key)] = egress
        if egress.network is not None:
            self.networks[egress.network.prefix] = egress.network
            while len(self.networks) > _MOST:
                self.networks.pop(next(iter(self.networks)))

    def forget(self, key: LineKey) -> bool:
        """Forget a line that leads elsewhere now; whether anything was known."""
        return self.lines.pop(_name(key), None) is not None

    def network_of(
        self, address: str, now: int, *, old: bool = False
    ) -> Network | None:
        """Return the network of *address* as learnt of late, or an *old* one."""
        here = ip_address(address)
        known = [
            one
            for prefix, one in self.networks.items()
            if here in ip_network(prefix) and (old or abs(now - one.learnt) < _OLD)
        ]
        return max(known, key=_length, default=None)

    def put_on(self, uplinks: Sequence[Uplink]) -> tuple[Uplink, ...]:
        """Return *uplinks* with what is known of their networks."""
        return tuple(map(self._put_on, uplinks))

    def _put_on(self, uplink: Uplink) -> Uplink:
        for family in (4, 6):
            egress = self.egress((uplink.name, family))
            network = egress.network if egress else None
            if network is None or uplink.line(family) is None:
                continue
            if uplink.asn and uplink.asn != network.asn:
                return uplink  # the user knows better
            return replace(uplink, asn=network.asn, provider=network.name)
        return uplink


def load(store: Path) -> Providers:
    """Return what an earlier run learnt; nothing where there is none that is whole."""
    file = store / _FILE
    try:
        return msgspec.json.decode(file.read_bytes(), type=Providers)
    except FileNotFoundError:
        return Providers()
    except (OSError, ValueError, msgspec.MsgspecError) as error:
        log.warning("%s cannot be used: %s", file, error)
        return Providers()


def keep(providers: Providers, store: Path) -> None:
    """Write it down; a disk that refuses costs a question after the next start."""
    try:
        write_whole(store / _FILE, msgspec.json.encode(providers))
    except PlatformError as error:
        log.warning("%s", error)


def _length(network: Network) -> int:
    return ip_network(network.prefix).prefixlen


def _name(key: LineKey) -> str:
    return f"{key[0]}/{key[1]}"
