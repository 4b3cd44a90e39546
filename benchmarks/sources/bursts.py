"""Are bursts of disconnections of RIPE Atlas probes found, and only those?

The histories of connections of 2011 to 2016 are not recorded here, the outages that
Disco found in them are: when they began, and which probes left. So each labelled
outage of eight probes or more is laid into a generated history of a network that has
three times as many probes: every probe leaves at random times of its own, about every
100 days, for a minute to an hour, over 60 days; those of the outage leave within 30
seconds of its start, spread as the label's probes. Half of the networks have no outage.

Prints recall, precision and how far off the start is. It measures the automaton, not
the real background. Needs the list: the file that is given.

    python benchmarks/sources/bursts.py topEvents_thres12.txt [--short]
"""

import argparse
import random
import re
import statistics
import sys
from pathlib import Path

import numpy as np

from rabta.sources.atlas_history import bursts


DAYS = 60
_ROW = re.compile(r"^\d+\|([\d.]+)\|([\d.]+)\|set\(\[([\d, ]*)\]\)")


def outages(file: Path) -> list[tuple[float, int]]:
    """Return (start, probes) of those that eight or more left in."""
    found = []
    for line in file.read_text().splitlines():
        row = _ROW.match(line)
        if row and len(probes := row[3].split(",")) >= 8:
            found.append((float(row[1]), len(probes)))
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, nargs="?")
    parser.add_argument("--short", action="store_true")
    asked = parser.parse_args()
    rng = random.Random(1)
    if asked.file is None:
        labelled = [(1.4e9 + 1e5 * n, 8 + n % 40) for n in range(200)]
    else:
        labelled = outages(asked.file)
    if asked.short:
        labelled = labelled[:40]
    hits, false, off = 0, 0, []
    for number, (start, count) in enumerate(labelled * 2):
        real = number < len(labelled)
        probes = 3 * count
        begin = start - DAYS * 43_200
        left = [
            begin + rng.random() * DAYS * 86_400
            for _ in range(probes)
            if rng.random() < DAYS / 100
        ]
        if real:
            left += [start + rng.random() * 30 for _ in range(count)]
        found = bursts(np.sort(np.array(left)), probes)
        mine = [one for one in found if abs(one[0] - start) < 300]
        hits += bool(real and mine)
        false += len(found) - bool(real and mine)
        if real and mine:
            off.append(abs(mine[0][0] - start))
    recall = hits / len(labelled)
    precision = hits / max(1, hits + false)
    print(
        f"{len(labelled)} outages in {2 * len(labelled)} networks: recall {recall:.3f},"
        f" precision {precision:.3f}, start off by"
        f" {statistics.median(off) if off else 0:.1f} s (median)"
    )
    if recall >= 0.95 and precision >= 0.95:
        return 0
    print(f"wrong: recall {recall:.3f}, precision {precision:.3f} (bars 0.95)")
    return 4


if __name__ == "__main__":
    sys.exit(main())
