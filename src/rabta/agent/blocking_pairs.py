"""Questions that differ in one thing only, asked one after the other.

Over QUIC the two differ in the name, over TLS in whether the hello carries an
encrypted one (ECH). Who is first changes with every repetition: a filter that has
struck may hold on to the address for minutes, and would hide its own trigger.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from itertools import product
from typing import Final

from rabta.attribute.blocking.pairs import ELSEWHERE, INNOCUOUS, OUTER
from rabta.model import Observation, Probe, Target


Asked = tuple[Target, Probe, str]
PUBLIC_NAME: Final = "cloudflare-ech.com"
"""The outer name of the largest operator of ECH, by which some filters know it."""
_MOST: Final = 2
"""Addresses of the service: what is looked for lies on the way, not at its end."""


class Pairs:
    """Asks pairs; *measure* asks one question."""

    def __init__(self, measure: Callable[..., Awaitable[Observation]]) -> None:
        self._measure = measure
        self._answered: set[Asked] = set()

    async def ask(
        self, made: Iterable[tuple[Asked, Asked]], number: int, spacing: float
    ) -> None:
        """Ask all pairs of repetition *number*, *spacing* seconds apart.

        A harmless half that was not answered at first has nothing to be compared with.
        """
        async with asyncio.TaskGroup() as tasks:
            for harmless, other in made:
                if number == 0 or harmless in self._answered:
                    tasks.create_task(self._both(harmless, other, number))
                    await asyncio.sleep(spacing)

    async def _both(self, harmless: Asked, other: Asked, number: int) -> None:
        late = number % 2 == 0
        if not late:
            await self._measure(*other)
        if (await self._measure(*harmless)).ok:
            self._answered.add(harmless)
        if late and harmless in self._answered:
            await self._measure(*other)


def pairs(
    target: Target,
    controls: Sequence[Target],
    addresses: Sequence[str],
    elsewhere: Sequence[tuple[str, int]],
) -> list[tuple[Asked, Asked]]:
    """Return the pairs, the harmless half first.

    *elsewhere* are addresses and ports of unrelated servers. Without a harmless name
    among the *controls*, as for a service in plain HTTP, there are none.
    """
    named = next((one for one in controls if one.role == "innocuous-sni"), None)
    if named is None or Probe.TLS not in target.probes:
        return []
    own = replace(target, sni=target.sni or target.host)
    other = replace(own, sni=named.sni, role=INNOCUOUS)
    found: list[tuple[Asked, Asked]] = [
        ((other, Probe.QUIC_HELLO, at), (own, Probe.QUIC_HELLO, at))
        for at in addresses[:_MOST]
    ]
    places = [(OUTER, at, target.port) for at in addresses[:_MOST]]
    places += [(ELSEWHERE, *one) for one in elsewhere]
    for name, (role, at, port) in product((named.sni, PUBLIC_NAME), places):
        outer = replace(target, sni=name, role=role, port=port)
        found.append(((outer, Probe.HELLO, at), (outer, Probe.ECH, at)))
    return found
