"""Uplinks that were there a moment ago: kept, so that their fault can be named."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from rabta.model import Line, Uplink


GRACE: Final = 900.0
"""Seconds an uplink is kept after its interface has gone."""

_RENUMBERED = {"cellular", "ppp", "tunnel"}


@dataclass(slots=True)
class Memory:
    """What was seen last of each interface."""

    _known: dict[str, Uplink] = field(default_factory=dict)
    _gone_since: dict[str, float] = field(default_factory=dict)

    @property
    def interfaces(self) -> frozenset[str]:
        """Every interface that is remembered."""
        return frozenset(self._known)

    def update(
        self, found: Sequence[Uplink], bare: Mapping[str, Uplink], now: float
    ) -> tuple[Uplink, ...]:
        """Return *found*, followed by those that had a default route before.

        Args:
            found: the uplinks with a default route now, best first.
            bare: the interfaces that exist, by name, as uplinks without a route.
            now: monotonic seconds.
        """
        before = self._known
        self._known = {u.interface: _with_lost_lines(u, before, bare) for u in found}
        lost = {name: u for name, u in before.items() if name not in self._known}
        for name, uplink in lost.items():
            if name in bare:
                self._gone_since.pop(name, None)
                self._known[name] = _routeless(uplink, bare[name])
            elif not _replaced(uplink, found, before) and self._waits(name, now):
                self._known[name] = _gone(uplink)
        self._gone_since = {
            name: since
            for name, since in self._gone_since.items()
            if name in self._known and self._known[name].index == 0
        }
        return tuple(self._known.values())

    def _waits(self, name: str, now: float) -> bool:
        return now - self._gone_since.setdefault(name, now) < GRACE

    def wait(self, now: float) -> float | None:
        """Return seconds until something is to be forgotten; None when nothing is."""
        if not self._gone_since:
            return None
        return max(0.0, min(self._gone_since.values()) + GRACE - now)


def _with_lost_lines(
    uplink: Uplink, before: Mapping[str, Uplink], bare: Mapping[str, Uplink]
) -> Uplink:
    """Keep the family that lost its route, unless this is another network by now."""
    earlier = before.get(uplink.interface)
    if earlier is None or _moved(uplink, earlier):
        return uplink
    families = {line.family for line in uplink.lines}
    lost = [
        _lost(line, bare.get(uplink.interface))
        for line in earlier.lines
        if line.family not in families
    ]
    lines = sorted([*uplink.lines, *lost], key=lambda line: line.family)
    return replace(uplink, lines=tuple(lines))


def _lost(line: Line, bare: Uplink | None) -> Line:
    """Keep the last gateway and resolvers; the address is today's."""
    now = bare.line(line.family) if bare else None
    source, conflict = (now.source, now.conflict) if now else ("", False)
    return replace(line, has_route=False, source=source, conflict=conflict)


def _moved(uplink: Uplink, earlier: Uplink) -> bool:
    for line in uplink.lines:
        old = earlier.line(line.family)
        if old is not None and old.gateway != line.gateway:
            return True
    return False


def _routeless(uplink: Uplink, bare: Uplink) -> Uplink:
    lines = tuple(_lost(line, bare) for line in uplink.lines)
    return replace(
        uplink, index=bare.index, carrier=bare.carrier, lines=lines, lease=None
    )


def _gone(uplink: Uplink) -> Uplink:
    lines = tuple(_lost(line, None) for line in uplink.lines)
    return replace(uplink, index=0, carrier=False, lines=lines, lease=None)


def _replaced(
    uplink: Uplink, found: Sequence[Uplink], before: Mapping[str, Uplink]
) -> bool:
    """Tell whether a newcomer took its place: a modem that got another number."""
    newcomers = [u for u in found if u.interface not in before]
    return any(
        new.name == uplink.name
        or (new.medium == uplink.medium and new.medium in _RENUMBERED)
        for new in newcomers
    )
