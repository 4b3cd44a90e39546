"""Scores as rows of text."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from benchmarks.detection.metrics import Tally
from benchmarks.detection.metrics.events import percentile
from benchmarks.detection.scoring import Score


@dataclass(slots=True)
class Row:
    """One method on every kind of signal of a family."""

    name: str
    scores: dict[str, Score] = field(default_factory=dict)

    @property
    def mean_f1(self) -> float:
        """Return the mean over the kinds, each weighing the same."""
        return float(np.mean([score.tally.f1 for score in self.scores.values()]))

    @property
    def all(self) -> Tally:
        """Return all kinds together."""
        total = Tally()
        for score in self.scores.values():
            total += score.tally
        return total

    def delay(self, percent: int) -> float:
        """Return a percentile of the delay in bins, all kinds together."""
        delays = [delay for score in self.scores.values() for delay in score.delays]
        return percentile(delays, percent)

    def mean(self, name: str) -> float:
        """Return the mean over the kinds of a score that each series has."""
        values = [getattr(score, name) for score in self.scores.values()]
        return float(np.mean([np.nanmean(v) if len(v) else np.nan for v in values]))


def heading(whats: Sequence[str]) -> list[str]:
    return [
        "method",
        *whats,
        "mean F1",
        "P",
        "R",
        "false/yr",
        "delay p50/p90 bins",
        "onset p50/p90 min",
        "end p50/p90 min",
        "pieces",
        "VUS-PR",
        "affil. P/R",
    ]


def line(row: Row, whats: Sequence[str]) -> list[str]:
    total = row.all
    return [
        row.name,
        *(
            f"{row.scores[what].tally.f1:.2f} ({false(row.scores[what].tally)})"
            for what in whats
        ),
        f"{row.mean_f1:.3f}",
        f"{total.precision:.2f}",
        f"{total.recall:.2f}",
        false(total),
        f"{row.delay(50):.0f} / {row.delay(90):.0f}",
        minutes(total.onset_errors),
        minutes(total.end_errors),
        f"{total.fragments_per_hit:.2f}",
        f"{row.mean('vus'):.2f}",
        f"{row.mean('precise'):.2f} / {row.mean('recalled'):.2f}",
    ]


def false(tally: Tally) -> str:
    """Return the false alarms a year, with a digit where there are few."""
    rate = tally.false_per_year
    return f"{rate:.1f}" if rate < 20 else f"{rate:.0f}"


def minutes(seconds: list[float]) -> str:
    """Return p50 / p90 in minutes."""
    return " / ".join(f"{percentile(seconds, p) / 60:.0f}" for p in (50, 90))


def print_table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print Markdown, aligned so that it also reads in a terminal."""
    widths = [max(len(row[i]) for row in (head, *rows)) for i in range(len(head))]

    def text(cells: Sequence[str]) -> str:
        padded = [c.ljust(w) for c, w in zip(cells, widths, strict=True)]
        return f"| {' | '.join(padded)} |"

    print(f"\n{title}\n\n{text(head)}")
    print(f"|{'|'.join('-' * (w + 2) for w in widths)}|")
    for row in rows:
        print(text(row))
    print(flush=True)
