"""What this machine's own probes saw of every way out of its country."""

import numpy as np

from rabta.attribute.cause import PathSeen
from rabta.attribute.cause.paths import AFTER, BEFORE, path_seen
from rabta.clock import MINUTE, SECOND
from rabta.config.targets import corridors_of_country
from rabta.model import Probe
from rabta.store import Store
from rabta.store.naming import OWN, line_of, probe_of


_STEP = 5 * MINUTE
_PROBES = (Probe.ICMP, Probe.TCP)


def paths_of(store: Store, country: str, onset: int) -> tuple[PathSeen, ...]:
    """Return delays about *onset* to the targets that stand for ways out of *country*.

    Only a machine that probes by that country's targets has any. Raises ``StoreError``.
    """
    corridors = corridors_of_country(country)
    start = (onset - BEFORE) // _STEP * _STEP
    stop = (onset + AFTER) // _STEP * _STEP
    found = []
    for one in store.series() if corridors else ():
        if one.source != OWN or one.target not in corridors:
            continue
        if probe_of(one.key) not in _PROBES or one.last < onset or one.first > onset:
            continue
        points = store.points(
            one.id, start=start, stop=stop, step_seconds=_STEP // SECOND
        )
        uplink, _ = line_of(one.key)
        seen = path_seen(
            uplink,
            one.target,
            corridors[one.target],
            np.array(points.time, dtype=np.int64),
            np.array([np.nan if v is None else v for v in points.minimum]),
            onset,
        )
        if seen is not None:
            found.append(seen)
    return tuple(found)
