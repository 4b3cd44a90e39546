"""How much of its monthly data cap an uplink has used, by the interface's counters."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from rabta.clock import SECOND


_COUNTERS = ("rx_bytes", "tx_bytes")


class Usage:
    """Bytes of this month by uplink; kept in the file *file*.

    Counted is what passes while Rabta steers: counters of the kernel begin at zero
    with every start of the machine.
    """

    def __init__(self, file: Path, system: Path = Path("/sys/class/net")) -> None:
        self._file = file
        self._system = system
        self._last: dict[str, int] = {}
        try:
            kept = msgspec.json.decode(file.read_bytes(), type=dict[str, int])
        except (OSError, msgspec.MsgspecError):
            kept = {}
        self._bytes = kept

    def count(self, interfaces: Mapping[str, str], now: int) -> None:
        """Add what passed since the last time; *interfaces* by uplink, *now* in µs."""
        month = f"{datetime.fromtimestamp(now / SECOND, UTC):%Y-%m}"
        for uplink, interface in interfaces.items():
            total = self._read(interface)
            if total is None:
                continue
            key = f"{uplink} {month}"
            passed = total - self._last.get(uplink, total)
            self._last[uplink] = total
            # a counter that went back began anew
            self._bytes[key] = self._bytes.get(key, 0) + (max(0, passed))
        self._bytes = {k: v for k, v in self._bytes.items() if k.endswith(month)}
        part = self._file.with_suffix(".part")
        try:
            part.write_bytes(msgspec.json.encode(self._bytes))
            part.replace(self._file)
        except OSError:  # a full disk: the next time
            return

    def of(self, uplink: str) -> int:
        """Return the bytes of *uplink* in the month last counted."""
        return sum(v for k, v in self._bytes.items() if k.startswith(f"{uplink} "))

    def _read(self, interface: str) -> int | None:
        folder = self._system / interface / "statistics"
        try:
            return sum(int((folder / name).read_text()) for name in _COUNTERS)
        except (OSError, ValueError):
            return None
