"""Is there mains power?

From a UPS that Network UPS Tools watch over (RFC 9271), else from what Linux tells of
chargers and batteries in ``/sys/class/power_supply`` (ABI/testing/sysfs-class-power).
Where neither says anything it is not known, and never guessed.
"""

import asyncio
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from rabta.model import Mains


NUT_PORT: Final = 3493
_TIMEOUT = 3.0
_LIMIT = 256_000
_FED: Final = frozenset({"Charging", "Full", "Not charging"})
_STATUS = re.compile(r'^VAR \S+ ups\.status "([^"]*)"\s*$', re.MULTILINE)


async def mains(*, nut: str = "", root: Path = Path("/")) -> Mains:
    """Tell whether mains power is there, as far as anything here knows.

    Args:
        nut: ``UPS@HOST`` or ``UPS@HOST:PORT`` of Network UPS Tools; empty for none.
            A UPS knows the mains better than a laptop, which may just be unplugged.
        root: where ``sys`` is looked for.
    """
    told = await ask_nut(nut) if nut else None
    return read_supplies(root) if told is None else Mains(told, ups=True)


def read_supplies(root: Path) -> Mains:
    """Tell what the chargers and batteries of this machine say."""
    plugged: dict[str, bool] = {}
    batteries: set[str] = set()
    units: set[str] = set()
    for folder in _folders(root / "sys/class/power_supply"):
        kind = _read(folder / "type")
        if _read(folder / "scope") == "Device":  # a mouse's battery, not ours
            continue
        if kind in {"Mains", "USB"}:
            online = _read(folder / "online")
            if online:
                plugged[kind] = plugged.get(kind, False) or online != "0"
        elif kind == "Battery":
            batteries.add(_read(folder / "status"))
        elif kind == "UPS":
            units.add(_read(folder / "status"))
    if "Discharging" in units:
        return Mains(on=False, ups=True)
    if any(plugged.values()) or units & _FED:
        return Mains(on=True, ups=bool(units & _FED))
    # an idle USB port says nothing; an idle mains adapter does
    if "Discharging" in batteries or "Mains" in plugged:
        return Mains(on=False)
    return Mains(on=True) if batteries & _FED else Mains()


async def ask_nut(ups: str) -> bool | None:
    """Ask upsd for ``ups.status``; None when it cannot tell."""
    name, _, place = ups.partition("@")
    host, _, port = place.rpartition(":") if place.count(":") == 1 else (place, "", "")
    if not name or not host:
        return None
    try:
        async with asyncio.timeout(_TIMEOUT):
            return parse_status(await _list(name, host, int(port or NUT_PORT)))
    except (OSError, ValueError, OverflowError):
        return None


async def _list(name: str, host: str, port: int) -> str:
    reader, writer = await asyncio.open_connection(host, port, limit=_LIMIT)
    try:
        writer.write(f"LIST VAR {name}\n".encode())
        await writer.drain()
        answer = b""
        while len(answer) < _LIMIT and not _complete(answer):
            more = await reader.read(4096)
            if not more:
                break
            answer += more
        return answer.decode("utf-8", "replace")
    finally:
        writer.close()


def _complete(answer: bytes) -> bool:
    return answer.endswith(b"\n") and (b"\nEND LIST" in answer or answer[:3] == b"ERR")


def parse_status(answer: str) -> bool | None:
    """Read the ``ups.status`` of a LIST VAR answer: OL is on line, OB on battery."""
    found = _STATUS.search(answer)
    words = found.group(1).split() if found else []
    if "OB" in words:
        return False
    return True if "OL" in words else None


def _folders(parent: Path) -> Iterable[Path]:
    try:
        return sorted(parent.iterdir())
    except OSError:
        return ()


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace").strip()
    except OSError:
        return ""
