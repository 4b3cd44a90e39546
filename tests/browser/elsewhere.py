"""Invented public signals of countries and networks, beside the sample office."""

import numpy as np

from rabta.agent.public import judge_entities
from rabta.clock import DAY, HOUR, MINUTE
from rabta.model import Report
from rabta.store import Batch, SeriesKey, Store


STEP = 5 * MINUTE
DAYS = 20
ENTITIES = ("country/PK", "country/IN", "country/IR", "country/TJ", "asn/17557")


def fill(store: Store, now: int) -> None:
    """Store signals: PK cut once and with a gap, IR cut still, TJ ended days ago."""
    newest = now // STEP * STEP
    times = newest - STEP * np.arange(DAYS * DAY // STEP, dtype=np.int64)[::-1]
    batches = []
    for number, entity in enumerate(ENTITIES):
        for metric, level in (("bgp", 5000.0), ("ping-slash24", 3000.0)):
            noise = np.random.default_rng(number).normal(0, 0.01, len(times))
            wave = 1 + 0.1 * np.sin(2 * np.pi * times / DAY) + noise
            values = level * wave
            if entity in ("country/PK", "asn/17557"):
                at = newest - 2 * DAY
                values[(times >= at) & (times < at + 5 * HOUR)] *= 0.3
                gap = newest - 4 * DAY
                values[(times >= gap) & (times < gap + 9 * HOUR)] = np.nan
            if entity == "country/IR":
                values[times >= newest - 3 * HOUR] *= 0.05
            if entity == "country/TJ":
                values[times >= newest - 3 * DAY] = np.nan
            key = SeriesKey("ioda", metric, entity)
            batches.append(Batch(key, "/24", "lower", times, values))
    hours = times[times % HOUR == 0]
    share = np.clip(np.random.default_rng(9).normal(0.04, 0.01, len(hours)), 0, 1)
    key = SeriesKey("ooni", "anomaly_ratio", "country/PK")
    batches.append(Batch(key, "1", "higher", hours, share))
    store.append(batches)
    at = newest - 2 * DAY
    store.add_reports(
        [Report("ioda", "1", "country/PK", at, at + 5 * HOUR, says="bgp: 4900 to 1500")]
    )
    judge_entities(store, ENTITIES)
