"""The arrays of a table, and their growth."""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from rabta.sources.bgp import routes, sweep
from rabta.sources.bgp.compile import WORTH_COMPILING, chosen


_WAYS = 12_000_000
"""Ways out that are remembered at most, four octets each."""
_COUNTRIES = 256
_T = TypeVar("_T", bound=np.generic)
Words = NDArray[np.int64]


class Memory:
    """Grows by half when it must; nothing is ever taken away but by ``clear``."""

    def __init__(self, networks: int, *, ways: bool) -> None:
        self.state: Words = np.zeros(routes.PLACES, np.int64)
        self.state[routes.WORDS] = 1
        self.slots = np.zeros(1 << 12, np.int32)
        self.prefixes: Words = np.zeros(4 << 10, np.int64)
        self.routes: Words = np.zeros(3 << 10, np.int64)
        self.sizes: Words = np.zeros(0, np.int64)
        self.told: Words = np.zeros(0, np.int64)
        self.watched = np.zeros(1 << 10, np.int32)
        self.changed = np.zeros(1 << 10, np.int32)
        self.visible = np.zeros(1 << 10, np.uint8)
        self.acts: Words = np.zeros(routes.ACTS * networks, np.int64)
        self.pairs: Words = np.zeros(1 << 12, np.int64)
        self.ways = np.zeros(1 if ways else 0, np.uint32)
        self.ahead = np.zeros(routes.AT_ONCE, np.int32)
        self.ends: Words = np.zeros(networks, np.int64)
        self.country_ends: Words = np.zeros(_COUNTRIES, np.int64)
        self.figures: Words = np.zeros(sweep.FIGURES * networks, np.int64)
        self.countries: Words = np.zeros(sweep.FIGURES * _COUNTRIES, np.int64)

    def seat(self, peers: int) -> None:
        """Make room for so many peers."""
        more = peers - len(self.told)
        if more > 0:
            self.told = np.append(self.told, np.full(more, routes.UNTOLD))
            self.sizes = np.append(self.sizes, np.zeros(2 * more, np.int64))
        words = -(-peers // routes.PEERS_OF_WORD)
        before = int(self.state[routes.WORDS])
        if words > before:
            held = len(self.routes) // (2 + before)
            wider = np.zeros((held, 2 + words), np.int64)
            old = self.routes[: held * (2 + before)]
            wider[:, : 2 + before] = old.reshape(-1, 2 + before)
            self.routes = wider.reshape(-1)
            self.state[routes.WORDS] = words
            if len(self.ways):
                narrow, wide = (n * routes.PEERS_OF_WORD for n in (before, words))
                held = len(self.ways) // narrow
                ways = np.zeros((max(1, held), wide), np.uint32)
                ways[:held, :narrow] = self.ways[: held * narrow].reshape(-1, narrow)
                self.ways = ways.reshape(-1)

    def reserve(self, rows: int, octets: int) -> None:
        """Make room for one more of everything per row, of a file of *octets*."""
        state = self.state
        stride = 2 + int(state[routes.WORDS])
        prefixes, watched = int(state[routes.PREFIXES]), int(state[routes.WATCHED])
        self.prefixes = _grown(self.prefixes, 4 * prefixes, 4 * rows)
        self.routes = _grown(
            self.routes, stride * int(state[routes.ROUTES]), stride * rows
        )
        self.watched = _grown(self.watched, watched, rows)
        self.changed = _grown(self.changed, int(state[routes.FRESH]), 2 * rows)
        self.visible = _grown(self.visible, watched, rows)
        if 2 * (prefixes + rows) > len(self.slots):
            self.slots = np.zeros(_power(3 * (prefixes + rows)), np.int32)
            refill = chosen("refill", _worth(prefixes, octets))
            refill(state, self.slots, self.prefixes)
        if 2 * (int(state[routes.NEIGHBOURS]) + rows) > len(self.pairs):
            old, size = self.pairs, 3 * (int(state[routes.NEIGHBOURS]) + rows)
            self.pairs = np.zeros(_power(size), np.int64)
            reseat = chosen("reseat", _worth(len(old), octets))
            reseat(old, self.pairs)
        if len(self.ways):
            across = int(state[routes.WORDS]) * routes.PEERS_OF_WORD
            if (watched + rows) * across > len(self.ways):
                self._remember(watched * across, rows * across)

    def _remember(self, used: int, more: int) -> None:
        if used + more > _WAYS and used > _WAYS // 2:
            self.ways = np.zeros(0, np.uint32)
        else:
            self.ways = _grown(self.ways, used, more)

    def clear(self) -> None:
        """Forget every route."""
        forget = chosen("forget", 48 * int(self.state[routes.ROUTES]))
        forget(-1, self.state, self.routes, self.sizes)

    def mask(self, peers: NDArray[np.int64]) -> Words:
        """Return the words that hold the bits of those *peers* alone."""
        found = np.zeros(int(self.state[routes.WORDS]), np.int64)
        bits = np.int64(1) << (peers % routes.PEERS_OF_WORD)
        np.bitwise_or.at(found, peers // routes.PEERS_OF_WORD, bits)
        return found


def _worth(many: int, octets: int) -> int:
    """Return octets to choose by: of a large file all is compiled already."""
    return max(octets, WORTH_COMPILING if many > 100_000 else 0)


def _grown(array: NDArray[_T], used: int, more: int) -> NDArray[_T]:
    """Return room for *more* after what is *used*; the rest is zero."""
    if used + more <= len(array):
        return array
    larger = np.zeros(used + more + used // 2, array.dtype)
    larger[:used] = array[:used]
    return larger


def _power(size: int) -> int:
    return 1 << (size - 1).bit_length()
