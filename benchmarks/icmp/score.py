"""What a program said, against what really happened."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass


_LOST_AFTER = 2.0


@dataclass(frozen=True)
class Outcome:
    """What a program said and what it used."""

    round_trips: Mapping[str, Sequence[float | None]]
    """Seconds by target, in order, None for lost; one mean where that is all."""
    cpu_seconds: float
    rss_bytes: int
    lost: int | None = None
    """Where it tells only how many."""


@dataclass(frozen=True)
class Score:
    name: str
    targets: int
    probes: int
    cpu_ms: float
    rss_mb: float
    false_losses: int
    error_p50_ms: float
    error_p99_ms: float
    means_only: bool

    def as_dict(self) -> dict[str, object]:
        return asdict(self)


def score(
    name: str,
    targets: int,
    said: Outcome,
    truth: Mapping[str, Sequence[float | None]],
) -> Score:
    """Compare probe by probe, or mean by mean."""
    probes = sum(map(len, truth.values()))
    assert probes, f"{name} sent nothing"
    means_only = said.lost is not None
    errors = sorted(
        _errors_of_means(said, truth) if means_only else _errors(said, truth)
    )
    false_losses = said.lost if said.lost is not None else _false_losses(said, truth)
    return Score(
        name,
        targets,
        probes,
        1000 * said.cpu_seconds / probes,
        said.rss_bytes / 1e6,
        false_losses,
        1000 * errors[len(errors) // 2],
        1000 * errors[int(0.99 * (len(errors) - 1))],
        means_only,
    )


def _errors(said: Outcome, truth: Mapping[str, Sequence[float | None]]) -> list[float]:
    return [
        abs(claim - true)
        for target, claims in said.round_trips.items()
        for claim, true in zip(claims, truth.get(target, ()), strict=False)
        if claim is not None and true is not None
    ]


def _errors_of_means(
    said: Outcome, truth: Mapping[str, Sequence[float | None]]
) -> list[float]:
    errors = []
    for target, claims in said.round_trips.items():
        true = [t for t in truth.get(target, ()) if t is not None]
        if claims and claims[0] is not None and true:
            errors.append(abs(claims[0] - sum(true) / len(true)))
    return errors


def _false_losses(said: Outcome, truth: Mapping[str, Sequence[float | None]]) -> int:
    return sum(
        claim is None and true is not None and true < _LOST_AFTER
        for target, claims in said.round_trips.items()
        for claim, true in zip(claims, truth.get(target, ()), strict=False)
    )
