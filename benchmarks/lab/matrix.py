"""Does Rabta name the fault? Real faults, the real agent, every row of the table.

For each case: inject, wait for the verdict that is expected to stand for two seconds,
undo, wait until all is fine again. Prints the confusion matrix, the share of exact
verdicts, the times to the verdict and how often the LAN was accused of a remote fault.
Passes with 95 % exact and no such accusation.

    python -m benchmarks.lab.matrix [--uplinks 2 3] [--rows 4 5] [--short] [--pace 0.2]

All intervals are multiplied by --pace, and so are the pauses between questions to the
remote vantage and between the rounds of the throttling test; the rules are the same.
--short takes one variant of the quick rows with two uplinks.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from benchmarks.lab.cases import Case, cases
from tests.lab import Lab, obstacle, unshared
from tests.lab.daemon import Codes, Rabta, all_fine
from tests.lab.plan import ISPS


EXACT_LEAST = 0.95
STANDS = 2.0
QUICK_ROWS = frozenset({"1", "2", "4", "5", "6", "7"})
"""Told within seconds."""
WARM_UP, RECOVERY = 60.0, 90.0
_INSIDE = "RABTA_MATRIX_INSIDE"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one case."""

    row: str
    variant: str
    uplinks: int
    expected: str
    got: str
    """The code that stood at the end; of several entities the first that is wrong."""
    seconds: float | None
    """From the fault to the verdict; None when it was not the one expected."""
    first: str
    """The first word said of the entity that was not ``fine``."""
    lan: bool
    """Whether the LAN was accused of a remote fault at any moment."""
    healed: float | None
    """Seconds from the end of the fault until all was fine."""
    story: str
    """Every change of a verdict of uplinks and of the service, with its second."""

    @property
    def exact(self) -> bool:
        return self.got == self.expected


def entities(case: Case) -> list[str]:
    """Name the entities whose verdict is expected to be the case's."""
    if case.service:
        return [f"service/{case.service}"]
    return [f"uplink/{ISPS[number - 1].name}" for number in case.uplinks]


def run(lab: Lab, rabta: Rabta, case: Case) -> Outcome:
    """Break, wait, mend, wait."""
    concerned = entities(case)
    if case.code == "fine":
        return _stay_fine(lab, rabta, case)

    def named(codes: Codes) -> bool:
        return all(codes.get(entity) == case.code for entity in concerned)

    with ExitStack() as stack:
        if case.load:
            stack.enter_context(_busy(lab, case.load))
        begun = _inject(lab, case, stack)
        since = rabta.wait(named, case.patience, STANDS)
        codes = dict(rabta.codes)
    mended = time.monotonic()
    said = [c for t, c in rabta.changes if begun <= t <= mended]
    if since is not None:
        got = case.code
    else:
        wrong = [codes.get(e, "nothing") for e in concerned]
        got = next((code for code in wrong if code != case.code), "unsteady")
    fine = rabta.wait(all_fine, RECOVERY, 1.0)
    return Outcome(
        row=case.row,
        variant=case.variant,
        uplinks=len(lab.isps),
        expected=case.code,
        got=got,
        seconds=None if since is None else round(since - begun, 2),
        first=_first_word(said, concerned),
        lan=case.remote and _accuses_lan(said),
        healed=None if fine is None else round(fine - mended, 1),
        story=_story(rabta, begun, mended, concerned),
    )


def _stay_fine(lab: Lab, rabta: Rabta, case: Case) -> Outcome:
    concerned = entities(case)
    with ExitStack() as stack:
        begun = _inject(lab, case, stack)
        time.sleep(case.patience / 2)
        said = [c for t, c in rabta.changes if t >= begun]
    first = _first_word(said, concerned)
    rabta.wait(all_fine, RECOVERY, 1.0)
    return Outcome(
        row=case.row,
        variant=case.variant,
        uplinks=len(lab.isps),
        expected="fine",
        got=first or "fine",
        seconds=None,
        first=first,
        lan=_accuses_lan(said),
        healed=None,
        story=_story(rabta, begun, time.monotonic(), concerned),
    )


def _inject(lab: Lab, case: Case, stack: ExitStack) -> float:
    """Break everything in its time; return when the last part broke."""
    begun = time.monotonic()
    for fault in sorted(case.faults, key=lambda one: one.after):
        time.sleep(max(0.0, begun + fault.after - time.monotonic()))
        stack.enter_context(lab.fault(fault.name, *fault.words, **fault.named))
    return begun + max(fault.after for fault in case.faults)


@contextmanager
def _busy(lab: Lab, uplink: int) -> Iterator[None]:
    """Download over one uplink without end."""
    isp = lab.isp(uplink)
    script = "while :; do curl -s -o /dev/null http://111.68.1.10/bytes/5000000; done"
    if isp.number:
        script = script.replace("curl", f"curl --interface {isp.interface}")
    with lab.popen(["sh", "-c", script], start_new_session=True) as process:
        try:
            yield
        finally:
            os.killpg(process.pid, 9)


def _first_word(said: list[Codes], concerned: list[str]) -> str:
    for codes in said:
        for entity in concerned:
            if codes.get(entity, "fine") != "fine":
                return codes[entity]
    return ""


def _story(rabta: Rabta, begun: float, end: float, concerned: list[str]) -> str:
    told: Codes = {}
    parts = []
    for at, codes in rabta.changes:
        for entity, code in codes.items():
            fit = entity in concerned or entity.startswith("uplink/")
            if fit and told.get(entity) != code:
                told[entity] = code
                if begun <= at <= end:
                    parts.append(f"{at - begun:.1f} {entity.split('/')[1]} {code}")
    return ", ".join(parts)


def _accuses_lan(said: list[Codes]) -> bool:
    words = {
        code
        for codes in said
        for entity, code in codes.items()
        if entity.startswith("uplink/")
    }
    return any(code.startswith(("lan-", "local-")) for code in words)


def _inside(arguments: argparse.Namespace) -> None:
    """Run the cases of one lab; print one JSON line for each."""
    uplinks = arguments.uplinks[0]
    chosen = _chosen(arguments, uplinks)
    folder = Path("/run/rabta")
    argv = "benchmarks.lab.hurried", str(arguments.pace)
    with (
        Lab(uplinks) as lab,
        Rabta(lab, folder, pace=arguments.pace, argv=argv) as rabta,
    ):
        if rabta.wait(all_fine, WARM_UP, 5.0) is None:
            raise SystemExit(f"not fine to begin with: {rabta.codes}")
        time.sleep(arguments.learn)  # what is usual here
        for case in chosen:
            print(json.dumps(asdict(run(lab, rabta, case))), flush=True)


def _chosen(arguments: argparse.Namespace, uplinks: int) -> list[Case]:
    found = cases(uplinks)
    if arguments.rows:
        found = [c for c in found if {*c.row.split()} & set(arguments.rows)]
    if arguments.short:
        firsts: dict[str, Case] = {}
        for case in found:
            if case.row.split()[0] in QUICK_ROWS:
                firsts.setdefault(case.row, case)
        found = [*firsts.values()]
    return found


def _collect(arguments: argparse.Namespace) -> tuple[list[Outcome], int]:
    """Return what came of the cases, and how many were never tried."""
    found: list[Outcome] = []
    missing = 0
    for uplinks in arguments.uplinks:
        before = len(found)
        argv = [sys.executable, "-m", "benchmarks.lab.matrix", *sys.argv[1:]]
        argv += ["--uplinks", str(uplinks)]
        process = subprocess.Popen(
            unshared(argv),
            env={**os.environ, _INSIDE: "1"},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout
        for line in process.stdout:
            outcome = Outcome(**json.loads(line))
            _say(outcome)
            found.append(outcome)
        if process.wait():
            print(f"the lab with {uplinks} uplinks ended with {process.returncode}")
        planned = len(_chosen(arguments, uplinks))
        if len(found) - before < planned:
            print(f"only {len(found) - before} of {planned} cases were tried")
            missing += planned - len(found) + before
    return found, missing


def _say(one: Outcome) -> None:
    sign = "  " if one.exact else "✗ "
    took = f"{one.seconds:6.1f} s" if one.seconds is not None else "       -"
    notes = [] if one.exact else [f"got {one.got}"]
    if one.first not in ("", one.expected):
        notes.append(f"first {one.first}")
    if one.lan:
        notes.append("ACCUSED THE LAN")
    if one.expected != "fine" and one.healed is None:
        notes.append("not fine again")
    row = f"{one.row} ({one.uplinks} uplinks): {one.variant}"
    print(f"{sign}{took}  {row}" + (f"  [{', '.join(notes)}]" if notes else ""))
    if notes:
        print(f"             {one.story}")
    sys.stdout.flush()


def report(found: list[Outcome]) -> bool:
    """Print the confusion matrix and the figures; return whether they pass."""
    table: dict[str, Counter[str]] = defaultdict(Counter)
    for one in found:
        table[one.row][one.got] += 1
    print("\nexpected → said (cases)")
    for row, said in table.items():
        counts = ", ".join(f"{code} {n}" for code, n in said.most_common())
        print(f"  {row:34} {counts}")
    exact = sum(one.exact for one in found)
    times = sorted(one.seconds for one in found if one.seconds is not None)
    lan = sum(one.lan for one in found)
    healed = sorted(one.healed for one in found if one.healed is not None)
    share = exact / len(found) if found else 0.0
    print(f"\nexact verdicts: {exact} of {len(found)} ({share:.1%})")
    if times:
        worst = times[min(len(times) - 1, int(0.99 * len(times)))]
        print(f"time to verdict: p50 {median(times):.1f} s, p99 {worst:.1f} s")
    if healed:
        print(f"time to fine again: p50 {median(healed):.1f} s, max {healed[-1]:.1f} s")
    print(f"LAN verdicts for a remote fault: {lan}")
    others = [one for one in found if one.first not in ("", one.expected)]
    print(f"another word first, or for a moment: {len(others)} of {len(found)}")
    return share >= EXACT_LEAST and lan == 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--uplinks", type=int, nargs="+", default=[2, 3])
    parser.add_argument("--rows", nargs="+", help="numbers or codes")
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--pace", type=float, default=0.2)
    parser.add_argument("--learn", type=float, default=20.0, help="seconds in peace")
    arguments = parser.parse_args()
    if arguments.short:
        arguments.uplinks, arguments.learn = arguments.uplinks[:1], 2.0
    return arguments


def main() -> int:
    """Outside, start one lab after the other and sum up; inside, run the cases."""
    arguments = _arguments()
    if _INSIDE in os.environ:
        _inside(arguments)
        return 0
    if obstacle():
        print(obstacle(), file=sys.stderr)
        return 1
    started = time.monotonic()
    found, missing = _collect(arguments)
    passed = report(found) and not missing
    print(f"took {(time.monotonic() - started) / 60:.0f} min, pace {arguments.pace}")
    print("PASS" if passed else "FAIL")
    return 0 if passed else 3  # a bar was missed


if __name__ == "__main__":
    sys.exit(main())
