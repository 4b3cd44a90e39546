"""Retention: sealed days that are old enough are unlinked."""

import sqlite3
from datetime import timedelta
from pathlib import Path

from rabta.store import hot
from rabta.store.connect import transaction
from rabta.store.files import MINUTES, RAW, all_files, day_of, forget
from rabta.store.shapes import Expired, Retention


def expire(
    root: Path, connection: sqlite3.Connection, now: int, retention: Retention
) -> Expired:
    """Remove own files beyond *retention*, as of *now*.

    A day goes only when as many newer days were measured as are to be kept, so that
    a clock that stepped ahead by a year takes nothing with it.
    """
    today = day_of(now)
    unsealed = set(hot.days(connection))
    gone: list[Path] = []
    size = 0
    for tier, days in ((RAW, retention.raw_days), (MINUTES, retention.minute_days)):
        files = all_files(root, tier)
        measured = sorted(unsealed | {day for day, _ in files if day <= today})
        keep = set(measured[-days:]) if days else set()
        limit = today - timedelta(days=days)
        for day, file in files:
            if day < limit and day not in keep:
                size += file.stat().st_size
                file.unlink()
                gone.append(file)
    if gone:
        with transaction(connection, durable=False):
            forget(root, connection, gone)
        _drop_empty(gone)
    return Expired(len(gone), size)


def _drop_empty(gone: list[Path]) -> None:
    for folder in {file.parent for file in gone}:
        for candidate in (folder, folder.parent):
            if candidate.exists() and not any(candidate.iterdir()):
                candidate.rmdir()
