"""How one service looks from here: names, connections, handshakes, the page.

Only services of the allow-list, only their own port, only public addresses: those the
name has here and a few the caller was given, which are told as states and no more.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from rabta.agent.addresses import family_of
from rabta.attribute.blocking.assemble import page_of
from rabta.clock import Clock
from rabta.config import Service
from rabta.config.services import expand
from rabta.model import Observation, Probe, State, Target
from rabta.probes import PROBES, Aim, Binding


_MOST = 4  # addresses of each kind
_TRIES = 2
_TIMEOUT = 6.0


def is_public(address: str) -> bool:
    """Whether *address* is one of the open Internet."""
    parsed = ipaddress.ip_address(address)
    return parsed.is_global and not parsed.is_multicast


class Checker:
    """Looks at the services it was told of."""

    def __init__(
        self,
        services: Iterable[Service],
        clock: Clock,
        public: Callable[[str], bool] = is_public,
    ) -> None:
        self._targets = tuple(expand(one)[0] for one in services)
        self._clock = clock
        self._public = public

    @property
    def names(self) -> tuple[str, ...]:
        """The services that may be asked about."""
        return tuple(dict.fromkeys(one.name for one in self._targets))

    def target(self, url: str) -> Target | None:
        """Return the service whose URL this is, if it may be asked about."""
        return next((t for t in self._targets if t.url == url), None)

    async def state(self, name: str) -> State:
        """Return whether a service is reached from here."""
        target = next(one for one in self._targets if one.name == name)
        document = await self.look(target, ())
        return State(document["reached"])

    async def look(self, target: Target, more: Iterable[str]) -> dict[str, Any]:
        """Try *target* at its own addresses and at *more*; return what is told."""
        own, missing = await self._resolve(target.host)
        wanted = [*own[:_MOST], *[a for a in more if self._allowed(a)][:_MOST]]
        found: dict[str, Any] = {"connects": {}, "handshakes": {}, "page": None}
        reached = State.DOWN if own or missing else State.UNKNOWN
        seen = await asyncio.gather(
            *(self._try(target, address) for address in dict.fromkeys(wanted))
        )
        for address, told in zip(dict.fromkeys(wanted), seen, strict=True):
            found["connects"][address] = told[Probe.TCP]
            if Probe.TLS in told:
                found["handshakes"][address] = told[Probe.TLS]
            page = told["page"] if address in own else None
            if page is not None and page.status < 500:
                reached = State.UP
                found["page"] = found["page"] or {
                    "status": page.status,
                    "size": page.size,
                    "whole": page.whole,
                    "title": page.title,
                    "location": page.location,
                }
        return {
            **found,
            "addresses": own,
            "unknown_name": missing,
            "reached": reached,
        }

    def _allowed(self, address: str) -> bool:
        return bool(family_of(address)) and self._public(address)

    async def _resolve(self, host: str) -> tuple[list[str], bool]:
        """Return the public addresses of *host*, and whether there is no such name."""
        if family_of(host):
            return ([host] if self._public(host) else []), False
        loop = asyncio.get_running_loop()
        try:
            answers = await loop.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        except socket.gaierror as error:
            return [], error.errno == socket.EAI_NONAME
        found = dict.fromkeys(str(one[4][0]) for one in answers)
        return [a for a in found if self._allowed(a)], False

    async def _try(self, target: Target, address: str) -> dict[Any, Any]:
        probes = [p for p in target.probes if p in (Probe.TCP, Probe.TLS, Probe.HTTP)]
        found: dict[Any, Any] = {"page": None}
        for probe in probes:
            for _ in range(_TRIES):
                one = await self._measure(replace(target, query=""), probe, address)
                if one.ok:
                    break
            found[probe] = State.UP if one.ok else State.DOWN
            if probe is Probe.HTTP and one.ok:
                found["page"] = page_of(one.detail)
            if not one.ok:
                break
        return found

    async def _measure(self, target: Target, probe: Probe, address: str) -> Observation:
        binding = Binding("", "", family_of(address), "none")
        aim = Aim(target, address, "helper", binding, self._clock, timeout=_TIMEOUT)
        return await PROBES[probe](aim)
