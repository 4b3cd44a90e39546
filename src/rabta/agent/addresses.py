"""Names to addresses, remembered, so that a dead resolver is one red light."""

import contextlib
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from rabta.clock import MINUTE
from rabta.errors import StoreError
from rabta.model import LineKey


_FRESH = 20 * MINUTE
"""Above ``config.services.CONTROL_INTERVAL``, at which encrypted answers come."""
_HOLDS = 60 * MINUTE
"""So long the last answer of the line's own resolver outranks any other."""


class Store(Protocol):
    """The part of the store that remembers answers over restarts."""

    def addresses(self, line: LineKey, host: str) -> Sequence[str]:
        """Return the addresses last remembered for *host* over *line*."""

    def remember_addresses(
        self, line: LineKey, host: str, addresses: Sequence[str]
    ) -> None:
        """Keep what a name resolved to over *line*."""


@dataclass(slots=True)
class _Entry:
    addresses: tuple[str, ...]
    asked: int = 0
    """When a fresh answer last came or was last asked for; 0 for never."""
    resolved: int = 0
    """When the line's own resolver last gave an answer; 0 for never."""


class Addresses:
    """What every name resolved to, line by line.

    What was heard over one line says nothing of another: who forges answers on one
    must not choose what is measured over the rest.

    The line's own resolver decides, as it does for every program on this machine: if
    it lies, the service fails there and the controls show why. An answer from anywhere
    else serves where the resolver has given none for an hour.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[tuple[LineKey, str], _Entry] = {}

    def pick(self, line: LineKey, host: str) -> str:
        """Return an address of *host* to probe over *line*; "" when none is known."""
        literal = family_of(host)
        if literal:
            return host if literal == line[1] else ""
        addresses = self._entry(line, host).addresses
        return addresses[0] if addresses else ""

    def stale(self, line: LineKey, host: str, now: int) -> bool:
        """Whether *host* should be asked for; marks it as asked."""
        if family_of(host):
            return False
        entry = self._entry(line, host)
        # abs: a clock that was stepped back must not keep an answer for years
        if entry.asked and abs(now - entry.asked) < _FRESH:
            return False
        entry.asked = now
        return True

    def retry_in(self, line: LineKey, host: str, now: int, seconds: float) -> None:
        """Ask for *host* again after *seconds*: the last attempt brought nothing."""
        self._entry(line, host).asked = now - _FRESH + int(seconds * 1_000_000)

    def learn(
        self,
        line: LineKey,
        host: str,
        addresses: Sequence[str],
        now: int,
        *,
        own: bool,
    ) -> None:
        """Take an answer in; *own* is that of the line's own resolver."""
        usable = tuple(sorted(a for a in addresses if family_of(a) == line[1]))
        entry = self._entry(line, host)
        held = entry.resolved and abs(now - entry.resolved) < _HOLDS
        if not usable or (held and not own):
            return
        kept = tuple(a for a in entry.addresses if a in usable)
        # Stay with the address measured so far: a series should not hop between hosts.
        chosen = kept + tuple(a for a in usable if a not in kept)
        news = chosen != entry.addresses
        entry.addresses = chosen
        if own:
            entry.asked = entry.resolved = now
        elif entry.asked:  # a resolver that is silent need not be asked in a hurry
            entry.asked = now
        if news:
            with contextlib.suppress(StoreError):  # the next start asks again
                self._store.remember_addresses(line, host, chosen)

    def _entry(self, line: LineKey, host: str) -> _Entry:
        key = (line, host)
        if key not in self._known:
            self._known[key] = _Entry(self._remembered(line, host))
        return self._known[key]

    def _remembered(self, line: LineKey, host: str) -> tuple[str, ...]:
        try:
            return tuple(self._store.addresses(line, host))
        except StoreError:
            return ()


@lru_cache(4096)
def family_of(text: str) -> int:
    """Return 4 or 6 for an address literal, 0 for anything else."""
    try:
        return ipaddress.ip_address(text.partition("%")[0]).version
    except ValueError:
        return 0
