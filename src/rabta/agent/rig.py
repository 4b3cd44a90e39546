"""What every line is measured with: its binding, its ICMP engine, its targets."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rabta.clock import Clock
from rabta.config import Config
from rabta.config.targets import (
    first_hop_target,
    gateway_target,
    resolver_targets,
    targets,
)
from rabta.model import Line, LineKey, Observation, Probe, Rung, Target, Uplink
from rabta.probes.binding import Binding, bind_line
from rabta.probes.icmp_engine import IcmpEngine


if TYPE_CHECKING:
    from rabta.probes.neighbour_solicit import Solicitor

_SHARED = frozenset({Rung.ANYCAST, Rung.DOMESTIC, Rung.INTERNATIONAL})


@dataclass(slots=True)
class Rig:
    """The tools of one line, for as long as its address and interface last."""

    uplink: Uplink
    line: Line
    binding: Binding
    icmp: IcmpEngine
    neighbours: "Solicitor | None" = None

    @property
    def key(self) -> LineKey:
        """Name of the uplink and address family."""
        return (self.uplink.name, self.line.family)

    def close(self) -> None:
        """Give the raw sockets back."""
        self.icmp.close()
        if self.neighbours is not None:
            self.neighbours.close()


def _solicitor(binding: Binding) -> "Solicitor | None":
    if sys.platform != "linux":
        return None
    from rabta.probes.neighbour_solicit import Solicitor

    return Solicitor(binding)


class Rigs:
    """Rigs and targets of all lines, following the uplinks."""

    def __init__(self, config: Config, clock: Clock) -> None:
        self._config = config
        self._clock = clock
        self._common = targets(config)
        self._rigs: dict[LineKey, Rig] = {}
        self._first_hops: dict[LineKey, str] = {}
        self._targets: dict[LineKey, dict[str, Target]] = {}

    def __getitem__(self, key: LineKey) -> Rig:
        return self._rigs[key]

    def get(self, key: LineKey) -> Rig | None:
        """Return the rig of a line that may be gone by now."""
        return self._rigs.get(key)

    def all(self) -> Sequence[Rig]:
        """Every rig."""
        return tuple(self._rigs.values())

    def follow(self, uplinks: Sequence[Uplink]) -> None:
        """Open, keep or close rigs so that they fit *uplinks*."""
        self._targets.clear()
        wanted = {(u.name, line.family): (u, line) for u in uplinks for line in u.lines}
        for key in self._rigs.keys() - wanted.keys():
            self._rigs.pop(key).close()
            self._first_hops.pop(key, None)
        for key, (uplink, line) in wanted.items():
            old = self._rigs.get(key)
            binding = bind_line(uplink, line)
            if old is not None and old.binding == binding:
                if old.line.gateway != line.gateway:
                    self._first_hops.pop(key, None)
                old.uplink, old.line = uplink, line
                continue
            if old is not None:
                old.close()
            self._rigs[key] = Rig(
                *(uplink, line, binding),
                icmp=IcmpEngine(binding, self._clock),
                neighbours=_solicitor(binding),
            )

    def learn_first_hop(self, key: LineKey, address: str) -> bool:
        """Remember the first hop beyond the gateway; whether it is a new one."""
        if not address or self._first_hops.get(key) == address:
            return False
        self._first_hops[key] = address
        self._targets.pop(key, None)
        return True

    def first_hop(self, key: LineKey) -> str:
        """Return the address of the first hop beyond the gateway, if known."""
        return self._first_hops.get(key, "")

    def anycast(self, family: int) -> tuple[str, ...]:
        """Return the addresses of the anycast resolvers."""
        return tuple(
            target.host
            for target in self._common
            if target.rung is Rung.ANYCAST and family in target.families
        )

    def targets(self) -> dict[LineKey, tuple[Target, ...]]:
        """Return what is probed over each line."""
        return {key: tuple(self.known(key).values()) for key in self._rigs}

    def known(self, key: LineKey) -> Mapping[str, Target]:
        """Return what is probed over one line, by name."""
        found = self._targets.get(key)
        if found is None:
            targets = self._targets_of(self._rigs[key])
            found = self._targets[key] = {target.name: target for target in targets}
        return found

    def _has_both(self, key: LineKey) -> bool:
        other = self._rigs.get((key[0], 10 - key[1]))
        line = other.line if other is not None else None
        return line is not None and bool(line.source) and line.has_route

    def counterpart(self, key: LineKey, target: Target) -> Target | None:
        """Return what stands on the same rung in the other family, at best the same."""
        other = key[0], 10 - key[1]
        if target.rung not in _SHARED or not self._has_both(key):
            return None
        alike = [
            one
            for one in self.known(other).values()
            if (one.rung, one.corridor) == (target.rung, target.corridor)
        ]
        return min(alike, key=lambda t: t.operator != target.operator, default=None)

    def target(self, observation: Observation) -> Target | None:
        """Return what *observation* is of; None when it is no longer probed."""
        key = (observation.uplink, observation.family)
        return self.known(key).get(observation.target) if key in self._rigs else None

    def _targets_of(self, rig: Rig) -> tuple[Target, ...]:
        family = rig.line.family
        found = [target for target in self._common if family in target.families]
        if rig.line.gateway:
            found.append(gateway_target(rig.uplink, family))
        first_hop = self._first_hops.get(rig.key)
        if first_hop:
            found.append(first_hop_target(rig.uplink, family, first_hop))
        found += [
            t
            for t in resolver_targets(rig.uplink, self._config)
            if family in t.families
        ]
        return tuple(found)

    def path_target(self, key: LineKey) -> Target | None:
        """Return the target whose path shows the first hop: an anycast one."""
        for target in self._common:
            if target.rung is Rung.ANYCAST and key[1] in target.families:
                return Target(
                    name=f"{target.name}/path",
                    rung=Rung.CONTROL,
                    host=target.host,
                    probes=(Probe.PATH,),
                    families=(key[1],),
                )
        return None

    def close(self) -> None:
        """Give everything back."""
        self.follow(())
