"""Does the test name what is done to a service, and accuse nobody where nothing is?

In the lab's namespaces, with two networks and a real ``rabta helper`` abroad, each
mechanism of blocking is injected for real and the test is run; then innocents over
lines with loss, jitter and rate limits, slow servers and addresses that changed.
Throttling is injected and tested in pairs as well. Where OONI's recorded scenarios
are beside the checkout they are judged too.

Passes (0) with 95 % right and no innocent accused, else 4.

    python -m benchmarks.blocking.run [--short] [--innocents 250] [--seed 1]
        [--without-helper] [--only cases,innocents,paces,ooni] [--named race,refused]
"""

import argparse
import asyncio
import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

from benchmarks.blocking.cases import CASES, QUICK, Case
from tests.lab import Lab, is_inside, left_out, start_inside


WRONG = 4
PACE = 0.005
PACES = (
    (0.0, "", "sni"),
    (128e3, "police", "sni"),
    (140e3, "police", "sni"),
    (400e3, "police", "sni"),
    (140e3, "shape", "sni"),
    (400e3, "shape", "sni"),
    (0.0, "", "host"),
    (140e3, "police", "host"),
    (400e3, "shape", "host"),
)
"""Bits per second, what is done to more, and where the name is looked for."""
_LIMITERS = {"police": "policed", "shape": "shaped"}
_PACED = {"sni": ("code", "code"), "host": ("docs", "news")}
"""Whose name is looked for, and the service that is tested."""
_MODULE = "benchmarks.blocking.run"
_SIDE_BY_SIDE = 12
_SERVICES = ("code", "meet", "pay", "docs", "bank", "news")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--innocents", type=int, default=250)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--without-helper", action="store_true")
    parser.add_argument("--only", default="cases,innocents,paces,ooni")
    parser.add_argument(
        "--named",
        default="",
        help="parts of names, by commas",
    )
    arguments = parser.parse_args()
    if is_inside(_MODULE):
        inside(arguments)
        return 0
    good = True
    if "ooni" in arguments.only and not arguments.short:
        good = ooni() and good
    if left_out():
        return 0 if good else WRONG
    rows = []
    with start_inside(_MODULE, stdout=subprocess.PIPE) as process:
        for line in process.stdout:
            rows.append(json.loads(line))
            if rows[-1]["kind"] != "innocent":
                print(_row(rows[-1]), flush=True)
            elif not len(rows) % 50:
                print(f"  {len(rows)} lines so far", file=sys.stderr, flush=True)
    if process.returncode:
        return 1
    code = report(rows)
    return code if good else WRONG


def ooni() -> bool:
    """Judge the recorded scenarios; True where there are none."""
    import tarfile
    import tempfile

    from tests.unit.sources.helpers import RECORDED, parse
    from tests.unit.sources.test_ooni import SCENARIOS

    from rabta.sources import ooni as source

    archive = RECORDED / "ooni/wc05_qa_labelled_scenarios.tar.gz"
    if not archive.exists():
        print("OONI's scenarios are left out: no recorded data beside the checkout")
        return True
    right = total = accused = 0
    with tempfile.TemporaryDirectory() as folder, tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
        for file in sorted(Path(folder).rglob("*.json")):
            _, _, tally = parse(file, source.read)
            outcome, where = next(
                said for name, said in SCENARIOS.items() if file.name.startswith(name)
            )
            same = list(tally.outcomes) == [outcome]
            same = same and (not where or any(where in m for m in tally.mechanisms))
            right, total = right + same, total + 1
            accused += outcome in ("down", "ok") and "blocked" in tally.outcomes
    print(f"OONI's scenarios: {right} of {total} equal; {accused} wrongly blocked")
    good = right >= 0.95 * total and not accused
    if not good:
        print(f"wrong: {total - right} of OONI's scenarios are judged otherwise")
    return good


def inside(arguments: argparse.Namespace) -> None:
    """Run in namespaces of our own; print one JSON line for each run."""
    from tests.lab import abroad as world

    folder = Path("/run/rabta")
    repetitions = 1 if arguments.short else 3
    named = arguments.named.split(",")
    with Lab(2) as lab, ExitStack() as stack:
        os.environ.update(lab.environment)
        told = None
        if not arguments.without_helper:
            told = stack.enter_context(world.helper(lab, folder / "helper"))
        config = world.configuration(folder, 2, PACE, told)
        with lab.inside():
            ways = _ways(config)
            if "cases" in arguments.only:
                for case in QUICK if arguments.short else CASES:
                    if not any(one in case.name for one in named):
                        continue
                    _case(lab, config, ways, case, repetitions)
            if "paces" in arguments.only and not arguments.short:
                _paces(lab, config, ways, named)
            if "innocents" in arguments.only and not arguments.short:
                wanted = arguments.innocents
                chance = random.Random(arguments.seed)
                asyncio.run(_innocents(lab, config, ways, wanted, repetitions, chance))


def _ways(config):
    from rabta.agent.blocking_test import ways
    from rabta.probes.uplinks import look, names_of

    found = ways(asyncio.run(look(names_of(config.uplinks))))
    return [one for one in found if one.line.family == 4]


async def _examine(config, service: str, ways, repetitions: int):
    from rabta.agent.service_test import examine
    from rabta.clock import SystemClock

    return await examine(config, service, ways, SystemClock(), repetitions=repetitions)


def _case(lab: Lab, config, ways, case: Case, repetitions: int) -> None:
    uplinks = (1, 2) if case.both else (1,)
    about = {} if case.service == "news" else {"service": case.service}
    about |= {} if case.fault.startswith("service") else {"uplinks": uplinks}
    if case.fault == "ech-blocked":
        about.pop("service")
    started = time.monotonic()
    with lab.fault(case.fault, **{**about, **case.how}):
        result = asyncio.run(_examine(config, case.service, ways, repetitions))
    for number, line in enumerate(result.lines, 1):
        hit = number in uplinks or case.fault.startswith("service")
        expected = case.outcome if hit else "ok"
        named = line.finding.mechanisms or line.finding.aside
        first = (named or ("",))[0]
        right = line.finding.outcome == expected
        if hit and case.mechanism:
            right = right and first.startswith(case.mechanism)
        elif not hit:
            right = right and not named
        _say(
            kind="case",
            name=case.name,
            line=number,
            hit=hit,
            expected=expected if not hit else f"{expected} {case.mechanism}".strip(),
            found=f"{line.finding.outcome} {first}".strip(),
            rule=line.finding.rule,
            right=right,
            seconds=round(time.monotonic() - started, 1),
        )


async def _innocents(
    lab: Lab, config, ways, wanted: int, repetitions: int, chance
) -> None:
    """Run so many tests where nothing is done to anybody's service."""
    left = wanted
    while left > 0:
        with ExitStack() as stack:
            trouble = _trouble(lab, chance, stack)
            count = min(_SIDE_BY_SIDE, left)
            left -= count
            chosen = [chance.choice(_SERVICES) for _ in range(count)]
            results = await asyncio.gather(
                *(_examine(config, service, ways, repetitions) for service in chosen)
            )
        for result in results:
            for line in result.lines:
                accused = line.finding.outcome in ("blocked", "throttled")
                accused = accused or bool(line.finding.aside)
                _say(
                    kind="innocent",
                    name=trouble,
                    found=str(line.finding.outcome),
                    rule=line.finding.rule,
                    mechanisms=[*line.finding.mechanisms, *line.finding.aside],
                    right=not accused,
                )


def _trouble(lab: Lab, chance: random.Random, stack: ExitStack) -> str:
    """Make the lines, the servers or the names bad in a way that is nobody's policy."""
    kind = chance.choice(("loss", "jitter", "rate", "slow", "moved", "none"))
    for number in (1, 2):
        leg = f"acc{number}"
        match kind:
            case "loss":
                loss = chance.choice((0.02, 0.05, 0.1, 0.2))
                stack.enter_context(lab.leg(leg, loss=loss))
            case "jitter":
                jitter = chance.choice((0.02, 0.1, 0.2))
                stack.enter_context(lab.leg(leg, jitter=jitter))
            case "rate":
                rate = chance.choice((256e3, 1e6))
                stack.enter_context(lab.leg(leg, rate=rate, extra_delay=0.1))
    if kind == "slow":
        for name in _SERVICES[:-1]:
            seconds = chance.choice((1.0, 2.0, 4.0))
            stack.enter_context(
                lab.fault("service-slow", service=name, seconds=seconds)
            )
    if kind == "moved":
        _move(lab, chance, stack)
    return kind


def _move(lab: Lab, chance: random.Random, stack: ExitStack) -> None:
    """Have the resolvers of both networks answer as another place of the CDN would.

    One still gives an address that was given up; the other the operator's second.
    """
    from tests.lab import plan

    for name in _SERVICES[:-1]:
        service = plan.SERVICE[name]
        given_up = (
            f"{service.addresses4[0].rsplit('.', 1)[0]}.{chance.randint(200, 250)}"
        )
        for isp in lab.isps:
            to = chance.choice((service.addresses4[1], given_up))
            lie = {service.host: [to]}
            usual = {"label": isp.name}
            stack.enter_context(lab.conduct("resolver", usual, forge=lie))


def _paces(lab: Lab, config, ways, named: list[str]) -> None:
    """Throttle for real, by policing and by shaping, and test in pairs."""
    for rate, how, by in PACES:
        if not any(one in f"{how}d at, by {by}" for one in named):
            continue
        for attempt in range(2):
            _pace(lab, config, ways, rate, how, by, attempt)


def _pace(lab: Lab, config, ways, rate: float, how: str, by: str, attempt: int) -> None:
    from rabta.agent.pace_test import compare
    from rabta.clock import SystemClock

    started = time.monotonic()
    with ExitStack() as stack:
        if rate:
            stack.enter_context(
                lab.fault(
                    "throttled",
                    uplinks=(1,),
                    service=_PACED[by][0],
                    rate=rate,
                    how=how,
                    by=by,
                )
            )
        result = asyncio.run(compare(config, _PACED[by][1], ways, SystemClock()))
    for number, line in enumerate(result.lines, 1):
        hit = bool(rate) and number == 1
        pace = line.pace
        expected = f"throttled {_LIMITERS[how]}" if hit else "alike"
        found = f"throttled {pace.limiter}".strip() if pace.throttled else "alike"
        if not pace.throttled and not pace.decided:
            found = f"unclear {line.failure}"
        _say(
            kind="pace",
            name=(f"{how}d at {rate / 1e3:.0f} kbit/s" if rate else "not throttled")
            + f", by {by}",
            line=number,
            hit=hit,
            attempt=attempt,
            expected=expected,
            found=found,
            right=found == expected,
            ratio=round(pace.ratio, 3),
            rule="",
            seconds=round(time.monotonic() - started, 1),
        )


def _say(**row) -> None:
    print(json.dumps(row), flush=True)


def _row(row: dict) -> str:
    sign = " " if row["right"] else "!"
    return (
        f"{sign} {row['name']:40} line {row['line']} {row['expected']:30}"
        f" {row['found']:32} {row['rule']:24} {row['seconds']:5.1f} s"
    )


def report(rows: list[dict]) -> int:
    """Print what was found; 4 where an innocent is accused or below 95 %, else 0."""
    code = 0
    for kind in ("case", "pace"):
        some = [row for row in rows if row["kind"] == kind]
        if not some:
            continue
        right = sum(row["right"] for row in some)
        hit = [row for row in some if row["hit"]]
        named = sum(row["right"] for row in hit)
        accused = sum(not row["right"] for row in some if not row["hit"])
        print(
            f"{kind}s: {named} of {len(hit)} named, "
            f"{accused} of {len(some) - len(hit)} others wrong"
        )
        if right < 0.95 * len(some):
            code = WRONG
            print(f"wrong: {right} of {len(some)} {kind}s right (bar 95 %)")
    innocents = [row for row in rows if row["kind"] == "innocent"]
    if innocents:
        said = Counter(row["found"] for row in innocents)
        accused = [row for row in innocents if not row["right"]]
        for row in accused:
            print(f"! accused: {row['name']}: {row['mechanisms']} by {row['rule']}")
        print(
            f"innocents: {len(accused)} of {len(innocents)} lines accused; said "
            + ", ".join(f"{name} {count}" for name, count in said.most_common())
        )
        if accused:
            code = WRONG
            print(f"wrong: {len(accused)} innocent lines accused")
    return code


if __name__ == "__main__":
    sys.exit(main())
