"""The throttling test: timed transfers in pairs, two rounds, on one server address.

One of a pair shows the service's name and the other a name nobody slows down, in an
order that chance decides: in the handshake, or in the Host header of a service over
plain HTTP. With a helper both go to the helper, which answers to any name and sends as
fast as the line takes it; without one, or one without a port for plain HTTP, both go
to the service's own address, which must serve 64 KiB or more.
"""

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from rabta import failure
from rabta.agent.blocking_test import BlockingTest, Way
from rabta.agent.helper_client import aim_at, ask_ticket
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
from rabta.config import Config, Vantage, read_secret
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
    plain: bool = False
    """Over plain HTTP: the names were those of the Host header."""


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


@dataclass(frozen=True, slots=True)
class _PlainPair(_Pair):
    """The same from a helper over plain HTTP: each transfer takes a ticket."""

    async def fetch(self, aim: Aim) -> Asked:
        """Ask for a ticket under the name nobody slows down, and show it."""
        asked = await ask_ticket(self.url, self.control, self.token, self.fingerprint)
        if isinstance(asked, Asked):
            return asked
        return await timed(aim, f"{asked.url}/bytes/{_BYTES}", _BYTES, token=asked.once)


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
    plain = targets[0].url.startswith("http://")
    helper = config.helper
    if helper is not None and plain and not await _has_plain(helper, found, clock):
        helper = None
    pairs: list[tuple[Way, _Pair | None]] = [
        (way, _of_helper(helper, targets, way, clock, plain=plain))
        if helper is not None
        else (way, await _of_service(config, targets, service, way, clock))
        for way in found
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
    levels = holm([judge(rounds[index]).chance for index in measured])
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
    against = "helper" if helper is not None else "service"
    host = targets[0].host
    return PaceResult(
        service, host, begun, clock.now(), against, tuple(lines), plain=plain
    )


async def _has_plain(helper: Vantage, found: Sequence[Way], clock: Clock) -> bool:
    """Whether *helper* sends over plain HTTP; asked over the first line that can."""
    token = read_secret(helper.token_file) if helper.token_file else ""
    for way in found:
        aim = aim_at(helper, way, clock, sni=_NEUTRAL)
        if aim.family != way.line.family:
            continue
        asked = await ask_ticket(helper.url, aim, token, helper.fingerprint)
        if not isinstance(asked, Asked):
            return True
        if asked.failure == failure.HTTP_STATUS:
            return False
    return False


def _of_helper(
    helper: Vantage,
    targets: tuple[Target, ...],
    way: Way,
    clock: Clock,
    *,
    plain: bool,
) -> _Pair | None:
    mine = aim_at(helper, way, clock, sni=targets[0].host)
    if mine.family != (6 if ":" in mine.address else 4):
        return None
    its = aim_at(helper, way, clock, sni=_neutral(targets))
    return (_PlainPair if plain else _Pair)(
        replace(mine, timeout=_SECONDS),
        replace(its, timeout=_SECONDS),
        helper.url if plain else f"{helper.url}/bytes/{_BYTES}",
        read_secret(helper.token_file) if helper.token_file else "",
        helper.fingerprint,
    )


async def _of_service(
    config: Config,
    targets: tuple[Target, ...],
    service: str,
    way: Way,
    clock: Clock,
) -> _Pair | None:
    target = targets[0]
    test = BlockingTest(config, service, way, clock)
    await test.ask_names()
    addresses = test.addresses()
    if not addresses:
        return None
    aim = Aim(
        target, addresses[0], way.uplink.name, way.binding, clock, timeout=_SECONDS
    )
    other = replace(aim, target=replace(target, sni=_neutral(targets)))
    pages = (one.url for one in targets if Probe.FETCH in one.probes)
    return _Pair(aim, other, next(pages, "") or f"https://{target.host}/")


def _neutral(targets: tuple[Target, ...]) -> str:
    return next((t.sni for t in targets if t.role == "innocuous-sni"), _NEUTRAL)


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
            cause="http.throttle.host" if result.plain else "tls.throttle.sni",
            says=f"{line.isp or line.uplink}, IPv{line.family}: "
            f"{line.pace.ratio:.0%} of the speed under another name",
        )
        for line in result.lines
        if line.pace.throttled
    ]
