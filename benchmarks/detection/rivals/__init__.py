"""Other people's detectors, written anew from their published descriptions.

Each method takes a recording and its parameters and returns a ``Verdict``. Missing bins
carry the last value into its memory and are never alarming themselves.
"""

from benchmarks.detection.rivals.catalogue import METHODS, Method
from benchmarks.detection.rivals.verdict import Verdict, combine


__all__ = ["METHODS", "Method", "Verdict", "combine"]
