"""Do 100 hung HTTP endpoints make any other probe late?

The agent's own runner and schedule, over loopback: 100 endpoints that accept and never
answer (HTTP, every 10 s, timeout 10 s, so that all of them hang all the time) beside 50
healthy targets (20 ICMP, 15 TCP, 15 HTTP, every 2 s). A healthy probe's lateness is the
time between the moment it was due and the moment it left. The same 50 run alone first,
because a busy machine makes probes late as well.

Passes when the worst lateness is at most 50 ms and no healthy probe failed. Beside it
the time Gatus' default needs for one round over the hung ones, computed: it checks 3
endpoints at a time and gives each 10 s.

    python benchmarks/hung/run.py [--seconds 60] [--short]
"""

import argparse
import asyncio
import contextlib
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from rabta.agent.addresses import Addresses
from rabta.agent.pipeline import Pipeline
from rabta.agent.rig import Rig
from rabta.agent.runner import TOGETHER, Runner
from rabta.agent.schedule import Schedule, Slot
from rabta.attribute import Context
from rabta.clock import SECOND, SystemClock
from rabta.failure import GENERIC_TIMEOUT
from rabta.model import Line, Observation, Probe, Rung, Target, Uplink
from rabta.probes.binding import bind_line
from rabta.probes.icmp_engine import IcmpEngine
from rabta.probes.pacer import Pacer
from rabta.store import Store


HUNG, LIMIT_SECONDS = 100, 0.050
EARLY = TOGETHER + 0.005  # what shares a wake-up leaves with the first of them
GATUS_AT_ONCE, GATUS_TIMEOUT = 3, 10.0
WARM_UP = 6.0  # the schedule hurries through its first round
LINE = Line(4, "127.0.0.1", "", resolvers=())
UPLINK = Uplink("lo", "lo", 1, "wired", carrier=True, lines=(LINE,))
KEY = ("lo", 4)


def healthy(http: int, tcp: int) -> list[Target]:
    """Twenty to ping, fifteen to connect to, fifteen to ask for a page."""
    found = []
    for n in range(50):
        kind = Probe.ICMP if n < 20 else Probe.TCP if n < 35 else Probe.HTTP
        host = f"127.0.1.{n + 1}"
        found.append(
            Target(
                f"healthy-{n}",
                Rung.SERVICE if kind is Probe.HTTP else Rung.ANYCAST,
                host,
                (kind,),
                interval=2.0,
                port=tcp,
                url=f"http://{host}:{http}/",
            )
        )
    return found


def hung(port: int) -> list[Target]:
    """Endpoints that accept and never answer."""
    return [
        Target(
            f"hung-{n}",
            Rung.SERVICE,
            f"127.0.2.{n + 1}",
            (Probe.HTTP,),
            url=f"http://127.0.2.{n + 1}:{port}/",
        )
        for n in range(HUNG)
    ]


class Rigs:
    """One line, on loopback, and what is probed over it."""

    def __init__(self, targets: list[Target]) -> None:
        clock = SystemClock()
        binding = bind_line(UPLINK, LINE)
        self._rig = Rig(UPLINK, LINE, binding, IcmpEngine(binding, clock))
        self._targets = tuple(targets)

    def get(self, key: tuple[str, int]) -> Rig | None:
        return self._rig if key == KEY else None

    def targets(self) -> dict[tuple[str, int], tuple[Target, ...]]:
        return {KEY: self._targets}

    def known(self, _key: tuple[str, int]) -> dict[str, Target]:
        return {target.name: target for target in self._targets}

    def every(self, *_: object) -> int:
        return 1

    def counterpart(self, *_: object) -> None:
        return None

    def close(self) -> None:
        self._rig.close()


class Noting(Schedule):
    """A schedule that remembers when each slot was due."""

    def __init__(self) -> None:
        super().__init__()
        self.planned: dict[str, list[float]] = defaultdict(list)

    def _push(self, slot: Slot, at: float) -> None:
        self.planned[slot.target.name].append(at)
        super()._push(slot, at)


async def measure(
    targets: list[Target], seconds: float
) -> tuple[list[float], int, int]:
    """Run for *seconds*.

    Returns the lateness of healthy probes, their failures and how many probes hung.
    """
    clock = SystemClock()
    offset = clock.now() / SECOND - clock.monotonic()
    seen: list[Observation] = []
    with (
        tempfile.TemporaryDirectory() as folder,
        Store.open(Path(folder), clock=clock) as store,
        contextlib.closing(Rigs(targets)) as rigs,
    ):
        pipeline = Pipeline(store, Context(country=""), started=clock.now())
        pipeline.set_uplinks((UPLINK,), rigs.targets(), clock.now())
        runner = Runner(
            rigs,
            pipeline,
            Pacer(),
            Addresses(store),
            clock,
            seen.append,
            lambda: None,
        )
        schedule = runner.schedule = Noting()
        began = clock.monotonic()
        runner.retarget()
        running = asyncio.create_task(runner.run())
        await asyncio.sleep(WARM_UP + seconds)
        ended = clock.monotonic() - 1
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    left: dict[str, list[float]] = defaultdict(list)
    failures = hanging = 0
    for observation in seen:
        hanging += observation.failure == GENERIC_TIMEOUT
        if observation.target.startswith("healthy"):
            left[observation.target].append(observation.time / SECOND - offset)
            failures += not observation.ok
    lateness = [
        max(
            0.0,
            min((at for at in left[name] if at >= due - EARLY), default=ended) - due,
        )
        for name, times in schedule.planned.items()
        if name.startswith("healthy")
        for due in times
        if began + WARM_UP <= due < ended
    ]
    return lateness, failures, hanging


@contextlib.contextmanager
def servers() -> Iterator[tuple[int, int, int]]:
    """Start the servers; yield the ports of the hung, the pages and the bare TCP."""
    file = Path(__file__).with_name("servers.py")
    with subprocess.Popen(
        [sys.executable, file], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            hung_port, http, tcp = map(int, process.stdout.readline().split())
            yield hung_port, http, tcp
        finally:
            process.kill()


def row(name: str, lateness: list[float], failures: int, hanging: int) -> str:
    ordered = sorted(lateness)
    p50, p99 = (1000 * ordered[int(q * (len(ordered) - 1))] for q in (0.5, 0.99))
    return (
        f"{name:22} {len(ordered):6} {p50:8.2f} {p99:8.2f} "
        f"{1000 * ordered[-1]:8.2f} {failures:9} {hanging:9}"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--short", action="store_true", help="15 seconds")
    arguments = parser.parse_args()
    seconds = 15.0 if arguments.short else arguments.seconds
    with servers() as (hung_port, http, tcp):
        good, bad = healthy(http, tcp), hung(hung_port)
        alone = asyncio.run(measure(good, seconds))
        cpu = time.process_time()
        beside = asyncio.run(measure(good + bad, seconds))
        cpu = time.process_time() - cpu
    print(
        f"{'lateness of healthy':22} probes   p50 ms   p99 ms  worst ms  "
        "failures timed out"
    )
    print(row("alone", *alone))
    print(row(f"beside {HUNG} hung", *beside))
    print(f"our processor time beside them: {100 * cpu / (seconds + WARM_UP):.1f} %")
    gatus = HUNG / GATUS_AT_ONCE * GATUS_TIMEOUT
    print(f"Gatus' default, one round over {HUNG} hung ones (computed): {gatus:.0f} s")
    late, failures, timed_out = max(beside[0]), beside[1], beside[2]
    if late > LIMIT_SECONDS or failures:
        print(
            f"missed: worst lateness {1000 * late:.0f} ms (bar 50), {failures} failed"
        )
    if timed_out < HUNG:
        print(f"wrong: only {timed_out} of {HUNG} hung ones timed out")
        return 4
    return 3 if late > LIMIT_SECONDS or failures else 0


if __name__ == "__main__":
    sys.exit(main())
