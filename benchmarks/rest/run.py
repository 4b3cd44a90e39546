"""What the daemon costs at rest: three uplinks, forty targets on each.

``rabta up`` runs on the lab's host with three uplinks; after a minute its CPU time and
resident memory are read over a minute. IPv4 alone is the bar's case (3 x 40); both
families, twice the lines, are printed beside it.

    python -m benchmarks.rest.run [--short]
"""

import argparse
import os
import sqlite3
import sys
import tempfile
import time
import tomllib
from contextlib import closing
from pathlib import Path

from tests.lab import Lab, left_out, start_inside
from tests.lab.targets import write_configuration


CPU_SHARE = 0.02
RSS_MEGABYTES = 120
TARGETS = 40
_UNCOMPILED = "PYTHONDONTWRITEBYTECODE"
"""Set by builds and tests; a user's interpreter compiles a module once and keeps it."""
_TICKS = os.sysconf("SC_CLK_TCK")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help="20 s, and IPv4 alone")
    parser.add_argument("--inside", choices=("4", "46"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    seconds = 20 if arguments.short else 60
    if arguments.inside:
        return measure(arguments.inside, seconds)
    if left_out():
        return 0
    print("families   lines   targets each   CPU of one core    RSS MB")
    codes = [
        start_inside("benchmarks.rest.run", "--inside", families).wait()
        for families in (("4",) if arguments.short else ("4", "46"))
    ]
    return codes[0]


def measure(families: str, seconds: int) -> int:
    """Run the daemon in a lab of its own; the bar is held to IPv4 alone."""
    with Lab(3) as lab, tempfile.TemporaryDirectory() as folder:
        if families == "4":
            off = "net.ipv6.conf.all.disable_ipv6=1"
            lab.run(["sysctl", "-qw", off])
        file = write_configuration(Path(folder), 3)
        trim(Path(folder) / "targets.toml")
        program = [sys.executable, "-m", "rabta", "up", "--config", str(file)]
        user = {k: v for k, v in lab.environment.items() if k != _UNCOMPILED}
        with (Path(folder) / "log").open("wb") as log:
            daemon = lab.popen(program, env=user, stdout=log, stderr=log)
        time.sleep(seconds)
        pid = leaf(daemon.pid)
        before = cpu_seconds(pid)
        time.sleep(seconds)
        share = (cpu_seconds(pid) - before) / seconds
        rss = resident(pid)
        daemon.terminate()
        daemon.wait(20)
        lines, targets = counted(Path(folder) / "store" / "rabta.sqlite")
    print(f"{families:8} {lines:7} {targets:14} {share:16.2%} {rss:9.1f}", flush=True)
    if families != "4" or (share <= CPU_SHARE and rss <= RSS_MEGABYTES):
        return 0
    bars = f"{CPU_SHARE:.0%}, {RSS_MEGABYTES} MB"
    print(f"missed: {share:.2%} of a core, {rss:.0f} MB (bars {bars})")
    return 3


def trim(file: Path) -> None:
    """Keep forty targets a line: gateway, first hop and resolvers come on top of 34."""
    document = file.read_text("utf-8")
    tables = document.split("[[target]]")
    head, targets, tail = tables[0], tables[1:-1], tables[-1]
    last, _, rest = tail.partition("[[")
    targets.append(last)
    v4 = [one for one in targets if ":" not in tomllib.loads(one).get("host", "")]
    kept = v4[: TARGETS - 6]
    both = [one for one in targets if one not in v4]
    body = "".join(f"[[target]]{one}" for one in kept + both[: TARGETS - 6])
    file.write_text(head + body + (f"[[{rest}" if rest else ""), "utf-8")


def counted(file: Path) -> tuple[int, int]:
    """Return how many lines were measured, and the most targets of any."""
    with closing(sqlite3.connect(file)) as database:
        rows = database.execute(
            "SELECT vantage, count(DISTINCT target) FROM series GROUP BY vantage"
        ).fetchall()
    return len(rows), max(count for _, count in rows)


def leaf(pid: int) -> int:
    """Return the process that *pid* became or started last: nsenter stays between."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
    return leaf(int(children[-1])) if children else pid


def cpu_seconds(pid: int) -> float:
    """Return user and system time of *pid*, children it waited for left out."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def resident(pid: int) -> float:
    """Return the resident set in megabytes."""
    for line in Path(f"/proc/{pid}/status").read_text("ascii").splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) * 1024 / 1e6
    raise RuntimeError("no VmRSS")


if __name__ == "__main__":
    sys.exit(main())
