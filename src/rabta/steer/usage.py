"""How much of its monthly data cap an uplink has used, by the interface's counters."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from rabta.clock import SECOND, Clock
from rabta.model import Uplink
from rabta.steer.document import replace_file


FILE = "usage.json"
_COUNTERS = ("rx_bytes", "tx_bytes")
_EVERY = 10 * SECOND


class Usage:
    """Bytes of this month by uplink; kept in a file of the store's folder.

    Counted is what passes while Rabta steers: the kernel's counters begin at zero with
    every start of the machine. Months are those of UTC.
    """

    def __init__(
        self, folder: Path, clock: Clock, system: Path = Path("/sys/class/net")
    ) -> None:
        self._file = folder / FILE
        self._clock = clock
        self._system = system
        self._seen: dict[str, int] = {}
        self._counted = -_EVERY
        try:
            kept = msgspec.json.decode(
                self._file.read_bytes(), type=dict[str, dict[str, int]]
            )
        except (OSError, msgspec.MsgspecError):
            kept = {}
        self._months = kept

    def count(self, uplinks: Sequence[Uplink]) -> Mapping[str, int]:
        """Add what passed since the last time; all of this month by uplink."""
        now = self._clock.now()
        month = f"{datetime.fromtimestamp(now / SECOND, UTC):%Y-%m}"
        this = self._months.setdefault(month, {})
        if 0 <= now - self._counted < _EVERY:
            return this
        self._counted = now
        for uplink in uplinks:
            total = self._read(uplink.interface)
            if total is not None:
                passed = total - self._seen.get(uplink.interface, total)
                self._seen[uplink.interface] = total
                # a counter that went back began anew
                this[uplink.name] = this.get(uplink.name, 0) + max(0, passed)
        self._months = {month: this}
        replace_file(self._file, msgspec.json.encode(self._months))
        return this

    def _read(self, interface: str) -> int | None:
        folder = self._system / interface / "statistics"
        try:
            return sum(int((folder / name).read_text()) for name in _COUNTERS)
        except (OSError, ValueError):
            return None
