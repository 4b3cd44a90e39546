"""A database of Uptime Kuma, version 2, to be spoiled."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime


DAY = 1_740_787_200  # 2025-03-01
TABLES = """
CREATE TABLE monitor (id INTEGER PRIMARY KEY, name VARCHAR(150), url TEXT);
CREATE TABLE heartbeat (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    important BOOLEAN NOT NULL DEFAULT 0,
    monitor_id INTEGER NOT NULL,
    status SMALLINT NOT NULL,
    msg TEXT,
    time DATETIME NOT NULL,
    ping INTEGER,
    duration INTEGER NOT NULL DEFAULT 0,
    down_count INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX monitor_time_index ON heartbeat (monitor_id, time);
"""
SUMS = """
CREATE TABLE stat_hourly (
    id INTEGER PRIMARY KEY, monitor_id INTEGER NOT NULL, timestamp INTEGER NOT NULL,
    ping FLOAT NOT NULL, up SMALLINT NOT NULL, down SMALLINT NOT NULL,
    ping_min FLOAT NOT NULL DEFAULT 0, ping_max FLOAT NOT NULL DEFAULT 0
);
"""


def monitors(version: int = 2) -> bytes:
    """Return two monitors: a heartbeat every ten minutes, and the sums of four days.

    As in version 2, heartbeats of days before the last are there only where the state
    changed; version 1 has no sums.
    """
    with closing(sqlite3.connect(":memory:")) as database:
        database.executescript(TABLES + (SUMS if version > 1 else ""))
        names = [(1, "web"), (2, "web")]
        database.executemany("INSERT INTO monitor (id, name) VALUES (?, ?)", names)
        beats = [
            (
                monitor,
                int(step % 6 != 0),
                _text(DAY + 4 * 86_400 - 600 * step),
                20 + step % 5,
            )
            for monitor, _ in names
            for step in range(1, 150)
        ]
        beats += [(1, 0, _text(DAY + 3600), None), (1, 1, _text(DAY + 3660), 30)]
        add = (
            "INSERT INTO heartbeat (monitor_id, status, time, ping) VALUES (?, ?, ?, ?)"
        )
        database.executemany(add, beats)
        if version > 1:
            sums = [
                (monitor, DAY + 3600 * hour, 25.5, 59, 1)
                for monitor, _ in names
                for hour in range(96)
            ]
            add = "INSERT INTO stat_hourly (monitor_id, timestamp, ping, up, down)"
            database.executemany(f"{add} VALUES (?, ?, ?, ?, ?)", sums)
        database.commit()
        return database.serialize()


def _text(seconds: int) -> str:
    """Return a time as it writes them."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S.000")
