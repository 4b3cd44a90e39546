"""A collector's table through time, looked at every five minutes."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rabta.clock import MINUTE
from rabta.sources.bgp import kernel, routes, sweep
from rabta.sources.bgp.added import Added
from rabta.sources.bgp.compile import chosen
from rabta.sources.bgp.memory import Memory
from rabta.sources.bgp.mrt import Batch, Peer
from rabta.sources.bgp.watched import Watched


STEP = 5 * MINUTE
QUIET = 15 * MINUTE
"""Nothing recorded for longer is a gap in the recording: what then was is not known."""
_CLOSE = MINUTE
FULL_4, FULL_6 = 400_000, 10_000
"""A peer with more prefixes has a full feed, unless it is but a part of the largest:
these figures are old, and IPv6 has twenty times as many by now."""
_PART = 0.25  # of the largest table; one that leaks may have twice what is full
_SHARE = 0.5  # of the largest table, where all are smaller than that


@dataclass(frozen=True, slots=True)
class Moment:
    """What was visible at one moment, and what had happened in the bin before it.

    The arrays are used again for the next moment: copy what is to be kept.
    """

    time: int
    figures: NDArray[np.int64]
    """(networks, 4) as ``sweep.FIGURES``."""
    countries: NDArray[np.int64]
    """(256, 4) the same of countries by their number."""
    feeds: tuple[int, int]
    """Peers with a full feed, IPv4 and IPv6; 0 where nothing can be said."""
    acts: NDArray[np.int64] | None
    """(networks, 3) as ``routes.ACTS``, from ``time - STEP`` on; None where the
    recording does not cover the bin."""


class Table:
    """Batches in, moments out; peers are told apart by address and AS."""

    def __init__(self, watched: Watched, *, ways: bool = True) -> None:
        self.watched = watched
        self.gaps: list[tuple[int, int]] = []
        self._memory = Memory(len(watched.country), ways=ways)
        self._peers: dict[Peer, int] = {}
        self._mapped = np.zeros(0, np.int64)
        self._known: tuple[Peer, ...] = ()
        self._added = Added(watched.networks)
        self._covered = False  # the bin that is being filled, from its beginning
        self._order = {version: _Order() for version in (4, 6)}
        self._ordered = 0
        self._masks = {version: np.zeros(0, np.int64) for version in (4, 6)}

    @property
    def peers(self) -> int:
        """Return how many peers were heard."""
        return len(self._peers)

    @property
    def clock(self) -> int:
        """Return the time of the newest element; 0 before the first."""
        state = self._memory.state
        return int(max(state[routes.CLOCK], state[routes.DUMP]))

    @property
    def dumping(self) -> bool:
        """Return whether a table was being told when the file ended."""
        return bool(self._memory.state[routes.DUMP])

    @property
    def seeded(self) -> bool:
        """Return whether a table was told, and nothing was missed since."""
        return bool(self._memory.state[routes.SEEDED])

    def begin(self, time: int) -> None:
        """Begin a file whose elements are of about that *time*."""
        self._memory.state[routes.FLOOR] = time

    @property
    def odd(self) -> int:
        """Return how many elements were left out for a time a day ahead of others."""
        return int(self._memory.state[routes.ODD])

    def feed(self, batch: Batch, octets: int) -> Iterator[Moment]:
        """Apply a batch of a file of that many octets."""
        memory = self._memory
        if batch.known is not self._known:
            self._meet(batch.known)
        rows = len(batch.times)
        if self._begins(batch):
            self._added.clear()
        batch = self._added.settled(batch, self._mapped)
        memory.reserve(rows, octets)
        apply = chosen("apply", octets)
        at = 0
        while at < rows:
            at = apply(
                at,
                rows,
                batch.times,
                batch.kinds,
                batch.peers,
                batch.versions,
                batch.highs,
                batch.lows,
                batch.lengths,
                batch.origins,
                batch.upstreams,
                batch.foreigns,
                self._mapped,
                memory.state,
                memory.slots,
                memory.prefixes,
                memory.routes,
                memory.sizes,
                memory.told,
                self.watched.networks,
                memory.watched,
                memory.changed,
                memory.acts,
                memory.pairs,
                memory.ways,
                memory.ahead,
            )
            if at < rows:
                yield from self._turn(int(batch.times[at]), octets)

    def _begins(self, batch: Batch) -> bool:
        """Whether another table begins in *batch*."""
        at = int(np.argmax(batch.kinds == kernel.RIB))
        dump = int(self._memory.state[routes.DUMP])
        return batch.kinds[at] == kernel.RIB and (
            not dump or int(batch.times[at]) > dump + routes.DUMP_LASTS
        )

    def settle(self, octets: int) -> Iterator[Moment]:
        """Tell of the bin that the end of a file all but closes."""
        state = self._memory.state
        bound = int(state[routes.BOUND])
        if state[routes.DUMP]:
            yield self._look(_up(int(state[routes.DUMP])), None, octets)
        elif bound and bound - state[routes.CLOCK] <= _CLOSE:
            acts = self._memory.acts if self._covered else None
            yield self._look(bound, acts, octets)

    def interrupt(self) -> None:
        """Forget all routes: what happened since is not known."""
        self._memory.clear()
        self._added.clear()
        state = self._memory.state
        state[[routes.BOUND, routes.DUMP, routes.SEEDED]] = 0
        self._memory.told[:] = routes.UNTOLD

    def _turn(self, time: int, octets: int) -> Iterator[Moment]:
        """Do what is to be done before a row of *time*."""
        state = self._memory.state
        bound = int(state[routes.BOUND])
        if state[routes.WHY] == routes.NEXT_DUMP:
            yield from self.settle(octets)
            self._memory.clear()
            state[routes.DUMP] = time
            state[routes.SEEDED] = 1
            state[routes.BOUND] = 0
            return
        if not bound:
            dump = int(state[routes.DUMP])
            if dump and time > dump + QUIET:
                self._miss(dump, time)
            elif dump and _up(dump) <= time:
                yield self._look(_up(dump), None, octets)
        elif time - state[routes.CLOCK] <= QUIET:
            yield self._look(
                bound, self._memory.acts if self._covered else None, octets
            )
            self._memory.acts[:] = 0
            self._covered = True
            state[routes.BOUND] = bound + STEP
            return
        else:
            self._miss(int(state[routes.CLOCK]), time)
        self._memory.acts[:] = 0
        state[routes.BOUND] = time - time % STEP + STEP
        self._covered = time % STEP <= _CLOSE

    def _miss(self, start: int, stop: int) -> None:
        """Nothing was recorded: what came back meanwhile would look lost for ever."""
        self.gaps.append((start, stop))
        self.interrupt()

    def _meet(self, known: tuple[Peer, ...]) -> None:
        self._known = known
        numbers = [self._peers.setdefault(one, len(self._peers)) for one in known]
        self._mapped = np.array(numbers, np.int64)
        self._memory.seat(len(self._peers))

    def _look(self, time: int, acts: NDArray[np.int64] | None, octets: int) -> Moment:
        memory = self._memory
        self._arrange(octets)
        memory.figures[:] = 0
        memory.countries[:] = 0
        full = {version: self._full(version, time) for version in (4, 6)}
        self._judge(full, octets)
        for version, order in self._order.items():
            if len(full[version]):
                chosen("sweep", octets)(
                    version,
                    order.keys,
                    order.numbers,
                    order.networks,
                    memory.visible,
                    self.watched.country,
                    memory.ends,
                    memory.country_ends,
                    memory.figures,
                    memory.countries,
                )
        feeds = len(full[4]), len(full[6])
        seen = bool(memory.state[routes.SEEDED]) or any(feeds)
        return Moment(
            time,
            memory.figures.reshape(-1, sweep.FIGURES),
            memory.countries.reshape(-1, sweep.FIGURES),
            feeds,
            acts.reshape(-1, routes.ACTS) if acts is not None and seen else None,
        )

    def _judge(self, full: dict[int, NDArray[np.int64]], octets: int) -> None:
        """Judge anew what changed; all, where other peers have a full feed."""
        memory, state = self._memory, self._memory.state
        masks = {version: memory.mask(peers) for version, peers in full.items()}
        fresh = memory.changed[: state[routes.FRESH]]
        if state[routes.STALE] or any(
            not np.array_equal(mask, self._masks[version])
            for version, mask in masks.items()
        ):
            fresh = memory.watched[: state[routes.WATCHED]]
        chosen("judge", octets)(
            fresh,
            memory.prefixes,
            memory.routes,
            state,
            masks[4],
            len(full[4]) // 2,
            masks[6],
            len(full[6]) // 2,
            self.watched.country,
            memory.visible,
        )
        self._masks = masks
        state[[routes.FRESH, routes.STALE]] = 0

    def _full(self, version: int, time: int) -> NDArray[np.int64]:
        """Return the peers with a full feed that was told to its end."""
        count = len(self._peers)
        sizes = self._memory.sizes[version == 6 :: 2][:count]
        told = self._memory.told[:count]
        heard = (told != routes.UNTOLD) & (told <= time) & (sizes > 0)
        usual = FULL_4 if version == 4 else FULL_6
        most = sizes.max(initial=0)
        large = (sizes > usual) & (sizes >= _PART * most)
        full = np.flatnonzero(heard & (large | (sizes >= _SHARE * most)))
        begun = not self._memory.state[routes.SEEDED]  # then sessions are all there is
        if begun and 2 * len(full) < np.count_nonzero(sizes):
            return full[:0]
        return full

    def _arrange(self, octets: int) -> None:
        """Take routes that are newly watched into the order of the sweep."""
        memory = self._memory
        start, stop = self._ordered, int(memory.state[routes.WATCHED])
        if start == stop:
            return
        self._ordered = stop
        keys, networks = (
            np.zeros(stop - start, np.int64),
            np.zeros(stop - start, np.int32),
        )
        chosen("begins", octets)(
            start,
            stop,
            memory.watched,
            memory.prefixes,
            memory.routes,
            2 + int(memory.state[routes.WORDS]),
            keys,
            networks,
        )
        numbers = np.arange(start, stop, dtype=np.int32)
        versions = memory.prefixes[4 * memory.watched[start:stop].astype(np.int64) + 2]
        for version, order in self._order.items():
            mine = (versions >> 8 == version) & (keys >= 0)
            order.add(keys[mine], numbers[mine], networks[mine])


class _Order:
    """Watched routes by where their prefixes begin."""

    def __init__(self) -> None:
        self.keys = np.zeros(0, np.int64)
        self.numbers = np.zeros(0, np.int32)
        self.networks = np.zeros(0, np.int32)

    def add(
        self,
        keys: NDArray[np.int64],
        numbers: NDArray[np.int32],
        networks: NDArray[np.int32],
    ) -> None:
        by = np.argsort(keys, kind="stable")
        where = np.searchsorted(self.keys, keys[by])
        self.keys = np.insert(self.keys, where, keys[by])
        self.numbers = np.insert(self.numbers, where, numbers[by])
        self.networks = np.insert(self.networks, where, networks[by])


def _up(time: int) -> int:
    return -(-time // STEP) * STEP
