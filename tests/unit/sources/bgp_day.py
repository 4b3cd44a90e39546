"""A generated day of a collector, and a naive account of it: sets and dicts alone."""

import random
from functools import cache
from ipaddress import ip_network

from .mrt_writer import dump, state, update


START = 1_700_006_400  # 2023-11-15 00:00 UTC
STEP = 300
COUNTRY = {
    **dict.fromkeys(range(100, 120), "PK"),
    **dict.fromkeys(range(200, 220), "IN"),
    **dict.fromkeys(range(900, 910), "US"),
}
FIGURES = (
    "visible-prefixes-4",
    "visible-slash24",
    "visible-prefixes-6",
    "visible-slash48",
)


def generate(seed=1, peers=70, events=2500, hours=24):
    """Return (peers, dump, events) of a day; events are (time, kind, peer, …)."""
    rng = random.Random(seed)
    sessions = [(f"10.0.{n // 250}.{n % 250 + 1}", 60000 + n) for n in range(peers)]
    nets = []
    for asn in [*range(100, 112), *range(200, 205)]:
        block = asn - 100
        nets += [(f"20.{block}.0.0/16", asn), (f"20.{block}.8.0/21", asn)]
        nets += [(f"20.{block}.8.0/24", asn), (f"20.{block}.9.128/25", asn)]
        nets += [(f"2400:{block:x}::/40", asn), (f"2400:{block:x}:1::/48", asn)]
    nets += [("0.0.0.0/0", 100), ("20.0.8.0/21", 101), ("20.100.0.0/16", 101)]

    def way(peer, asn):
        middle = [
            rng.choice([900, 901, 902, 250, 105]) for _ in range(rng.randint(0, 2))
        ]
        return (sessions[peer][1], *middle, *[asn] * rng.choice([1, 1, 1, 3]))

    table = {}
    for prefix, asn in nets:
        for peer in range(peers - 2):  # the last two are down
            if peer % 10 == 9 and rng.random() < 0.8:
                continue  # a peer that tells little
            table.setdefault(prefix, {})[sessions[peer]] = way(peer, asn)
    happened = []
    for _ in range(events):
        time = START + rng.randrange(hours * 3600)
        peer = rng.randrange(peers)
        prefix, asn = rng.choice(nets)
        if rng.random() < 0.1:
            asn = rng.choice([101, 203, 905])
        kind = rng.choices("AWS", (10, 6, 0.1))[0]
        happened.append((time, kind, peer, prefix, way(peer, asn)))
    for hour in range(2, hours, 5):  # a network falls off, and comes back
        for peer in range(peers):
            for prefix, asn in nets:
                if asn == 103:
                    fell = START + hour * 3600 + rng.randrange(90)
                    happened.append((fell, "W", peer, prefix, ()))
                    back = fell + 3000 + rng.randrange(90)
                    happened.append((back, "A", peer, prefix, way(peer, asn)))
    happened.sort(key=lambda one: one[0])
    return sessions, table, happened


def files(sessions, table, happened):
    """Return the dump and the updates as MRT."""
    out = []
    for time, kind, peer, prefix, path in happened:
        if kind == "A":
            out.append(update(time, sessions[peer], [prefix], path))
        elif kind == "W":
            out.append(update(time, sessions[peer], withdrawn=[prefix]))
        else:
            out.append(state(time, sessions[peer], 6, 1))
            out.append(state(time, sessions[peer], 5, 6))
    return dump(START, sessions, table), b"".join(out)


net_of = cache(ip_network)


@cache
def is_of(prefix, version):
    return net_of(prefix).version == version


@cache
def long_enough(prefix):
    net = net_of(prefix)
    return net.prefixlen >= (8 if net.version == 4 else 16)


@cache
def blocks(prefix):
    net = net_of(prefix)
    size = 24 if net.version == 4 else 48
    first = int(net.network_address) >> (net.max_prefixlen - size)
    return set(range(first, first + (1 << max(0, size - net.prefixlen))))


class Naive:
    """Every peer's table as a dict; everything counted anew at every moment."""

    def __init__(self, sessions, table, entities):
        self.entities = entities
        self.routes = {peer: {} for peer in range(len(sessions))}
        self.settled = {}
        self.neighbours, self.ways = set(), {}
        self.series = {}
        self.acts = {}
        for prefix, seen in table.items():
            for session, path in seen.items():
                peer = sessions.index(session)
                self.routes[peer][prefix] = path
                self.settled[peer] = START
                self._look_around(peer, prefix, path, None)

    def run(self, happened):
        bound = START
        last = happened[-1][0]
        for event in happened:
            while event[0] >= bound:
                self._moment(bound)
                bound += STEP
            self._one(event, bound - STEP)
        while bound - 60 <= last:
            self._moment(bound)
            bound += STEP
        self.acts = {
            (entity, name): {
                time: self.acts.get((entity, name), {}).get(time, 0)
                for time in range(START, bound - STEP, STEP)
            }
            for entity in self.entities
            for name in ("withdrawals", "new-upstreams", "foreign-hop-changes")
        }

    def _one(self, event, begun):
        time, kind, peer, prefix, path = event
        if kind == "S":
            self.routes[peer] = {}
            self.settled[peer] = time + 900
            return
        self.settled.setdefault(peer, time + 900)
        if kind == "W":
            had = self.routes[peer].pop(prefix, None)
            if had:
                self._count(had[-1], "withdrawals", begun)
        else:
            self.routes[peer][prefix] = path
            self._look_around(peer, prefix, path, begun)

    def _look_around(self, peer, prefix, path, begun):
        origin = path[-1]
        other = [asn for asn in path if asn != origin]
        if other and (origin, other[-1]) not in self.neighbours:
            self.neighbours.add((origin, other[-1]))
            self._count(origin, "new-upstreams", begun)
        home = COUNTRY.get(origin)
        abroad = [one for one in path if home and COUNTRY.get(one, home) != home]
        if abroad:
            before = self.ways.get((peer, prefix, origin))
            if before and before != abroad[-1]:
                self._count(origin, "foreign-hop-changes", begun)
            self.ways[peer, prefix, origin] = abroad[-1]

    def _count(self, origin, name, begun):
        if begun is None:
            return
        for entity in self.entities:
            if self._of(entity, origin):
                told = self.acts.setdefault((entity, name), {})
                told[begun] = told.get(begun, 0) + 1

    @staticmethod
    def _of(entity, origin):
        kind, _, code = entity.partition("/")
        return origin == int(code) if kind == "asn" else COUNTRY.get(origin) == code

    def _moment(self, time):
        for version in (4, 6):
            mine = {
                peer: {p: way[-1] for p, way in routes.items() if is_of(p, version)}
                for peer, routes in self.routes.items()
            }
            least = max(map(len, mine.values())) / 2
            full = [
                peer
                for peer, routes in mine.items()
                if routes
                and len(routes) >= least
                and self.settled.get(peer, time + 1) <= time
            ]
            seen = {}
            for peer in full:
                for route in mine[peer].items():
                    seen[route] = seen.get(route, 0) + 1
            for entity in self.entities:
                counts = {}
                for (prefix, origin), count in seen.items():
                    if self._of(entity, origin) and long_enough(prefix):
                        counts[prefix] = counts.get(prefix, 0) + count
                visible = [p for p, count in counts.items() if 2 * count > len(full)]
                covered = set().union(*map(blocks, visible))
                names = FIGURES[:2] if version == 4 else FIGURES[2:]
                for name, value in zip(
                    names, (len(visible), len(covered)), strict=True
                ):
                    self.series.setdefault((entity, name), {})[time] = value
