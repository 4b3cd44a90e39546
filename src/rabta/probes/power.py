"""Is there mains power?

From a UPS that Network UPS Tools watch over (RFC 9271), else from what Linux tells of
chargers and batteries in ``/sys/class/power_supply`` (ABI/testing/sysfs-class-power).
Where neither says anything the answer is None, never a guess.
"""

import asyncio
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final


NUT_PORT: Final = 3493
_TIMEOUT = 3.0
_LIMIT = 256_000
_STATUS = re.compile(r'^VAR \S+ ups\.status "([^"]*)"\s*$', re.MULTILINE)


async def on_mains(*, nut: str = "", root: Path = Path("/")) -> bool | None:
    """Tell whether mains power is there; None when nothing here knows.

    Args:
        nut: ``UPS@HOST`` or ``UPS@HOST:PORT`` of Network UPS Tools; empty for none.
            A UPS knows the mains better than a laptop, which may just be unplugged.
        root: where ``sys`` is looked for.
    """
    told = await ask_nut(nut) if nut else None
    return read_supplies(root) if told is None else told


def read_supplies(root: Path) -> bool | None:
    """Tell what the chargers and batteries of this machine say."""
    plugged: dict[str, bool] = {}
    batteries: set[str] = set()
    for folder in _folders(root / "sys/class/power_supply"):
        kind = _read(folder / "type")
        if _read(folder / "scope") == "Device":  # a mouse's battery, not ours
            continue
        if kind in {"Mains", "USB"}:
            online = _read(folder / "online")
            if online:
                plugged[kind] = plugged.get(kind, False) or online != "0"
        elif kind in {"Battery", "UPS"}:
            batteries.add(_read(folder / "status"))
    if any(plugged.values()):
        return True
    # an idle USB port says nothing; an idle mains adapter does
    if "Discharging" in batteries or "Mains" in plugged:
        return False
    return True if batteries & {"Charging", "Full", "Not charging"} else None


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
