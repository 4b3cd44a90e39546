"""One source, run as it stands or compiled by numba.

Compiled code is kept on disk by numba (beside the package, else in the user's cache)
under a name that tells what it was compiled from. Nothing here imports numba until
``fast`` is asked for: the daemon never does.
"""

import hashlib
import importlib.util
from collections.abc import Callable
from functools import cache
from types import FunctionType
from typing import Any

import numpy as np

from rabta.detect import evidence, kernel, learning, levels, medians


Engine = Callable[..., int]
"""``kernel.advance`` over numpy arrays."""

_SOURCES = (medians, evidence, levels, learning, kernel)
"""What is compiled; a function stands after those it calls."""
_OPTIONS: dict[str, Any] = {
    "nogil": True,
    "error_model": "numpy",
    "_nrt": False,  # nothing is allocated; counting references costs 4/5 of the time
    "forceinline": True,  # a call hands over 14 arrays: half of the rest
}
WORTH_COMPILING = 200_000
"""Readings; below, loading the compiled code takes longer than going without."""


@cache
def available() -> bool:
    """Tell whether numba is installed; does not import it."""
    return importlib.util.find_spec("numba") is not None


def engine(readings: int) -> Engine:
    """Return the quickest way through that many readings; the results are equal."""
    if fast.cache_info().currsize:  # loaded already: costs nothing any more
        return fast()
    return fast() if readings >= WORTH_COMPILING and available() else plain


def plain(*arguments: Any) -> int:
    """Run the source as it stands, over memoryviews: they round as arrays do."""
    buffers: list[Any] = [a.data if isinstance(a, np.ndarray) else a for a in arguments]
    return kernel.advance(*buffers)


@cache
def fast() -> Engine:
    """Return the compiled engine; it lets go of the interpreter while it runs.

    Loads from disk in less than a second; the very first time it compiles for some
    seconds. Raises ImportError without numba.
    """
    from numba import njit

    space: dict[str, Any] = {}
    sources: list[FunctionType] = []
    for module in _SOURCES:
        space.update(vars(module))
        sources += [
            value
            for value in vars(module).values()
            if isinstance(value, FunctionType) and value.__module__ == module.__name__
        ]
    mark = _fingerprint(sources, space)
    for source in sources:
        copy = FunctionType(source.__code__, space, source.__name__)
        copy.__module__ = source.__module__
        copy.__qualname__ = f"{source.__name__}_{mark}"
        try:
            space[source.__name__] = njit(cache=True, **_OPTIONS)(copy)
        except RuntimeError:  # no folder to keep it in
            space[source.__name__] = njit(**_OPTIONS)(copy)
    compiled: Engine = space["advance"]
    return compiled


def _fingerprint(sources: list[FunctionType], space: dict[str, Any]) -> str:
    """Digest code and numbers: numba itself looks at the date of one file only."""
    codes = [(s.__name__, s.__code__.co_code, s.__code__.co_consts) for s in sources]
    numbers = sorted((k, v) for k, v in space.items() if k.isupper())
    told = repr((codes, numbers, sorted(_OPTIONS.items())))
    return hashlib.sha256(told.encode()).hexdigest()[:12]
