"""Fit the table of likelihoods from labelled events; --write puts it into the package.

What is written are shares and weights, never an event. The same file gives the same
table to the last digit.

    python benchmarks/attribution/fit.py [FILE] [--write] [--version 2]
"""

import argparse
import sys
from dataclasses import replace
from importlib import resources
from pathlib import Path


sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np
from benchmarks.attribution.labels import FILE, STAGES, labelled, rows

from rabta.attribute.cause.fit import fit, folds, lines, raw
from rabta.attribute.cause.table import Table, read, table, write


SOURCE = "IODA curated outages, 2018-2020 (Bischof et al., SIGCOMM 2023)"
FOLDS = 10


def held_out(estimates: Table, every: list, seed: int = 0) -> dict[str, np.ndarray]:
    """Return, by stage, what tables that never saw the country say, (n, causes)."""
    learn = labelled(every)
    stages = {stage: labelled(every, stage) for stage in STAGES}
    out = {s: np.zeros((len(every), len(estimates.causes))) for s in STAGES}
    for part in folds(learn, FOLDS, seed):
        known = fit(estimates, [one for one in learn if one.group not in part], "", "")
        for stage, seen in stages.items():
            for n, one in enumerate(seen):
                if one.group in part:
                    out[stage][n] = raw(one, known)
    return out


def line_of(out: dict[str, np.ndarray], every: list, keep=lambda _: True) -> dict:
    """Fit one line a cause over all stages, on the rows that *keep* leaves."""
    places = [n for n, row in enumerate(every) if keep(row)]
    learn = labelled(every)
    p = np.concatenate([out[stage][places] for stage in STAGES])
    learn = [learn[n] for _ in STAGES for n in places]
    return lines(p, learn, table("estimates").causes, len(STAGES))


def fitted(file: Path, version: str) -> Table:
    every, _ = rows(file)
    estimates = table("estimates")
    known = fit(estimates, labelled(every), f"likelihoods-{version}", SOURCE)
    return replace(known, calibration=line_of(held_out(estimates, every), every))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", nargs="?", type=Path, default=FILE)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--version", default="1")
    arguments = parser.parse_args()
    if not arguments.file.is_file():
        print("skipped: the labelled events are not beside the repository")
        return 0
    known = fitted(arguments.file, arguments.version)
    text = write(known)
    place = Path(str(resources.files("rabta.attribute.cause"))) / "likelihoods.toml"
    same = place.is_file() and place.read_text("utf-8") == text
    for name, weight in known.weights.items():
        print(f"{name:14} {weight:.2f}")
    for cause, line in known.calibration.items():
        print(
            f"{cause:14} slope {line.slope:.2f}, intercept {line.intercept:+.2f},"
            f" {line.events} events"
        )
    print("the table in the package is", "the same" if same else "another one")
    if arguments.write:
        read(text)
        place.write_text(text, "utf-8")
        print(f"written: {place}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
