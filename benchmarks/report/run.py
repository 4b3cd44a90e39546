"""How long does a month's report take, and how large is it? See benchmarks/README.md.

    python benchmarks/report/run.py [--short]

A month of two lines and 22 targets in a sealed store, forty disruptions with their
evidence, every hour closed in the evidence log. Each report is made by `rabta report`
in a process of its own, from the store to the sealed PDF. Passes at 5 s of processor
time and 2 MB for each reader and language.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import msgspec

from rabta.agent.demo import places
from rabta.clock import DAY, HOUR, MINUTE, SECOND, ManualClock, SystemClock
from rabta.model import (
    Cause,
    Evidence,
    Kind,
    Message,
    Observation,
    Probe,
    State,
    Verdict,
)
from rabta.report.evidence.log import Log
from rabta.report.proof import examined
from rabta.store import Store


BAR_SECONDS, BAR_BYTES = 5.0, 2_000_000
AUDIENCES = ("client", "isp", "regulator", "management", "freelancer")
UPLINKS = ("indus-fibre", "ravi-4g")
DAYS, OUTAGES = 31, 40


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help="sparser, two reports")
    short = parser.parse_args().short
    wanted = [("regulator", "ur")] if short else [
        (audience, language) for audience in AUDIENCES for language in ("en", "ur")
    ]  # fmt: skip
    missed = wrong = False
    with tempfile.TemporaryDirectory(prefix="rabta-report-") as name:
        folder = Path(name)
        begun = time.perf_counter()
        start, rows = fill(folder / "store", 1800 if short else 600)
        took = time.perf_counter() - begun
        print(f"{rows:,} observations of {DAYS} days stored and sealed in {took:.0f} s")
        print("| report | processor s | by the clock s | PDF kB |")
        print("|---|---|---|---|")
        for audience, language in wanted:
            work, wall, size, good = one(folder, start, audience, language)
            figures = f"{work:.2f} | {wall:.2f} | {size / 1000:.0f}"
            print(f"| {audience}, {language} | {figures} |")
            if work > BAR_SECONDS or size > BAR_BYTES:
                missed = True
                print(f"missed: {audience} {language}: {work:.2f} s, {size:,} bytes")
            wrong = wrong or not good
    if wrong:
        print("wrong: a report is not whole, or its evidence does not hold")
        return 4
    return 3 if missed else 0


def one(
    folder: Path, start: int, audience: str, language: str
) -> tuple[float, float, int, bool]:
    """Make one report; seconds of work, seconds, bytes, whether it is right."""
    day = time.strftime("%Y-%m-%d", time.gmtime(start // SECOND))
    last = time.strftime("%Y-%m-%d", time.gmtime((start + (DAYS - 1) * DAY) // SECOND))
    command = [
        *(sys.executable, "-m", "rabta", "report", "--store", str(folder / "store")),
        *("--period", f"{day}..{last}", "--for", audience, "--language", language),
        *("--format", "pdf", "--out", str(folder / "out"), "--json"),
    ]
    if audience == "isp":
        command += ["--uplink", UPLINKS[0]]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = time.perf_counter()
    done = subprocess.run(
        command, capture_output=True, check=True, env=os.environ | {"TZ": "UTC"}
    )
    wall = time.perf_counter() - begun
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    work = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    (file,) = json.loads(done.stdout)["files"]
    content = Path(file["path"]).read_bytes()
    good = len(content) == file["bytes"] and not examined(content).broken
    return work, wall, len(content), good


def fill(folder: Path, interval: int) -> tuple[int, int]:
    """Write the month; when it starts, and how many observations it has."""
    start = SystemClock().now() // DAY * DAY - (DAYS + 1) * DAY
    clock = ManualClock(start)
    targets = [
        one
        for one in places.targets()[UPLINKS[0], 4]
        if one.name.startswith(("anycast", "domestic", "west", "gulf", "east", "us"))
    ]
    outages = [
        (start + n * DAYS * DAY // OUTAGES + HOUR, (2 + 7 * n % 50) * MINUTE)
        for n in range(OUTAGES)
    ]
    count = 0
    with Store.open(folder, clock=clock) as store:
        store.put_status(msgspec.json.encode({"simulated": True}))
        for day in range(DAYS):
            begin = start + day * DAY
            rows = [
                observation(uplink, target.name, n, at, outages)
                for uplink in UPLINKS
                for n, target in enumerate(targets)
                for at in range(begin + n * SECOND, begin + DAY, interval * SECOND)
            ]
            store.record(rows)
            count += len(rows)
            clock.advance(DAY + 5 * MINUTE)
            with Log.open(folder, clock=clock, boot=lambda: ("a", 0)) as log:
                log.close_hours()
            clock.advance(-5 * MINUTE)
        clock.advance(2 * HOUR)
        for at, length in outages:
            number = store.open_disruption(
                f"uplink/{UPLINKS[0]}", Kind.OUTAGE, at, 1.0, 1.0, verdict(at)
            )
            store.close_disruption(number, at + length)
        store.seal()
    return start, count


def observation(
    uplink: str, target: str, n: int, at: int, outages: list[tuple[int, int]]
) -> Observation:
    down = uplink == UPLINKS[0] and any(a <= at < a + long for a, long in outages)
    rtt = None if down else 0.01 * (n + 1) + (at // SECOND % 97) / 1e5
    failure = "generic_timeout_error" if down else None
    return Observation(at, uplink, 4, target, Probe.ICMP, rtt, failure)


def verdict(at: int) -> Verdict:
    rungs = ("gateway", "first-hop", "anycast", "domestic", "international", "resolver")
    facts = tuple(
        Evidence(
            f"{rung}-down",
            Message.of("evidence.rung-down", rung=rung, since=at, total=4),
            4.5,
        )
        for rung in rungs
    )
    return Verdict(
        at,
        f"uplink/{UPLINKS[0]}",
        "isp-access",
        4,
        State.DOWN,
        Message.of("verdict.isp-access", uplink="Indus Fibre (simulated)"),
        0.85,
        ((Cause.ISP, 0.7), (Cause.POWER, 0.1), (Cause.UNKNOWN, 0.2)),
        facts,
        (Message.of("alternative.area-power"), Message.of("alternative.maintenance")),
        None,
        at,
    )


if __name__ == "__main__":
    sys.exit(main())
