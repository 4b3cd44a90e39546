"""Whether a collector's table ends where tables end.

A file that was cut between two records decodes without a fault. But collectors write
prefixes in order, and for many years some have been announced at the end of the unicast
space: 223.0.0.0/8 for IPv4, 2c0f::/16 for IPv6. A large table in order that ends before
them is not whole. Of a small table, or one in another order, nothing can be told: no
record says how many follow, numbers of records only count up, and a whole one of
OpenBGPD in our tests lists three peers, has routes of two, and ends at 192.168.6.0.
"""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

import numpy as np
from numpy.typing import NDArray

from rabta.clock import DAY
from rabta.sources.bgp import kernel
from rabta.sources.bgp.mrt import Batch


@dataclass(frozen=True, slots=True)
class _End:
    """Where tables of one version end."""

    least: int
    """Prefixes of a table of which it can be told."""
    since: int
    """From when on tables end there, microseconds."""
    first: int
    """The first 64 bits of the block that is always there."""
    block: str


ENDS = {
    4: _End(100_000, 14_975 * DAY, 223 << 56, "223.0.0.0/8"),  # 2011
    6: _End(20_000, 16_436 * DAY, 0x2C0F << 48, "2c0f::/16"),  # 2015
}


class Ending:
    """Follows the prefixes of a table."""

    def __init__(self) -> None:
        self._seen = dict.fromkeys(ENDS, 0)
        self._last = dict.fromkeys(ENDS, 0)
        self._in_order = dict.fromkeys(ENDS, True)
        self._time = 0

    def see(self, batch: Batch) -> None:
        """Take note of what is of a table in *batch*."""
        mine = batch.kinds == kernel.RIB
        if not mine.any():
            return
        self._time = int(batch.times[np.argmax(mine)])
        versions = batch.versions
        if mine.all() and versions.min() == versions.max():  # as good as always
            self._follow(int(versions[0]), batch.highs.view(np.uint64))
            return
        for version in ENDS:
            some = mine & (versions == version)
            if some.any():
                self._follow(version, batch.highs[some].view(np.uint64))

    def _follow(self, version: int, starts: NDArray[np.uint64]) -> None:
        another = starts[1:] != starts[:-1]
        if (starts[1:] < starts[:-1]).any() or int(starts[0]) < self._last[version]:
            self._in_order[version] = False
        self._seen[version] += 1 + int(np.count_nonzero(another))
        self._last[version] = int(starts[-1])

    @property
    def missing(self) -> str:
        """Return why it cannot be whole; "" where it may be, or nothing is known."""
        for version, end in ENDS.items():
            large = self._seen[version] >= end.least and self._time >= end.since
            if large and self._in_order[version] and self._last[version] < end.first:
                last = self._last[version]
                shown = (
                    IPv4Address(last >> 32) if version == 4 else IPv6Address(last << 64)
                )
                return (
                    f"cut off between two records: the table ends at {shown}, and every"
                    f" table of its size holds prefixes of {end.block}"
                )
        return ""
