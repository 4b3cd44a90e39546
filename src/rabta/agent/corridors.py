"""What this machine's own probes saw of every way out of its country."""

from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np

from rabta.attribute.cause import PathSeen
from rabta.attribute.cause.borders import moved
from rabta.attribute.cause.paths import AFTER, BEFORE, path_seen
from rabta.clock import MINUTE, SECOND
from rabta.config.targets import corridors_of_country, operators_of_networks
from rabta.model import PathDetail, Probe, Uplink
from rabta.store import Store
from rabta.store.naming import OWN, line_of, probe_of


_STEP = 5 * MINUTE
_PROBES = (Probe.ICMP, Probe.TCP)
_TUNNEL = "tunnel"


def paths_of(store: Store, country: str, onset: int) -> tuple[PathSeen, ...]:
    """Return delays about *onset* to the targets that stand for ways out of *country*.

    Only a machine that probes by that country's targets has any. A tunnel's way out
    is another machine's and left out. Raises ``StoreError``.
    """
    corridors = corridors_of_country(country)
    start = (onset - BEFORE) // _STEP * _STEP
    stop = (onset + AFTER) // _STEP * _STEP
    traced = _traced(store, corridors, onset) if corridors else {}
    firsts = {corridor: name for name, corridor in [*corridors.items()][::-1]}
    networks = _networks(store) if corridors else {}
    found = []
    for one in store.series() if corridors else ():
        if one.source != OWN or one.target not in corridors:
            continue
        if probe_of(one.key) not in _PROBES or one.last < onset or one.first > onset:
            continue
        uplink, family = line_of(one.key)
        if networks.get(uplink) == _TUNNEL:
            continue
        points = store.points(
            one.id, start=start, stop=stop, step_seconds=_STEP // SECOND
        )
        corridor = corridors[one.target]
        seen = path_seen(
            networks.get(uplink, ""),
            one.target,
            corridor,
            np.array(points.time, dtype=np.int64),
            np.array([np.nan if v is None else v for v in points.minimum]),
            onset,
            # one target of each way out is traced
            traced.get((uplink, family, corridor))
            if one.target == firsts[corridor]
            else None,
        )
        if seen is not None:
            found.append(seen)
    return tuple(found)


def _networks(store: Store) -> dict[str, str]:
    """Return whose network each uplink leaves by, as the newest status knows it.

    Two lines of one provider share its troubles: both have one name. An uplink whose
    network is not known is not there.
    """
    found: dict[str, str] = {}
    apart: list[Uplink] = []
    runs = operators_of_networks()
    for uplink in _uplinks(store):
        if uplink.tunnelled:
            found[uplink.name] = _TUNNEL
            continue
        if not (uplink.asn or uplink.isp):
            continue
        same = next((one for one in apart if not uplink.apart_from(one)), None)
        if same is None:
            apart.append(uplink)
            own = f"asn/{uplink.asn}" if uplink.asn else f"isp/{uplink.isp}"
            found[uplink.name] = runs.get(own, own)
        else:
            found[uplink.name] = found[same.name]
    return found


def _uplinks(store: Store) -> list[Uplink]:
    """Return the uplinks of the newest status, those with an AS number first."""
    told = store.status()
    document: dict[str, Any] = {} if told is None else msgspec.json.decode(told[1])
    lanes = [one["uplink"] for one in document.get("uplinks", ())]
    found = [
        Uplink(
            one["name"], "", 0, one["medium"], None, (), isp=one["isp"], asn=one["asn"]
        )
        for one in lanes
    ]
    return sorted(found, key=lambda one: not one.asn)


def _traced(
    store: Store, corridors: Mapping[str, str], onset: int
) -> dict[tuple[str, int, str], bool | None]:
    """Return by uplink, family and way out whether its path crosses elsewhere."""
    found: dict[tuple[str, int, str], bool | None] = {}
    for corridor in sorted(set(corridors.values())):
        seen = store.observations(
            start=onset - BEFORE,
            stop=onset + AFTER,
            target=f"path-{corridor}",
            probe=Probe.PATH,
        )
        for line in {(one.uplink, one.family) for one in seen}:
            told = [
                (one.time, one.detail)
                for one in seen
                if (one.uplink, one.family) == line
                and isinstance(one.detail, PathDetail)
            ]
            before = [path for time, path in told if time < onset]
            after = [path for time, path in told if time >= onset]
            found[*line, corridor] = moved(before, after)
    return found
