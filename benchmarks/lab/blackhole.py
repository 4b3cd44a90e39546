"""How soon is a black hole named, and what is not one?

Real ``rabta up`` at its default pace on a host with two uplinks:

1. Black holes behind the gateway, the link still up, each at a random phase of the
   probes: seconds until the uplink's verdict is ``down``, and until it names the access
   line. Passes with p50 at most 1.5 s, p99 at most 3 s.
2. 15 % random loss for ten minutes: no verdict of that uplink may be ``down``.
3. Ten cuts of six seconds, 24 s apart: each must be on record as a disruption of its
   own, with its onset within two seconds.

It runs with the priority it is started with, and prints that and the load.

    python -m benchmarks.lab.blackhole [--holes 50] [--loss-minutes 10] [--cuts 10]
"""

import argparse
import os
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from tests.lab import Lab, run_inside
from tests.lab.daemon import Codes, Rabta, all_fine
from tests.lab.plan import ISPS


P50_MOST, P99_MOST = 1.5, 3.0
CUT, LIVE = 6.0, 24.0
ONSET_WITHIN = 2.0
UPLINK = f"uplink/{ISPS[0].name}"


def main() -> int:
    """Enter namespaces, then measure."""
    arguments = _arguments()
    code = run_inside("benchmarks.lab.blackhole")
    return _inside(arguments) if code is None else code


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--holes", type=int, default=50)
    parser.add_argument("--loss-minutes", type=float, default=10.0)
    parser.add_argument("--cuts", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def _circumstances() -> str:
    """Say what decides how much of the processor this run gets."""
    group = Path("/proc/self/autogroup")
    session = group.read_text().split()[-1] if group.exists() else "none"
    load = os.getloadavg()[0]
    return (
        f"{os.cpu_count()} cores, load {load:.0f}, niceness {os.nice(0)},"
        f" of the session's autogroup {session}"
    )


def _inside(arguments: argparse.Namespace) -> int:
    print(_circumstances(), flush=True)
    chance = random.Random(arguments.seed)
    with Lab(2) as lab, Rabta(lab, Path("/run/rabta")) as rabta:
        if rabta.wait(all_fine, 90, 10) is None:
            raise SystemExit(f"not fine to begin with: {rabta.codes}")
        time.sleep(60)  # what is usual here
        passed = [
            holes(lab, rabta, arguments.holes, chance),
            loss(lab, rabta, 60 * arguments.loss_minutes),
            cuts(lab, rabta, arguments.cuts),
        ]
    print("PASS" if all(passed) else "FAIL")
    return 0 if all(passed) else 3  # a bar was missed


def holes(lab: Lab, rabta: Rabta, count: int, chance: random.Random) -> bool:
    """Dig *count* black holes; print how long each stayed unseen."""
    to_down: list[float] = []
    to_name: list[float] = []
    for _ in range(count):
        rabta.wait(all_fine, 120, 5.0)
        time.sleep(chance.uniform(0, 10))
        begun = time.monotonic()
        with lab.fault("first-hop-dead", uplink=1):
            down = rabta.wait(lambda _: _is_down(rabta), 20)
            name = rabta.wait(_says("isp-access"), 20)
        to_down.append((down or begun + 20) - begun)
        to_name.append((name or begun + 20) - begun)
        print(f"  down after {to_down[-1]:.2f} s, named after {to_name[-1]:.2f} s")
        sys.stdout.flush()
    if not count:
        return True
    print(f"black hole behind the gateway, {count} times at random phases:")
    passed = _figures("until 'down'", to_down)
    return _figures("until it names the access line", to_name) and passed


def _figures(title: str, times: list[float]) -> bool:
    ordered = sorted(times)
    p50, p99 = median(ordered), ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))]
    print(f"  {title}: p50 {p50:.2f} s, p99 {p99:.2f} s, worst {ordered[-1]:.2f} s")
    return p50 <= P50_MOST and p99 <= P99_MOST


def _is_down(rabta: Rabta) -> bool:
    return any(
        one["verdict"]["entity"] == UPLINK and one["verdict"]["state"] == "down"
        for one in rabta.status.get("uplinks", ())
    )


def _says(code: str) -> Callable[[Codes], bool]:
    return lambda codes: codes.get(UPLINK) == code


def loss(lab: Lab, rabta: Rabta, seconds: float) -> bool:
    """Lose 15 % of what is sent; count the moments it is called an outage."""
    if not seconds:
        return True
    rabta.wait(all_fine, 120, 5.0)
    end = time.monotonic() + seconds
    outages = 0
    words: set[str] = set()
    with lab.fault("loss", uplink=1, share=0.15, both=False):
        while time.monotonic() < end:
            if rabta.wait(lambda _: _is_down(rabta), end - time.monotonic()):
                outages += 1
                rabta.wait(lambda _: not _is_down(rabta), 600)
            words.add(rabta.codes[UPLINK])
    words |= {codes[UPLINK] for at, codes in rabta.changes if at > end - seconds}
    said = ", ".join(sorted(words))
    print(f"15 % random loss for {seconds / 60:g} min: {outages} outages; said: {said}")
    return outages == 0


def cuts(lab: Lab, rabta: Rabta, count: int) -> bool:
    """Cut six seconds at a time; look for each in the record."""
    if not count:
        return True
    rabta.wait(all_fine, 180, 10.0)
    onsets = []
    for _ in range(count):
        onsets.append(time.time())
        with lab.fault("first-hop-dead", uplink=1):
            time.sleep(CUT)
        time.sleep(LIVE)
    recorded = _disruptions(rabta)
    found = [
        any(abs(one["onset"] / 1e6 - onset) <= ONSET_WITHIN for one in recorded)
        for onset in onsets
    ]
    inside = [one for one in recorded if one["onset"] / 1e6 > onsets[0] - 1]
    lengths = [(o["end"] - o["onset"]) / 1e6 for o in inside if o["end"]]
    print(f"six-second cuts: {sum(found)} of {count} on record", end="")
    print(f" by {len(inside)} disruptions", end="")
    print(f", of {median(lengths):.1f} s in the middle" if lengths else "")
    return all(found)


def _disruptions(rabta: Rabta) -> list[dict[str, Any]]:
    found = rabta.get(f"/api/events?entity={UPLINK}&limit=200")
    return [one for one in found if one["kind"] == "outage"]


if __name__ == "__main__":
    sys.exit(main())
