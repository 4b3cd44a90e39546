"""Recorded series that lie beside the repository, where they do."""

import csv
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from rabta.clock import SECOND
from rabta.detect.signal import Signal, SignalKind


DATA = Path(__file__).resolve().parents[4] / "shared" / "data"

needs_data = pytest.mark.skipif(
    not DATA.is_dir(), reason="the recorded data is not beside the repository"
)

IODA = {
    "bgp": SignalKind.PREFIXES,
    "ping-slash24": SignalKind.PREFIXES,
    "merit-nt": SignalKind.COUNT,
}


def ioda(name):
    """Return the signals, their times and the labels of one export."""
    with (DATA / "ioda-signals" / name).open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    times = np.array([int(row["timestamp"]) for row in rows]) * SECOND
    signals = [
        Signal(
            column,
            kind,
            times,
            np.array([float(row[column] or "nan") for row in rows]),
        )
        for column, kind in IODA.items()
    ]
    return signals, times, np.array([row["LABEL"] == "1" for row in rows])


def observatory(name, keys, time):
    """Return connectivity by place."""
    rows = defaultdict(list)
    with (DATA / "ip-observatory" / name).open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            place = "/".join(row[key] for key in keys)
            rows[place].append((int(row[time]), float(row["connectivity"])))
    return {
        place: Signal(
            "connectivity",
            SignalKind.COUNT,
            np.array([when for when, _ in told]) * SECOND,
            np.array([value for _, value in told]),
        )
        for place, told in rows.items()
    }


def moment(text):
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * SECOND


def windows(times, labels):
    """Return (onset, end) of every labelled stretch."""
    padded = np.concatenate(([False], labels, [False])).astype(int)
    edges = np.flatnonzero(np.diff(padded))
    step = int(times[1] - times[0])
    return [
        (int(times[a]), int(times[b - 1]) + step)
        for a, b in zip(edges[::2], edges[1::2], strict=True)
    ]


def covered(times, disruptions):
    mask = np.zeros(len(times), dtype=bool)
    for one in disruptions:
        mask |= (times >= one.onset) & (times < (one.end or times[-1] + 1))
    return mask
