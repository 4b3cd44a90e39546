"""The throttling test: timed transfers in pairs, two rounds, on one server address.

One of a pair shows the service's name and the other a name nobody slows down, in an
order that chance decides. With a helper both go to the helper, which answers to any
name and sends as fast as the line takes it; without one both go to the service's own
address, which must serve 64 KiB or more.
"""

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from rabta.agent.blocking_test import BlockingTest, Way
from rabta.agent.helper_client import aim_at
from rabta.attribute.paired import (
    NOTHING,
    PAIRS,
    ROUNDS,
    Couple,
    Pace,
    Transfer,
    holm,
    judge,
)
from rabta.attribute.throttling import ROUND_GAP
from rabta.clock import SECOND, Clock
from rabta.config import Config, read_secret
from rabta.config.targets import service_targets
from rabta.model import Probe, Report, Target
from rabta.probes import Aim
from rabta.probes.helper import Asked, timed


_BYTES = 512 * 1024
_LEAST = 64 * 1024
_SECONDS = 8.0
_PAUSE = 1.0  # seconds between two transfers
_FAILED = 3  # transfers in a row that fail before it is given up
_NEUTRAL = "www.example.com"


@dataclass(frozen=True, slots=True)
class LinePace:
    """One line."""

    uplink: str
    isp: str
    family: int
    pace: Pace
    rounds: tuple[tuple[Couple, ...], ...]
    failure: str = ""
    """Why there are fewer pairs than wanted."""


@dataclass(frozen=True, slots=True)
class PaceResult:
    """One test."""

    service: str
    host: str
    begun: int
    """Microseconds UTC."""
    ended: int
    against: str
    """``helper`` or ``service``."""
    lines: tuple[LinePace, ...]


@dataclass(frozen=True, slots=True)
class _Pair:
    """What is fetched: the same, under two names."""

    target: Aim
    control: Aim
    url: str
    token: str = ""
    fingerprint: str = ""

    async def fetch(self, aim: Aim) -> Asked:
        return await timed(
            aim, self.url, _BYTES, token=self.token, fingerprint=self.fingerprint
        )


async def compare(
    config: Config,
    service: str,
    found: Sequence[Way],
    clock: Clock,
    *,
    report: Callable[[float], None] = lambda _: None,
    chance: random.Random | None = None,
) -> PaceResult:
    """Test the speed of *service* over every way, one after the other in each round."""
    begun = clock.now()
    chance = chance or random.Random()
    targets = service_targets(config, service)
    pairs: list[tuple[Way, _Pair | None]] = [
        (way, await _pair(config, targets, service, way, clock)) for way in found
    ]
    rounds: dict[int, list[tuple[Couple, ...]]] = {n: [] for n in range(len(pairs))}
    failures: dict[int, str] = {}
    for number in range(ROUNDS):
        if number:
            await asyncio.sleep(ROUND_GAP / SECOND * config.lab.pace)
        for index, (_, pair) in enumerate(pairs):
            if pair is not None:
                couples, failures[index] = await _round(pair, chance, config.lab.pace)
                rounds[index].append(couples)
        report((number + 1) / ROUNDS)
    measured = [index for index, some in rounds.items() if some]
    levels = holm([judge(rounds[index]).p for index in measured])
    lines = []
    for index, (way, _) in enumerate(pairs):
        pace = NOTHING
        if index in measured:
            pace = judge(rounds[index], levels[measured.index(index)])
        lines.append(
            LinePace(
                way.uplink.name,
                way.uplink.isp,
                way.line.family,
                pace,
                tuple(rounds[index]),
                failures.get(index, "no address"),
            )
        )
    against = "helper" if config.helper is not None else "service"
    host = targets[0].host
    return PaceResult(service, host, begun, clock.now(), against, tuple(lines))


async def _pair(
    config: Config,
    targets: tuple[Target, ...],
    service: str,
    way: Way,
    clock: Clock,
) -> _Pair | None:
    target = targets[0]
    neutral = next((t.sni for t in targets if t.role == "innocuous-sni"), _NEUTRAL)
    if config.helper is not None:
        mine = aim_at(config.helper, way, clock, sni=target.host)
        if mine.family != (6 if ":" in mine.address else 4):
            return None
        its = aim_at(config.helper, way, clock, sni=neutral)
        token = (
            read_secret(config.helper.token_file) if config.helper.token_file else ""
        )
        return _Pair(
            replace(mine, timeout=_SECONDS),
            replace(its, timeout=_SECONDS),
            f"{config.helper.url}/bytes/{_BYTES}",
            token,
            config.helper.fingerprint,
        )
    test = BlockingTest(config, service, way, clock)
    await test.ask_names()
    addresses = test.addresses()
    if not addresses:
        return None
    aim = Aim(
        target, addresses[0], way.uplink.name, way.binding, clock, timeout=_SECONDS
    )
    other = replace(aim, target=replace(target, sni=neutral))
    pages = (one.url for one in targets if Probe.FETCH in one.probes)
    return _Pair(aim, other, next(pages, "") or f"https://{target.host}/")


async def _round(
    pair: _Pair, chance: random.Random, pace: float
) -> tuple[tuple[Couple, ...], str]:
    couples: list[Couple] = []
    failed, why = 0, ""
    while len(couples) < PAIRS and failed < _FAILED:
        order = [pair.target, pair.control]
        chance.shuffle(order)
        got: dict[str, Asked] = {}
        for aim in order:
            got["target" if aim is pair.target else "control"] = await pair.fetch(aim)
            await asyncio.sleep(_PAUSE * min(1.0, pace))
        target, control = got["target"], got["control"]
        why = target.failure or control.failure or _too_little(control)
        if why:
            failed += 1
            continue
        failed = 0
        couples.append(Couple(_transfer(target), _transfer(control)))
    return tuple(couples), why


def _too_little(one: Asked) -> str:
    return "too_little_served" if one.received_bytes < _LEAST else ""


def _transfer(one: Asked) -> Transfer:
    return Transfer(one.rate, one.connect, one.loaded_rtt)


def reports(result: PaceResult) -> list[Report]:
    """Return what is worth remembering."""
    return [
        Report(
            source="test",
            id=f"{result.service}/pace/{line.uplink}/{line.family}/{result.begun}",
            entity=f"service/{result.service}",
            start=result.begun,
            end=result.ended,
            kind="throttling",
            cause="tls.throttle.sni",
            says=f"{line.isp or line.uplink}, IPv{line.family}: "
            f"{line.pace.ratio:.0%} of the speed under another name",
        )
        for line in result.lines
        if line.pace.throttled
    ]
