"""How well are disruptions found, and by whom?

Two unrelated families of seeded recordings, see ``synthetic``: nine kinds of series and
entities of three and four signals. Rivals are written from published descriptions, see
``rivals``; "tuned" means that the best of a grid was picked for each kind of signal on
15 other recordings, while Rabta has one setting for all. Nothing counts before the
seventh week, so that everybody knows the week. Scores are by event, see ``metrics``.
In full, two entities of each family go through the daemon's own code bin by bin as
well: what it told, and when.

Passes when in both families the mean F1 is 0.82 or more with a delay of two bins or
less (p50), and the fused F1 0.90 or more with at most two false alarms an entity and
year. To find less is wrong, not slow: ``wrong:`` and exit code 4.

    python benchmarks/detection/run.py [--short] [--family smooth|rough]
"""

import argparse
import sys
import time
from pathlib import Path


sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from benchmarks.detection import ours
from benchmarks.detection.entities import ENTITY_HEAD, entity_rows
from benchmarks.detection.rivals import METHODS, Method
from benchmarks.detection.scoring import score, tuned
from benchmarks.detection.synthetic import rough, smooth
from benchmarks.detection.table import Row, heading, line, print_table


FAMILIES = {"smooth": smooth, "rough": rough}
TRAINING = 1_000  # the first number of those that parameters are picked on
MEAN_F1, DELAY_BINS, FUSED_F1, FALSE_PER_YEAR = 0.82, 2.0, 0.90, 2.0
OURS = (Method("Rabta, live", ours.live), Method("Rabta, batch", ours.batch))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help="a tenth, in a minute")
    parser.add_argument("--family", choices=tuple(FAMILIES), default=None)
    arguments = parser.parse_args()
    wrong = []
    for name in [arguments.family] if arguments.family else FAMILIES:
        wrong += family(name, short=arguments.short)
    for bar in wrong:
        print(f"wrong: {bar}")
    return 4 if wrong else 0


def family(name: str, *, short: bool) -> list[str]:
    """Print the tables of one family; return the bars that Rabta missed."""
    source = FAMILIES[name]
    tests, training, places, watched = (3, 1, 10, 0) if short else (40, 15, 40, 2)
    began = time.perf_counter()
    rows = {method.name: Row(method.name) for method in (*METHODS, *OURS)}
    picked = {}
    for nature in source.NATURES:
        known = [source.recording(nature, TRAINING + n) for n in range(training)]
        unknown = [source.recording(nature, n) for n in range(tests)]
        for method in (*METHODS, *OURS):
            detector = tuned(method, known)
            picked[method.name, nature.what] = detector
            rows[method.name].scores[nature.what] = score(detector, unknown)
    whats = [nature.what for nature in source.NATURES]
    print_table(
        f"{name}: {tests} series of each kind, F1 (false alarms a series and year)",
        heading(whats),
        [line(row, whats) for row in rows.values()],
    )
    entities = [source.entity(number) for number in range(places)]
    fused = entity_rows(entities, picked, watched)
    print_table(
        f"{name}: {places} entities of {len(entities[0].recordings)} signals",
        ENTITY_HEAD,
        [row.cells() for row in fused],
    )
    print(f"{name}: {time.perf_counter() - began:.0f} s\n", flush=True)
    best = rows[OURS[0].name]
    ours_fused = {row.name: row.tally for row in fused}[ours.FUSED]
    bars = {
        f"{name}: mean F1 {best.mean_f1:.3f} < {MEAN_F1}": best.mean_f1 >= MEAN_F1,
        f"{name}: delay p50 {best.delay(50):.1f} bins > {DELAY_BINS}": (
            best.delay(50) <= DELAY_BINS
        ),
        f"{name}: fused F1 {ours_fused.f1:.3f} < {FUSED_F1}": (
            ours_fused.f1 >= FUSED_F1
        ),
        f"{name}: {ours_fused.false_per_year:.1f} false alarms an entity and year": (
            ours_fused.false_per_year <= FALSE_PER_YEAR
        ),
    }
    return [text for text, good in bars.items() if not good]


if __name__ == "__main__":
    sys.exit(main())
