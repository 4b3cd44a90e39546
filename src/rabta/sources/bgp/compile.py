"""The kernels as they stand, or compiled by numba where that is installed."""

import hashlib
import importlib.util
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

from rabta.sources.bgp import kernel, octets, paths, routes, sweep


Kernel = Callable[..., int]
_MODULES: tuple[ModuleType, ...] = (octets, paths, kernel, routes, sweep)
_OPTIONS: dict[str, Any] = {
    "nogil": True,
    "error_model": "numpy",
    "_nrt": False,  # nothing is allocated; counting references costs half the time
}
_EXPANDED = ("prefix", "path", "attributes")
"""Are compiled into what calls them: a call puts seven words an array on the stack."""
WORTH_COMPILING = 1_000_000
"""Octets; below, loading the compiled code takes longer than going without."""
WORTH_A_PROCESS = 20_000_000
"""Octets; below, there is room beside them for the compiler's memory."""


def chosen(name: str, octets: int) -> Kernel:
    """Return the quickest way through that many octets; the results are equal."""
    if octets < WORTH_COMPILING or importlib.util.find_spec("numba") is None:
        return plain(name)
    if octets >= WORTH_A_PROCESS:
        ahead()
    return fast(name)


@cache
def plain(name: str) -> Kernel:
    """Return a kernel as it stands, over memoryviews: numpy is slow one by one."""
    function = _source(name)

    def run(*arguments: Any) -> int:
        buffers = (a.data if isinstance(a, np.ndarray) else a for a in arguments)
        result: int = function(*buffers)
        return result

    return run


def fast(name: str) -> Kernel:
    """Return a compiled kernel; the very first time it compiles for some seconds.

    Raises ImportError without numba.
    """
    function: Kernel = _compiled()[name]
    return function


@cache
def ahead() -> None:
    """Compile in a process of its own what is not on disk yet, see there."""
    apply: Any = fast("apply")
    folder = apply.stats.cache_path
    if folder and not any(Path(folder).glob(f"*.{apply.py_func.__qualname__}-*.nbc")):
        command = [sys.executable, "-m", "rabta.sources.bgp.ahead"]
        subprocess.run(command, check=False, capture_output=True)


def _source(name: str) -> Kernel:
    function: Kernel = next(vars(m)[name] for m in _MODULES if name in vars(m))
    return function


@cache
def _compiled() -> dict[str, Any]:
    """Return every function of the modules, compiled against the others."""
    from numba import njit

    space: dict[str, Any] = {}
    mark = hashlib.sha256(repr((sorted(_OPTIONS.items()), _EXPANDED)).encode())
    for module in _MODULES:
        space |= vars(module)
        # numba's own key knows the date of one file alone, not what it calls
        mark.update(Path(module.__file__ or "").read_bytes())
    functions = {k: v for k, v in space.items() if isinstance(v, FunctionType)}
    space["whole"], space["place"] = np.int64, np.uint64
    for name, value in functions.items():
        copy = FunctionType(value.__code__, space, name, value.__defaults__)
        copy.__module__ = value.__module__
        copy.__qualname__ = f"{name}_{mark.hexdigest()[:12]}"
        options = _OPTIONS | {"forceinline": name in _EXPANDED}
        try:
            space[name] = njit(cache=True, **options)(copy)
        except RuntimeError:  # no folder to keep it in
            space[name] = njit(**options)(copy)
    return space
