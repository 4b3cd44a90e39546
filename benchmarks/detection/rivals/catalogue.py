"""Every rival, with the parameters that may be tuned for each kind of signal."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import product

from benchmarks.detection.rivals.analogue import analogue
from benchmarks.detection.rivals.chocolatine import chocolatine
from benchmarks.detection.rivals.holt_winters import holt_winters
from benchmarks.detection.rivals.ioda import moving_median, published
from benchmarks.detection.rivals.ooni import ooni
from benchmarks.detection.rivals.slots import slot_cusum, slot_z
from benchmarks.detection.rivals.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Method:
    """A detector; an empty grid means: as published, one setting for all."""

    name: str
    run: Callable[..., Verdict]
    grid: tuple[Mapping[str, object], ...] = ()


def _grid(**choices: tuple[object, ...]) -> tuple[Mapping[str, object], ...]:
    names = list(choices)
    picks = product(*choices.values())
    return tuple(dict(zip(names, pick, strict=True)) for pick in picks)


METHODS = (
    Method("IODA thresholds, published", published),
    Method(
        "IODA moving median, tuned",
        moving_median,
        _grid(
            threshold=(0.3, 0.5, 0.65, 0.8, 0.9, 0.95, 0.985),
            days=(7,),
            persistence=(1, 2, 4),
        ),
    ),
    Method(
        "6 of 28 similar days, tuned",
        analogue,
        _grid(drop=(0.02, 0.05, 0.08, 0.15, 0.25, 0.4), persistence=(1, 2, 4)),
    ),
    Method("Holt-Winters, RRDtool's defaults", holt_winters),
    Method(
        "Holt-Winters, tuned",
        holt_winters,
        _grid(alpha=(0.01, 0.1), delta=(3.0, 5.0, 8.0), of=((2, 2), (4, 5), (7, 9))),
    ),
    Method(
        "Chocolatine-like, 3 MAD",
        lambda recording: chocolatine(recording, width=3.0, persistence=1),
    ),
    Method(
        "Chocolatine-like, tuned",
        chocolatine,
        _grid(width=(3.0, 5.0, 8.0, 12.0, 20.0), persistence=(1, 2, 4)),
    ),
    Method("OONI two-state CUSUM, published", ooni),
    Method(
        "OONI two-state CUSUM, tuned",
        ooni,
        _grid(mu1=(0.05, 0.1, 0.2, 0.4, 0.7), edd=(3.0, 6.0, 10.0, 20.0)),
    ),
    Method(
        "weekly slot median + z, tuned",
        slot_z,
        _grid(threshold=(3.0, 4.0, 5.0, 6.0, 7.5), persistence=(1, 2, 3, 6)),
    ),
    Method(
        "weekly slot median + CUSUM, tuned",
        slot_cusum,
        _grid(drift=(0.5, 1.0, 2.0), threshold=(10.0, 16.0, 25.0, 40.0, 80.0)),
    ),
)
