"""Observations and verdicts to fill a store with."""

import random

from rabta.clock import DAY, SECOND, ManualClock
from rabta.failure import GENERIC_TIMEOUT
from rabta.model import (
    Cause,
    Evidence,
    Message,
    Observation,
    Probe,
    State,
    Verdict,
)
from rabta.store import Store


T0 = 1_790_000_000 * SECOND // DAY * DAY
"""A midnight in September 2026."""


def clock_at(time: int) -> ManualClock:
    return ManualClock(time)


def ping(
    time: int,
    value: float | None = 0.03,
    *,
    target: str = "cloudflare-dns",
    uplink: str = "ptcl",
    failure: str | None = None,
) -> Observation:
    return Observation(
        time=time,
        uplink=uplink,
        family=4,
        target=target,
        probe=Probe.ICMP,
        value=None if failure else value,
        failure=failure,
        address="192.0.2.1",
        spent_bytes=84,
    )


def day_of_pings(
    start: int, *, targets: int = 2, interval: int = 60 * SECOND, span: int = DAY
) -> list[Observation]:
    """Return pings with 2 % loss, the same for the same arguments."""
    rng = random.Random(start)
    return [
        ping(
            time + 7 * number,
            0.02 + 0.01 * rng.random(),
            target=f"t{number}",
            failure=GENERIC_TIMEOUT if rng.random() < 0.02 else None,
        )
        for time in range(start, start + span, interval)
        for number in range(targets)
    ]


def all_of(
    store: Store, start: int = T0 - 400 * DAY, days: int = 1000
) -> list[Observation]:
    return store.observations(start=start, stop=start + days * DAY, limit=10**9)


def ordered(observations: list[Observation]) -> list[Observation]:
    return sorted(observations, key=lambda o: (o.time, o.target, o.uplink, o.probe))


def series_number(store: Store, target: str) -> int:
    return next(info.id for info in store.series() if info.target == target)


def verdict(
    time: int = T0, entity: str = "uplink/ptcl", code: str = "isp-access"
) -> Verdict:
    return Verdict(
        time=time,
        entity=entity,
        code=code,
        row=6,
        state=State.DOWN,
        sentence=Message.of("verdict.isp_access", uplink="ptcl", loss=0.5, count=3),
        confidence=0.82,
        causes=((Cause.ISP, 0.8), (Cause.POWER, 0.1)),
        evidence=(Evidence("gateway-up", Message("evidence.gateway"), 1.5),),
        alternatives=(Message("verdict.power"),),
        next_test=None,
        since=time - 5 * SECOND,
        family=4,
        model="1",
    )
