"""The decoder as it stands, or compiled by numba where that is installed."""

import hashlib
import importlib.util
from collections.abc import Callable
from functools import cache
from types import FunctionType
from typing import Any

import numpy as np

from rabta.sources.bgp import kernel


Decoder = Callable[..., int]
_OPTIONS: dict[str, Any] = {
    "nogil": True,
    "error_model": "numpy",
    "_nrt": False,  # nothing is allocated; counting references costs half the time
}
_WORTH_COMPILING = 1_000_000
"""Octets; below, loading the compiled code takes longer than going without."""


def decoder(octets: int) -> Decoder:
    """Return the quickest way through that many octets; the results are equal."""
    here = importlib.util.find_spec("numba") is not None
    return fast() if octets >= _WORTH_COMPILING and here else plain


def plain(*arguments: Any) -> int:
    """Run the source as it stands, over memoryviews: numpy is slow one by one."""
    buffers: list[Any] = [a.data if isinstance(a, np.ndarray) else a for a in arguments]
    return kernel.decode(*buffers)


@cache
def fast() -> Decoder:
    """Return the compiled decoder; the very first time it compiles for some seconds.

    Raises ImportError without numba.
    """
    from numba import njit

    space: dict[str, Any] = {**vars(kernel), "whole": np.int64}
    mark = hashlib.sha256(repr(sorted(_OPTIONS.items())).encode()).hexdigest()[:12]
    for name, value in vars(kernel).items():
        if isinstance(value, FunctionType):
            copy = FunctionType(value.__code__, space, name)
            copy.__module__ = value.__module__
            # numba's own key knows the file's date alone, not these options
            copy.__qualname__ = f"{name}_{mark}"
            try:
                space[name] = njit(cache=True, **_OPTIONS)(copy)
            except RuntimeError:  # no folder to keep it in
                space[name] = njit(**_OPTIONS)(copy)
    compiled: Decoder = space["decode"]
    return compiled
