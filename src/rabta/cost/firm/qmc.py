"""Points that fill a cube more evenly than chance: a randomised Halton sequence.

A. B. Owen, A randomized Halton algorithm in R, arXiv:1706.02808: every digit of every
dimension is permuted at random. The same *seed* gives the same points.
"""

import numpy as np

from rabta.cost.firm.ranges import Floats


_LEAST = 1e-10
_TABLE = 4096


def points(count: int, dimensions: int, seed: int) -> Floats:
    """Return (count, dimensions) points strictly between 0 and 1."""
    chance = np.random.default_rng(seed)
    found = np.empty((dimensions, count))
    for row, base in zip(found, _primes(dimensions), strict=True):
        row[:] = _column(count, base, chance)
    return np.clip(found.T, 1e-9, 1 - 1e-9)


def _column(count: int, base: int, chance: np.random.Generator) -> Floats:
    """Reflect 0, 1, 2, … about the point in *base*, with a permutation a digit.

    Several digits at once: their sum stands in a table.
    """
    rest = np.arange(count, dtype=np.int32)
    out = np.zeros(count)
    scale = 1.0 / base
    while scale > _LEAST:
        table = np.zeros(1)
        while len(table) * base <= _TABLE and scale > _LEAST:
            order = scale * chance.permutation(base)
            table = np.add.outer(order, table).reshape(-1)
            scale /= base
        if rest.any():
            rest, digits = np.divmod(rest, np.int32(len(table)))
            out += table[digits]
        else:  # only leading zeros are left: the same for all
            out += table[0]
    return out


def _primes(count: int) -> list[int]:
    found: list[int] = []
    candidate = 2
    while len(found) < count:
        if all(candidate % prime for prime in found):
            found.append(candidate)
        candidate += 1
    return found
