"""How soon is a black hole named, and what is not one?

Real ``rabta up`` at its default pace on a host with two uplinks:

1. Black holes behind the gateway, the link still up, each at a random phase of the
   probes: seconds until the uplink's verdict is ``down``, and until it names the access
   line. Passes with p50 at most 1.5 s, p99 at most 3 s.
2. 15 % random loss for ten minutes: no verdict of that uplink may be ``down``.
3. Ten cuts of six seconds, 24 s apart: each must be on record as a disruption of its
   own, with its onset within two seconds.

It runs with the priority it is started with, and prints that and the load. What is told
late is a bar missed (3); a hole never told, an outage that was none and a cut that is
not on record are wrong (4).

    python -m benchmarks.lab.blackhole [--holes 50] [--loss-minutes 10] [--cuts 10]
        [--short]

--short, a minute and a half at most: two holes, half a minute of loss, one cut.
"""

import argparse
import os
import random
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from tests.lab import Lab, run_inside
from tests.lab.daemon import Codes, Rabta, all_fine
from tests.lab.plan import ISPS


MISSED, WRONG = 3, 4
P50_MOST, P99_MOST = 1.5, 3.0
NEVER = 20.0
"""A hole not told after so many seconds is taken for one that never is."""
CUT = 6.0
ONSET_WITHIN = 2.0
UPLINK = f"uplink/{ISPS[0].name}"


@dataclass(frozen=True, slots=True)
class Pauses:
    """Seconds of peace."""

    usual: float
    """At the beginning, to learn what is usual."""
    fine: float
    """All must be fine for so long before the next fault."""
    phase: float
    """A hole comes after up to so much more, at any phase of the probes."""
    live: float
    """After a cut."""


FULL = Pauses(usual=60.0, fine=5.0, phase=10.0, live=24.0)
SHORT = Pauses(usual=5.0, fine=1.0, phase=2.0, live=6.0)


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
    parser.add_argument("--short", action="store_true")
    arguments = parser.parse_args()
    if arguments.short:
        arguments.holes, arguments.loss_minutes, arguments.cuts = 2, 0.5, 1
    return arguments


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
    pauses = SHORT if arguments.short else FULL
    with Lab(2) as lab, Rabta(lab, Path("/run/rabta")) as rabta:
        if rabta.wait(all_fine, 90, 2 * pauses.fine) is None:
            raise SystemExit(f"not fine to begin with: {rabta.codes}")
        time.sleep(pauses.usual)
        found = holes(lab, rabta, arguments.holes, chance, pauses)
        if arguments.short:  # what follows loss waits until that is known to be over
            found += cuts(lab, rabta, arguments.cuts, pauses)
        found += loss(lab, rabta, 60 * arguments.loss_minutes, pauses)
        if not arguments.short:
            found += cuts(lab, rabta, arguments.cuts, pauses)
    return conclude(found)


def conclude(found: Sequence[str]) -> int:
    """Print the lines for the gate, ``missed:`` and ``wrong:``; return the code."""
    print("\n".join(["PASS"] if not found else ["FAIL", *found]))
    if any(line.startswith("wrong:") for line in found):
        return WRONG
    return MISSED if found else 0


def holes(
    lab: Lab, rabta: Rabta, count: int, chance: random.Random, pauses: Pauses
) -> list[str]:
    """Dig *count* black holes; print how long each stayed unseen."""
    to_down: list[float | None] = []
    to_name: list[float | None] = []
    for _ in range(count):
        rabta.wait(all_fine, 120, pauses.fine)
        time.sleep(chance.uniform(0, pauses.phase))
        begun = time.monotonic()
        with lab.fault("first-hop-dead", uplink=1):
            down = rabta.wait(lambda _: _is_down(rabta), NEVER)
            name = rabta.wait(_says("isp-access"), NEVER)
        to_down.append(None if down is None else down - begun)
        to_name.append(None if name is None else name - begun)
        print(f"  down after {_told(to_down[-1])}, named after {_told(to_name[-1])}")
        sys.stdout.flush()
    if not count:
        return []
    print(f"black hole behind the gateway, {count} times at random phases:")
    lines = judged("until 'down'", to_down)
    return [*lines, *judged("until it names the access line", to_name)]


def _told(seconds: float | None) -> str:
    return "never" if seconds is None else f"{seconds:.2f} s"


def judged(title: str, times: Sequence[float | None]) -> list[str]:
    """Print the figures of *times*, None for never; return what is amiss."""
    ordered = sorted(NEVER if one is None else one for one in times)
    p50, p99 = median(ordered), ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))]
    print(f"  {title}: p50 {p50:.2f} s, p99 {p99:.2f} s, worst {ordered[-1]:.2f} s")
    found = []
    if never := sum(one is None for one in times):
        found.append(f"wrong: {never} of {len(times)} holes were not told, {title}")
    if p50 > P50_MOST or p99 > P99_MOST:
        bars = f"bars {P50_MOST} s, {P99_MOST:g} s"
        found.append(f"missed: {title} p50 {p50:.2f} s, p99 {p99:.2f} s ({bars})")
    return found


def _is_down(rabta: Rabta) -> bool:
    return any(
        one["verdict"]["entity"] == UPLINK and one["verdict"]["state"] == "down"
        for one in rabta.status.get("uplinks", ())
    )


def _says(code: str) -> Callable[[Codes], bool]:
    return lambda codes: codes.get(UPLINK) == code


def loss(lab: Lab, rabta: Rabta, seconds: float, pauses: Pauses) -> list[str]:
    """Lose 15 % of what is sent; count the moments it is called an outage."""
    if not seconds:
        return []
    rabta.wait(all_fine, 120, pauses.fine)
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
    return [f"wrong: {outages} outages told at 15 % loss"] if outages else []


def cuts(lab: Lab, rabta: Rabta, count: int, pauses: Pauses) -> list[str]:
    """Cut six seconds at a time; look for each in the record."""
    if not count:
        return []
    rabta.wait(all_fine, 180, 2 * pauses.fine)
    onsets = []
    for _ in range(count):
        onsets.append(time.time())
        with lab.fault("first-hop-dead", uplink=1):
            time.sleep(CUT)
        time.sleep(pauses.live)
    return recorded(onsets, _disruptions(rabta))


def recorded(onsets: Sequence[float], told: Sequence[dict[str, Any]]) -> list[str]:
    """Look for each cut in what was *told*; *onsets* are seconds since 1970."""
    begun = [one["onset"] / 1e6 for one in told]
    found = [any(abs(at - onset) <= ONSET_WITHIN for at in begun) for onset in onsets]
    inside = [one for one in told if one["onset"] / 1e6 > onsets[0] - 1]
    lengths = [(o["end"] - o["onset"]) / 1e6 for o in inside if o["end"]]
    print(f"six-second cuts: {sum(found)} of {len(onsets)} on record", end="")
    print(f" by {len(inside)} disruptions", end="")
    print(f", of {median(lengths):.1f} s in the middle" if lengths else "")
    lost = len(onsets) - sum(found)
    return [f"wrong: {lost} of {len(onsets)} cuts not on record"] if lost else []


def _disruptions(rabta: Rabta) -> list[dict[str, Any]]:
    found = rabta.get(f"/api/events?entity={UPLINK}&limit=200")
    return [one for one in found if one["kind"] == "outage"]


if __name__ == "__main__":
    sys.exit(main())
