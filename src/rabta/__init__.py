"""Rabta keeps internet-dependent work going through disruptions."""

__version__ = "0.1.0"
