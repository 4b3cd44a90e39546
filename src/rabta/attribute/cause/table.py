"""The table of likelihoods: how likely each fact is under each cause.

``estimates.toml`` holds what is estimated, ``likelihoods.toml`` the same after it met
labelled events; ``fit`` makes one of the other. Every row says where it comes from.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from rabta.model import Cause


Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Fact:
    """One kind of fact; *p* has the shape (causes, outcomes)."""

    id: str
    group: str
    outcomes: tuple[str, ...]
    source: str
    p: Floats
    measured: Mapping[Cause, int]
    """Labelled events behind a row; the others are estimates."""

    def log(self, outcomes: tuple[str, ...], trust: float) -> Floats:
        """Return log P(*outcomes* | cause), (causes,).

        Of what a source says only *trust* counts; the rest is as for any cause.
        """
        told = self.p[:, [self.outcomes.index(one) for one in outcomes]].sum(axis=1)
        logs: Floats = np.log(trust * told + (1 - trust) * told.mean())
        return logs


@dataclass(frozen=True, slots=True)
class Calibration:
    """A straight line in log odds, fitted on countries that were held out."""

    slope: float = 1.0
    intercept: float = 0.0
    events: int = 0


@dataclass(frozen=True)
class Table:
    """All of it. Not slotted: what is worked out from it is kept."""

    version: str
    labels: str
    """The labelled events it met; empty for the estimates alone."""
    causes: tuple[Cause, ...]
    strength: float
    """How many events a row of estimates counts for."""
    weights: Mapping[str, float]
    priors: Mapping[str, Floats]
    """By kind of entity, (causes,)."""
    facts: Mapping[str, Fact]
    calibration: Mapping[Cause, Calibration]

    def prior(self, level: str) -> Floats:
        """Return what is expected of a kind of entity before anything is known."""
        return self.priors.get(level, self.priors["country"])

    def weight(self, fact: str) -> float:
        """Return how much a fact may weigh."""
        return self.weights[self.facts[fact].group]

    @cached_property
    def place(self) -> Mapping[Cause, int]:
        """Where each cause stands."""
        return {cause: n for n, cause in enumerate(self.causes)}

    @cached_property
    def tempered(self) -> tuple[tuple[str, ...], Floats, Floats, NDArray[np.int64]]:
        """Every outcome of every fact in one piece, for ``gain``.

        Names of the facts; log likelihoods times weight, (outcomes, causes); plain
        likelihoods of the same shape; where each fact begins.
        """
        names = tuple(self.facts)
        plain = np.concatenate([self.facts[one].p.T for one in names])
        weight = np.concatenate(
            [np.full(len(self.facts[one].outcomes), self.weight(one)) for one in names]
        )
        sizes = [len(self.facts[one].outcomes) for one in names]
        starts = np.cumsum([0, *sizes[:-1]])
        return names, np.log(plain) * weight[:, None], plain, starts


def read(text: str) -> Table:
    """Read a table; ValueError where it contradicts itself."""
    raw = tomllib.loads(text)
    causes = tuple(Cause(one) for one in raw["causes"])
    facts = {}
    for name, one in raw["evidence"].items():
        p = np.array([one["p"][cause] for cause in causes])
        if p.shape != (len(causes), len(one["outcomes"])) or (p <= 0).any():
            raise ValueError(f"{name}: rows and outcomes do not fit")
        if abs(p.sum(axis=1) - 1).max() > 1e-3:
            raise ValueError(f"{name}: a row does not sum to 1")
        if one["group"] not in raw["weights"]:
            raise ValueError(f"{name}: no weight for the group {one['group']}")
        measured = {Cause(c): int(n) for c, n in one.get("measured", {}).items()}
        facts[name] = Fact(
            name, one["group"], tuple(one["outcomes"]), one["source"], p, measured
        )
    return Table(
        raw["version"],
        raw.get("labels", ""),
        causes,
        float(raw["strength"]),
        {name: float(weight) for name, weight in raw["weights"].items()},
        {
            level: np.array([float(row[cause]) for cause in causes])
            for level, row in raw["priors"].items()
        },
        facts,
        {
            Cause(cause): Calibration(one["slope"], one["intercept"], one["events"])
            for cause, one in raw.get("calibration", {}).items()
        },
    )


@lru_cache
def table(name: str = "likelihoods") -> Table:
    """Return a table of the package: ``likelihoods`` or ``estimates``."""
    file = resources.files(__package__).joinpath(f"{name}.toml")
    return read(file.read_text("utf-8"))


def write(one: Table) -> str:
    """Return *one* as TOML; reading it again gives the same."""
    out = [
        "# Made by `python benchmarks/attribution/fit.py --write`; not edited by hand.",
        '# Rows are causes, columns the outcomes. Rows under "measured" met as many',
        "# labelled events as it says; all others are estimates, see estimates.toml.",
        "",
        f'version = "{one.version}"',
        f'labels = "{one.labels}"',
        f"strength = {one.strength:g}",
        f"causes = [{_quoted(one.causes)}]",
        "",
        "[weights]",
        *(f"{name} = {weight:.3f}" for name, weight in one.weights.items()),
    ]
    for level, row in one.priors.items():
        out += ["", f"[priors.{level}]"]
        out += [f"{c} = {p:.4f}" for c, p in zip(one.causes, row, strict=True)]
    for cause, line in one.calibration.items():
        out += ["", f"[calibration.{cause}]", f"slope = {line.slope:.4f}"]
        out += [f"intercept = {line.intercept:.4f}", f"events = {line.events}"]
    for fact in one.facts.values():
        out += ["", f"[evidence.{fact.id}]", f'group = "{fact.group}"']
        out += [f"outcomes = [{_quoted(fact.outcomes)}]", f'source = "{fact.source}"']
        if fact.measured:
            out.append(f"[evidence.{fact.id}.measured]")
            out += [f"{cause} = {n}" for cause, n in fact.measured.items()]
        out.append(f"[evidence.{fact.id}.p]")
        out += [
            f"{cause} = [{', '.join(f'{p:.5f}' for p in row)}]"
            for cause, row in zip(one.causes, fact.p, strict=True)
        ]
    return "\n".join(out) + "\n"


def _quoted(names: tuple[str, ...]) -> str:
    return ", ".join(f'"{name}"' for name in names)
