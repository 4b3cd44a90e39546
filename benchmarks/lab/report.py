"""What all the cases of a matrix amount to.

    python -m benchmarks.lab.report FILE

prints it once more from what ``benchmarks.lab.matrix --record FILE`` has kept.
"""

import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from statistics import fmean, median

from benchmarks.lab.trial import Outcome


EXACT_LEAST = 0.95
WRONG = 4
_BANDS = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 1.01)


def say(one: Outcome) -> None:
    """Print one line for one case, and its story when there is one."""
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
    if one.rungs:
        print(f"             {one.rungs}")
    sys.stdout.flush()


def report(found: Sequence[Outcome]) -> int:
    """Print the confusion matrix and the figures.

    Return 4, for what is wrong, where the LAN was blamed for what is not its fault or
    too few verdicts are exact, else 0.
    """
    _confusion(found)
    for uplinks in sorted({one.uplinks for one in found}):
        _figures(f"with {uplinks} uplinks", [o for o in found if o.uplinks == uplinks])
    _reliability(found)
    exact = sum(one.exact for one in found)
    share = exact / len(found) if found else 0.0
    lan = sum(one.lan for one in found)
    print(f"\nexact verdicts: {exact} of {len(found)} ({share:.1%})")
    print(f"LAN verdicts for a remote fault: {lan}")
    if share < EXACT_LEAST:
        print(f"wrong: {share:.1%} exact (bar {EXACT_LEAST:.0%})")
    if lan:
        print(f"wrong: {lan} LAN verdicts for a remote fault")
    return WRONG if lan or share < EXACT_LEAST else 0


def _confusion(found: Iterable[Outcome]) -> None:
    table: dict[str, Counter[str]] = defaultdict(Counter)
    for one in found:
        table[one.row][one.got] += 1
    print("\nexpected → said (cases)")
    for row, said in sorted(table.items(), key=lambda item: int(item[0].split()[0])):
        counts = ", ".join(f"{code} {n}" for code, n in said.most_common())
        print(f"  {row:34} {counts}")


def _figures(title: str, found: Sequence[Outcome]) -> None:
    exact = sum(one.exact for one in found)
    print(f"\n{title}: {exact} of {len(found)} exact ({exact / len(found):.1%})")
    if times := sorted(one.seconds for one in found if one.seconds is not None):
        worst = times[min(len(times) - 1, int(0.99 * len(times)))]
        print(f"  time to verdict: p50 {median(times):.1f} s, p99 {worst:.1f} s")
    if healed := sorted(one.healed for one in found if one.healed is not None):
        p50, most = median(healed), healed[-1]
        print(f"  time to fine again: p50 {p50:.1f} s, max {most:.1f} s")
    others = Counter(
        f"{one.first} before {one.expected}"
        for one in found
        if one.first not in ("", one.expected)
    )
    print(f"  another word first, or for a moment: {others.total()} of {len(found)}")
    for words, count in others.most_common():
        print(f"    {count} × {words}")


def _reliability(found: Iterable[Outcome]) -> None:
    """Compare the confidence told with how often what was told was right.

    Every word told of the entity while its fault lasted counts, passing ones too.
    """
    bands: dict[tuple[float, float], list[tuple[float, bool]]] = {
        band: [] for band in pairwise(_BANDS)
    }
    codes: dict[str, list[tuple[float, bool]]] = defaultdict(list)
    for one in found:
        for code, confidence in one.words:
            right = code == one.expected
            codes[code].append((confidence, right))
            for (low, high), told in bands.items():
                if low <= confidence < high:
                    told.append((confidence, right))
    print("\nconfidence told → right (every word told while a fault lasted)")
    count = sum(map(len, bands.values()))
    error = 0.0
    for (low, high), told in bands.items():
        if told:
            mean, share = fmean(c for c, _ in told), fmean(r for _, r in told)
            error += abs(mean - share) * len(told) / count
            name = f"{low:.1f} to {min(high, 1.0):.1f}"
            print(f"  {name}: told {len(told):4}, mean {mean:.2f}, right {share:.2f}")
    print(f"  expected calibration error: {error:.3f}")
    print("by word (told, mean confidence, right):")
    for code, told in sorted(codes.items()):
        mean, right = fmean(c for c, _ in told), sum(r for _, r in told)
        print(f"  {code:32} {len(told):4} {mean:5.2f} {right:4}")


if __name__ == "__main__":
    kept = Path(sys.argv[1]).read_text().splitlines()
    sys.exit(report([Outcome(**json.loads(line)) for line in kept]))
