"""Entities: what several signals say together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from benchmarks.detection import daemon, ours
from benchmarks.detection.metrics import Tally
from benchmarks.detection.metrics.events import percentile
from benchmarks.detection.rivals import METHODS, combine
from benchmarks.detection.scoring import Detector, fused
from benchmarks.detection.synthetic.recording import Entity
from benchmarks.detection.table import false, minutes


ENTITY_HEAD = [
    "rule",
    "F1",
    "P",
    "R",
    "false/yr",
    "delay p50/p90 min",
    "onset p50/p90 min",
    "end p50/p90 min",
    "pieces",
]


@dataclass(slots=True)
class FusedRow:
    """One rule over all entities."""

    name: str
    tally: Tally = field(default_factory=Tally)

    def cells(self) -> list[str]:
        tally = self.tally
        delays = (f"{percentile(tally.delays, p) / 60:.0f}" for p in (50, 90))
        return [
            self.name,
            f"{tally.f1:.3f}",
            f"{tally.precision:.3f}",
            f"{tally.recall:.3f}",
            false(tally),
            " / ".join(delays),
            minutes(tally.onset_errors),
            minutes(tally.end_errors),
            f"{tally.fragments_per_hit:.2f}",
        ]


def entity_rows(
    entities: Sequence[Entity],
    picked: Mapping[tuple[str, str], Detector],
    watched: int,
) -> list[FusedRow]:
    """Score every method as "any signal" and "two signals", then Rabta's fusion.

    ``picked`` holds the detector of each method for each kind of signal, as it was
    tuned on single series. The first *watched* entities go through the daemon's code,
    bin by bin: two minutes each.
    """
    rows: dict[str, FusedRow] = {}

    def add(name: str, tally: Tally) -> None:
        rows.setdefault(name, FusedRow(name)).tally += tally

    for number, entity in enumerate(entities):
        for method in (*(m.name for m in METHODS), "Rabta, live"):
            verdicts = [
                picked[method, recording.what](recording)
                for recording in entity.recordings
            ]
            for need, rule in ((1, "any"), (2, "two")):
                add(f"{method}: {rule}", fused(combine(verdicts, need), entity))
        fusion = fused(ours.fusion(entity), entity)
        add(ours.FUSED, fusion)
        if number < watched:
            add(f"{ours.FUSED}, the first {watched}", fusion)
            add(f"{daemon.NAME}, the same", fused(daemon.told(entity), entity))
    return list(rows.values())
