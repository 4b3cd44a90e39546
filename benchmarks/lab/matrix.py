"""Does Rabta name the fault? Real faults, the real agent, every row of the table.

For each case: inject, wait for the verdict that is expected to stand for two seconds,
undo, wait until all is fine again. Prints the confusion matrix, the share of exact
verdicts, the times to the verdict, how often the LAN was accused of a remote fault, and
how often what was told with which confidence was right. Passes with 95 % exact and no
such accusation.

    python -m benchmarks.lab.matrix [--uplinks 2 3] [--rows 4 5] [--short] [--pace 0.2]
        [--side-by-side 3] [--sample 20] [--no-vantage] [--record FILE]

All intervals are multiplied by --pace, and so are the pauses between questions to the
remote vantage and between the rounds of the throttling test; the rules are the same.
--short takes one variant of the quick rows with two uplinks, in two labs.
--side-by-side runs so many labs at once, each with rows of its own. --sample takes so
many cases with each number of uplinks, evenly from all. --record keeps what came of
each case, for ``python -m benchmarks.lab.report FILE``. Without a vantage the cases
that no machine could decide alone are left out.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

from benchmarks.lab.cases import Case, cases
from benchmarks.lab.report import WRONG, report, say
from benchmarks.lab.trial import Outcome, run
from tests.lab import Lab, is_inside, left_out, start_inside
from tests.lab.daemon import Rabta, all_fine


QUICK_ROWS = frozenset({"1", "2", "4", "5", "6", "7"})
"""Told within seconds."""
WARM_UP = 60.0
PACE = 0.2
"""That the patience of the cases is made for."""
_SLOW = {"18": 300.0, "8": 60.0, "9": 75.0, "21": 80.0}
_USUAL = 15.0
"""Seconds a case of a row takes, about: only to share the rows out evenly."""
_MODULE = "benchmarks.lab.matrix"


def _inside(arguments: argparse.Namespace) -> None:
    """Run the cases of one lab; print one JSON line for each."""
    uplinks = arguments.uplinks[0]
    chosen = _chosen(arguments, uplinks)
    folder = Path("/run/rabta")
    pace = arguments.pace
    argv = "benchmarks.lab.hurried", str(pace)
    slower = max(1.0, pace / PACE)
    with (
        Lab(uplinks) as lab,
        Rabta(
            lab, folder, pace=pace, argv=argv, vantage=not arguments.no_vantage
        ) as rabta,
    ):
        if rabta.wait(all_fine, WARM_UP * slower, 5.0) is None:
            raise SystemExit(f"not fine to begin with: {rabta.codes}")
        time.sleep(arguments.learn * slower)  # what is usual here
        for case in chosen:
            outcome = run(lab, rabta, case, case.patience * slower)
            print(json.dumps(asdict(outcome)), flush=True)


def _chosen(arguments: argparse.Namespace, uplinks: int) -> list[Case]:
    found = cases(uplinks)
    if arguments.no_vantage:
        found = [case for case in found if not case.needs_vantage(uplinks)]
    if arguments.sample:
        step = max(1.0, len(found) / arguments.sample)
        found = [found[int(n * step)] for n in range(min(arguments.sample, len(found)))]
    if arguments.rows:
        found = [c for c in found if {c.row, *c.row.split()} & set(arguments.rows)]
    if arguments.short:
        firsts: dict[str, Case] = {}
        for case in found:
            if case.row.split()[0] in QUICK_ROWS:
                firsts.setdefault(case.row, case)
        found = [*firsts.values()]
    return found


def _shares(arguments: argparse.Namespace) -> list[tuple[int, tuple[str, ...]]]:
    """Share the rows out evenly: (uplinks, rows) for each lab."""
    shares = []
    for uplinks in arguments.uplinks:
        cost: dict[str, float] = {}
        for case in _chosen(arguments, uplinks):
            took = _SLOW.get(case.row.split()[0], _USUAL)
            cost[case.row] = cost.get(case.row, 0.0) + took
        count = max(1, min(arguments.side_by_side, len(cost)))
        loads = [0.0] * count
        rows: list[list[str]] = [[] for _ in loads]
        for row in sorted(cost, key=lambda one: -cost[one]):
            least = loads.index(min(loads))
            loads[least] += cost[row]
            rows[least].append(row)
        shares += [(uplinks, tuple(one)) for one in rows]
    return shares


def _collect(arguments: argparse.Namespace) -> tuple[list[Outcome], int]:
    """Return what came of the cases, and how many were never tried."""
    shares = _shares(arguments)
    record = arguments.record
    with ThreadPoolExecutor(arguments.side_by_side) as labs:
        parts = [*labs.map(lambda share: _one_lab(*share, record), shares)]
    planned = sum(len(_chosen(arguments, uplinks)) for uplinks in arguments.uplinks)
    found = [outcome for part in parts for outcome in part]
    if len(found) < planned:
        print(f"only {len(found)} of {planned} cases were tried")
    return found, planned - len(found)


def _one_lab(uplinks: int, rows: Sequence[str], record: Path | None) -> list[Outcome]:
    """Run one lab in namespaces of its own."""
    share = "--uplinks", str(uplinks), "--rows", *rows
    found: list[Outcome] = []
    with start_inside(_MODULE, *share, stdout=subprocess.PIPE) as process:
        assert process.stdout
        for line in process.stdout:
            outcome = Outcome(**json.loads(line))
            say(outcome)
            found.append(outcome)
            if record:
                with record.open("a") as lines:
                    lines.write(line)
    if process.returncode:
        print(f"the lab with {uplinks} uplinks ended with {process.returncode}")
    return found


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--uplinks", type=int, nargs="+", default=[2, 3])
    parser.add_argument("--rows", nargs="+", help="numbers or codes")
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--pace", type=float, default=PACE)
    parser.add_argument("--learn", type=float, default=45.0, help="seconds in peace")
    parser.add_argument("--side-by-side", type=int, default=1, help="labs at once")
    parser.add_argument("--sample", type=int, default=0, help="cases, of all")
    parser.add_argument("--no-vantage", action="store_true")
    parser.add_argument("--record", type=Path, help="append one JSON line a case")
    arguments = parser.parse_args()
    if arguments.short:  # two labs: they mostly wait
        arguments.uplinks, arguments.learn = arguments.uplinks[:1], 2.0
        arguments.side_by_side = 2
    return arguments


def main() -> int:
    """Outside, start the labs and sum up; inside, run the cases."""
    arguments = _arguments()
    if is_inside(_MODULE):
        _inside(arguments)
        return 0
    if left_out():
        return 0
    started = time.monotonic()
    found, missing = _collect(arguments)
    code = report(found)
    if missing:
        print(f"wrong: {missing} cases without an outcome")
        code = WRONG
    minutes = (time.monotonic() - started) / 60
    beside = f"{arguments.side_by_side} side by side, pace {arguments.pace}"
    print(f"took {minutes:.0f} min, {beside}, load {os.getloadavg()[2]:.1f}")
    return code


if __name__ == "__main__":
    sys.exit(main())
