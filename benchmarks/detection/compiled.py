"""Loops over points, compiled where numba is installed and merely slow elsewhere."""

try:
    from numba import njit
except ImportError:  # pragma: no cover

    def fast(function):
        return function

else:

    def fast(function):
        return njit(cache=True, nogil=True)(function)
