"""Parsers run over bytes; recorded data where it is there."""

from pathlib import Path

import pytest

from rabta.agent.interference import judged
from rabta.clock import DAY
from rabta.sources.imported import Item, Parse, Piece, Report, Tally
from rabta.sources.stream import Stream


NOW = 20_800 * DAY  # 2026-12-13
RECORDED = Path(__file__).resolve().parents[4] / "shared" / "data"


def recorded(name: str) -> Path:
    """Return a recorded file, or skip where the recordings are not beside the code."""
    file = RECORDED / name
    if not file.exists():
        pytest.skip(f"no recorded data beside the checkout ({RECORDED})")
    return file


def parse(
    file: Path, read: Parse, about: str = ""
) -> tuple[list[Piece], list[Report], Tally]:
    """Run a parser to its end."""
    tally = Tally(str(file), NOW)
    items: list[Item] = list(judged(read(Stream(file, tally), tally, about), tally))
    pieces = [one for one in items if isinstance(one, Piece)]
    reports = [one for one in items if isinstance(one, Report)]
    return pieces, reports, tally


def balanced(tally: Tally) -> bool:
    """Whether every record is accounted for."""
    return tally.records == (
        tally.kept + tally.passed + tally.duplicates + tally.put_aside_count
    )
