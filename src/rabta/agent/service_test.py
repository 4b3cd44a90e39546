"""A test of one service over every line of this machine, and what it comes to."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rabta.agent.blocking_test import REPETITIONS, BlockingTest, Way
from rabta.attribute.blocking import MODEL, find
from rabta.attribute.blocking.assemble import (
    NOWHERE,
    agreement,
    assemble,
    both,
    witness,
)
from rabta.clock import Clock
from rabta.config import Config
from rabta.model import Report
from rabta.model.trial import Finding, Outcome, Trial


@dataclass(frozen=True, slots=True)
class LineResult:
    """One line."""

    uplink: str
    isp: str
    family: int
    finding: Finding
    trial: Trial


@dataclass(frozen=True, slots=True)
class Result:
    """One test."""

    service: str
    host: str
    begun: int
    """Microseconds UTC."""
    ended: int
    lines: tuple[LineResult, ...]
    afar: str
    """Name of the helper that served as control; empty when none answered."""
    model: str = MODEL


async def examine(
    config: Config,
    service: str,
    found: Sequence[Way],
    clock: Clock,
    *,
    report: Callable[[float], None] = lambda _: None,
    repetitions: int = REPETITIONS,
) -> Result:
    """Test *service* over every way at once.

    Each line is judged with the other lines of other networks as witnesses, and with
    a helper abroad where one is configured.
    """
    from rabta.agent.helper_client import ask_helper

    begun = clock.now()
    tests = [BlockingTest(config, service, way, clock, report) for way in found]
    async with asyncio.TaskGroup() as tasks:
        for test in tests:
            tasks.create_task(test.run(repetitions))
    target = tests[0].target if tests else None
    addresses = tuple(dict.fromkeys(a for test in tests for a in test.addresses()))
    helper = NOWHERE
    if target is not None and config.helper is not None:
        helper = await ask_helper(config.helper, found, target, addresses, clock)
    agreed = NOWHERE
    if helper is NOWHERE:
        agreed = agreement(_by_network(tests))
    lines = []
    for test in tests:
        afar = both(helper, agreed)
        for other in tests:
            if other.way.uplink.name != test.way.uplink.name:
                afar = both(afar, witness(other.target, other.seen))
        trial = assemble(test.target, test.seen, afar)
        uplink = test.way.uplink
        lines.append(
            LineResult(
                uplink.name, uplink.isp, test.way.line.family, find(trial), trial
            )
        )
    return Result(
        service,
        target.host if target else "",
        begun,
        clock.now(),
        tuple(lines),
        "helper" if helper is not NOWHERE else "",
    )


def _by_network(tests: Sequence[BlockingTest]) -> list[Trial]:
    """Return one trial for each network: by AS, else by provider, else by uplink."""
    found: dict[str, Trial] = {}
    for test in tests:
        uplink = test.way.uplink
        network = f"AS{uplink.asn}" if uplink.asn else uplink.isp or uplink.name
        found.setdefault(network, assemble(test.target, test.seen))
    return list(found.values())


def reports(result: Result) -> list[Report]:
    """Return what is worth remembering: what a line was found to do."""
    kinds = {Outcome.BLOCKED: "blocking", Outcome.THROTTLED: "throttling"}
    return [
        Report(
            source="test",
            id=f"{result.service}/{line.uplink}/{line.family}/{result.begun}",
            entity=f"service/{result.service}",
            start=result.begun,
            end=result.ended,
            kind=kinds[line.finding.outcome],
            cause=line.finding.mechanisms[0],
            says=f"{line.isp or line.uplink}, IPv{line.family}: "
            f"{', '.join(line.finding.mechanisms)} ({line.finding.rule})",
        )
        for line in result.lines
        if line.finding.outcome in kinds
    ]
