"""How much memory and time does ``rabta detect`` take for a file that is large?

Writes a table of one reading a second and three signals, as CSV and as Parquet, reads
each through the command itself, and prints the processor time, the megabytes a second
and the greatest resident set. The size of the CSV file is given in gigabytes.

Passes when no run needs more than 500 MB.

    python benchmarks/tables/run.py [--short] [--gigabytes 10]
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb


LIMIT_MB = 500
_KINDS = ("outage", "degradation")
_ROW_BYTES = 41.3
_ROWS = """
SELECT strftime(make_timestamp(1600000000000000 + i * 1000000), '%Y-%m-%dT%H:%M:%SZ')
  AS time,
  round((1000 + 200 * sin(i / 13750.0) + 20 * random())
    * if(i % 2592000 BETWEEN 1800000 AND 1814400, 0.2, 1), 2) AS requests,
  round(20 + 3 * random(), 3) AS rtt_ms,
  round(300 + 10 * random(), 1) AS bgp
FROM range({rows}) AS r(i)
"""


def write(file: Path, rows: int) -> None:
    """Write *rows* rows, one a second, with an outage of four hours each month."""
    form = "PARQUET" if file.suffix == ".parquet" else "CSV, HEADER"
    connection = duckdb.connect(config={"threads": 1, "memory_limit": "1GB"})
    connection.execute("SET enable_progress_bar = false")
    connection.execute(f"COPY ({_ROWS.format(rows=rows)}) TO '{file}' (FORMAT {form})")


def read(file: Path) -> tuple[float, float, float, int]:
    """Run the command; return seconds, CPU seconds, peak RSS in MB and disruptions."""
    started = time.monotonic()
    child = subprocess.Popen(
        [sys.executable, "-m", "rabta", "detect", str(file), "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert child.stdout is not None
    answers = child.stdout.read().splitlines()
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.monotonic() - started
    if status:
        sys.exit(f"rabta detect {file.name} ended with {status}")
    return (
        seconds,
        usage.ru_utime + usage.ru_stime,
        usage.ru_maxrss / 1024,
        sum(json.loads(line)["kind"] in _KINDS for line in answers),
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help="a tenth of a gigabyte")
    parser.add_argument("--gigabytes", type=float, default=2.0)
    arguments = parser.parse_args()
    size = 0.1 if arguments.short else arguments.gigabytes
    rows = int(size * 1e9 / _ROW_BYTES)
    worst = 0.0
    print(
        f"{'file':18} {'rows':>12} {'MB':>8} {'s':>7} {'CPU s':>7} {'MB/s':>6}", end=""
    )
    print(f" {'RSS MB':>7}  disruptions")
    with tempfile.TemporaryDirectory() as folder:
        for name in ("series.csv", "series.parquet"):
            file = Path(folder) / name
            write(file, rows)
            megabytes = file.stat().st_size / 1e6
            seconds, cpu, rss, answers = read(file)
            worst = max(worst, rss)
            print(
                f"{name:18} {rows:12,} {megabytes:8.0f} {seconds:7.1f} {cpu:7.1f}"
                f" {megabytes / seconds:6.0f} {rss:7.0f}  {answers}",
                flush=True,
            )
            file.unlink()
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    ok = worst <= LIMIT_MB
    print(
        f"{'pass' if ok else 'missed'}: {worst:.0f} MB, allowed {LIMIT_MB} MB", end=""
    )
    print(f" (the generator itself took {own:.0f} MB)")
    return 0 if ok else 3


if __name__ == "__main__":
    sys.exit(main())
