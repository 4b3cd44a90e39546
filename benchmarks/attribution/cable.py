"""Is a cable named from delays, and a busy server or a single line not?

Real round-trip times of RIPE Atlas; the shifts are SYNTHETIC. Each trial takes calm
pieces of real traces as targets on three ways out of a country, seen from one to four
networks, and adds by a documented method: a step of 20 to 130 ms on one way out (a
cable), on all ways (a fault at home), on one target (a server), a ramp over six hours
(congestion), or nothing. For a cable the border path changes for nine of ten targets on
that way, and a co-affected country or a notice is known in half of the trials.

Passes when 95 % of cables seen from two networks or more, with two of the four signs,
are called cable, and nothing else and no single line ever is.

    python benchmarks/attribution/cable.py [--trials 400] [--short]
"""

import argparse
import csv
import sys
from collections import Counter, defaultdict
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo


sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np
from tests.unit.detect.recorded import DATA

from rabta.attribute.cause import Event, Nearby, Surroundings, explain
from rabta.attribute.cause.paths import path_seen
from rabta.clock import DAY, HOUR
from rabta.model import Cause, Notice


FOLDER = DATA / "rtt-changepoints"
CORRIDORS = ("west", "gulf", "east")
KINDS = ("cable", "home", "server", "ramp", "nothing")
CALM = 700  # readings, two days at four minutes
STEP = 240 * 1_000_000
NOW = 1_757_000_000_000_000
WRONG = 4


def calm_pieces() -> list[np.ndarray]:
    """Return pieces of two days without a labelled change."""
    found = []
    for file in sorted(FOLDER.glob("*.csv")):
        with file.open(encoding="utf-8") as text:
            rows = list(csv.DictReader(text, delimiter=";"))
        rtt = np.array([float(row["rtt"] or "nan") for row in rows])
        changes = [
            n for n, row in enumerate(rows) if row["cp"].strip() not in ("0", "")
        ]
        edges = [0, *changes, len(rows)]
        for first, last in pairwise(edges):
            for start in range(first + 5, last - CALM - 5, CALM):
                piece = rtt[start : start + CALM]
                if np.isfinite(piece).mean() > 0.9 and np.nanmin(piece) > 20:
                    found.append(piece)
    return found


def trial(kind: str, networks: int, signs: int, pieces: list, rng) -> tuple:
    """Return one case, and whether two of the four signs are there."""
    onset = NOW
    times = onset + STEP * (np.arange(CALM) - CALM // 2)
    late = times >= onset
    hit = CORRIDORS[rng.integers(3)]
    shift = rng.uniform(30, 130)
    server = (int(rng.integers(networks)), CORRIDORS[rng.integers(3)], 0)
    paths = []
    for network in range(networks):
        for corridor in CORRIDORS:
            for k in range(4):
                values = pieces[rng.integers(len(pieces))].copy()
                struck = kind == "cable" and corridor == hit
                base = np.nanmin(values)
                extra = max(shift, 0.2 * base + 5)
                if (
                    struck
                    or kind == "home"
                    or (kind == "server" and (network, corridor, k) == server)
                ):
                    values = values + np.where(late, extra, 0)
                if kind == "ramp" and corridor == hit:
                    grown = np.clip((times - onset) / (12 * HOUR), 0, 1)
                    values = values + grown * extra
                changed = None
                if signs != 1:
                    changed = bool(rng.random() < (0.9 if struck else 0.02))
                seen = path_seen(
                    f"asn/{network}",
                    f"{corridor}-{k}",
                    corridor,
                    times,
                    values / 1000,
                    onset,
                    changed,
                )
                if seen is not None:
                    paths.append(seen)
    nearby, notices = None, ()
    alone = networks == 1
    if kind == "cable" and signs == 2 and not alone:
        nearby = (Nearby("country/IN", onset),)
    if kind == "cable" and signs == 3 and not alone:
        notices = (Notice("n", "country/PK", onset, cause=Cause.CABLE, trust=0.9),)
    entity = "country/PK" if networks > 1 else "uplink/a"
    event = Event(entity, onset, None, onset + DAY)
    around = Surroundings(
        zone=ZoneInfo("Asia/Karachi"),
        known_since=onset - 90 * DAY,
        paths=tuple(paths),
        nearby=nearby,
        notices=notices,
        cables={"the Red Sea": frozenset({"IN", "AE"})},
    )
    return event, around


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=400)
    parser.add_argument("--short", action="store_true")
    arguments = parser.parse_args()
    if not FOLDER.is_dir():
        print("skipped: the recorded data is not beside the repository")
        return 0
    rng = np.random.default_rng(7)
    pieces = calm_pieces()
    count = 60 if arguments.short else arguments.trials
    print(f"{len(pieces)} calm pieces of real traces; shifts are synthetic")
    told: dict[tuple[str, str], Counter] = defaultdict(Counter)
    for n in range(count):
        kind = KINDS[n % len(KINDS)]
        networks = (1, 2, 3, 4)[n // len(KINDS) % 4]
        signs = int(rng.integers(4))
        code = explain(*trial(kind, networks, signs, pieces, rng)).code
        seen = "one line alone" if networks == 1 else "two networks or more"
        if kind == "cable":
            seen += ", one sign" if signs == 1 else ", two signs"
        told[kind, seen][code] += 1
    print("| what was added | seen from | trials | called cable | otherwise |")
    print("|---|---|---|---|---|")
    wrong = 0
    for (kind, seen), codes in sorted(told.items()):
        total, cable = codes.total(), codes["cable"]
        rest = ", ".join(f"{c} {k}" for c, k in codes.items() if c != "cable")
        print(f"| {kind} | {seen} | {total} | {cable} ({cable / total:.0%}) | {rest} |")
        if kind == "cable" and seen.startswith("two") and "two signs" in seen:
            right, bar = cable >= 0.95 * total, "95 %"
        else:
            right, bar = cable == 0, "none"
        if not right:
            wrong += 1
            print(f"wrong: {kind} seen from {seen}: {cable} of {total}, bar {bar}")
    return WRONG if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
