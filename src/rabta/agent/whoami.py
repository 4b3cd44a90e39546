"""Learning whose network a line leaves by, with as few questions as possible.

A public address of the line's own tells it without a question; else the user's own
helper does; else a name server that answers with the address it was asked from. Whose
network that address is of is asked of the line's resolver, unless it is known.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rabta.agent.addresses import family_of
from rabta.agent.blocking_test import Way
from rabta.agent.helper_client import aim_at
from rabta.agent.origins import is_public, name_of, network_of, reversed_name
from rabta.agent.providers import Egress, Network, Providers, keep
from rabta.agent.rig import Rig, Rigs
from rabta.clock import DAY, SECOND, Clock
from rabta.config import Config, Vantage, read_secret
from rabta.config.whoami import Directory, directory
from rabta.errors import ConfigError
from rabta.probes.helper import ask_for
from rabta.probes.lookup import look_up


if TYPE_CHECKING:
    from rabta.model import LineKey

log = logging.getLogger(__name__)

_LOOK = 5.0  # seconds between looks at whether a line has changed
_SOON, _LATE = 20 * SECOND, 3600 * SECOND  # from one try without an answer to the next


@dataclass(slots=True)
class _Turn:
    """When a line is asked, as long as it stays the same."""

    same: tuple[str, str]
    """Our address and the gateway."""
    due: int
    pause: int = _SOON


class Whoami:
    """Asks for each line when it is new or has changed, and once a day.

    Not for one whose AS the user has told.
    """

    def __init__(
        self,
        config: Config,
        rigs: Rigs,
        providers: Providers,
        clock: Clock,
        spend: Callable[[str, int], None],
    ) -> None:
        self._directory: Directory = directory(config)
        self._helper = config.helper if config.learn_providers else None
        self._told = {one.interface for one in config.uplinks if one.asn}
        self._rigs = rigs
        self._providers = providers
        self._clock = clock
        self._spend = spend
        self._turns: dict[LineKey, _Turn] = {}
        self._news = False

    async def look(self) -> bool:
        """Ask for every line whose turn it is; whether anything new was learnt."""
        rigs = [rig for rig in self._rigs.all() if self._due(rig)]
        learnt = await asyncio.gather(*map(self._ask, rigs))
        news, self._news = self._news, False
        return news or any(learnt)

    def _due(self, rig: Rig) -> bool:
        if rig.uplink.interface in self._told:
            return False
        if not rig.line.source or not rig.line.has_route or rig.uplink.carrier is False:
            return False  # what is known of it is needed now, and cannot be asked for
        now = self._clock.now()
        same = (rig.line.source, rig.line.gateway)
        turn = self._turns.get(rig.key)
        if turn is None or turn.same != same:
            if turn is not None and turn.same[1] != same[1]:
                self._news |= self._providers.forget(rig.key)
            turn = self._turns[rig.key] = _Turn(same, now)
        # abs: a clock that was stepped back must not silence it for years
        return now >= turn.due or abs(now - turn.due) > DAY

    async def _ask(self, rig: Rig) -> bool:
        now = self._clock.now()
        turn = self._turns[rig.key]
        before = self._providers.egress(rig.key)
        found = await self._egress(rig, now)
        if self._turns.get(rig.key) is not turn:
            return False  # it has become another line meanwhile
        if found is None or found.network is None:
            turn.due, turn.pause = now + turn.pause, min(_LATE, 2 * turn.pause)
        else:
            turn.due, turn.pause = now + DAY, _SOON
        if found is None:
            return False
        self._providers.learn(rig.key, found)
        return before is None or before.network != found.network

    async def _egress(self, rig: Rig, now: int) -> Egress | None:
        address, told_by = await self._address(rig)
        if not address:
            return None
        network = (
            self._providers.network_of(address, now)
            or await self._network(rig, address, now)
            or self._providers.network_of(address, now, old=True)
        )
        return Egress(address, told_by, now, network)

    async def _address(self, rig: Rig) -> tuple[str, str]:
        own = rig.line.source.partition("%")[0]
        if is_public(own, rig.line.family):
            return own, "interface"
        if self._helper is not None and (
            told := await self._of_helper(rig, self._helper)
        ):
            return told, "helper"
        for one in self._directory.whoami:
            if family_of(one.host) != rig.line.family:
                continue
            answers = await self._look_up(
                rig, one.host, one.query, one.kind, one.domain
            )
            if public := [a for a in answers if is_public(a, rig.line.family)]:
                return public[0], one.host
        return "", ""

    async def _of_helper(self, rig: Rig, helper: Vantage) -> str:
        aim = aim_at(helper, Way(rig.uplink, rig.line, rig.binding), self._clock)
        if family_of(aim.address) != rig.line.family:
            return ""
        try:
            token = read_secret(helper.token_file) if helper.token_file else ""
        except ConfigError as error:
            log.info("%s", error)
            return ""
        asked = await ask_for(aim, f"{helper.url}/", token, helper.fingerprint)
        self._spend(rig.uplink.name, asked.spent_bytes)
        told = asked.document if isinstance(asked.document, dict) else {}
        address = str(told.get("address", "")).removeprefix("::ffff:")
        return address if is_public(address, rig.line.family) else ""

    async def _network(self, rig: Rig, address: str, now: int) -> Network | None:
        zone = self._directory.ipv4 if rig.line.family == 4 else self._directory.ipv6
        if not zone:
            return None
        told = await self._ask_resolvers(rig, f"{reversed_name(address)}.{zone}")
        found = network_of(told, address, now)
        if found is None or not self._directory.names:
            return found
        told = await self._ask_resolvers(rig, f"AS{found.asn}.{self._directory.names}")
        return Network(found.prefix, found.asn, name_of(told), found.country, now)

    async def _ask_resolvers(self, rig: Rig, name: str) -> tuple[str, ...]:
        family = rig.line.family
        own = (one for one in rig.line.resolvers if family_of(one) == family)
        for server in (*own, *self._rigs.anycast(family))[:3]:
            if told := await self._look_up(rig, server, name, "TXT", "IN"):
                return told
        return ()

    async def _look_up(
        self, rig: Rig, server: str, name: str, kind: str, domain: str
    ) -> tuple[str, ...]:
        told, spent = await look_up(
            rig.binding, server, name, kind, domain, clock=self._clock
        )
        self._spend(rig.uplink.name, spent)
        return told


async def keep_providers(
    whoami: Whoami, providers: Providers, store: Path, tell: Callable[[], None]
) -> None:
    """Learn, write down and tell, for as long as the daemon runs."""
    while True:
        if await whoami.look():
            await asyncio.to_thread(keep, providers, store)
            tell()
        await asyncio.sleep(_LOOK)
