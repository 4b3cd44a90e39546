"""The whole daemon for a while at many times its pace: is memory flat?

What ``soak.py`` leaves out is in: real sockets, the runner, the writing thread, the
server with somebody who watches. ``rabta up`` runs on the lab's host with two uplinks
and both families, every interval a tenth, and the first uplink is cut for five seconds
in each minute. Resident memory, open files and threads are read from /proc; from the
fifth minute on memory may not grow by more than 5 %, and files may not grow at all
beyond what probes under way hold.

    python -m benchmarks.soak.daemon [--minutes 30]
"""

import argparse
import sys
import time
from pathlib import Path

from benchmarks.rest.run import leaf, resident
from benchmarks.soak.soak import ALLOWED_GROWTH
from tests.lab import Lab, run_inside
from tests.lab.daemon import Rabta, all_fine


PACE = 0.1
SETTLED = 5
"""Minutes after which caches and baselines are full."""
FILES = 40


def main() -> int:
    """Enter namespaces, then measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=int, default=30)
    arguments = parser.parse_args()
    code = run_inside("benchmarks.soak.daemon")
    return _inside(arguments.minutes) if code is None else code


def _inside(minutes: int) -> int:
    folder = Path("/run/rabta")
    readings: list[tuple[float, int]] = []
    with Lab(2) as lab, Rabta(lab, folder, pace=PACE) as rabta:
        if rabta.wait(all_fine, 90, 5) is None:
            raise SystemExit(f"not fine to begin with: {rabta.codes}")
        pid = leaf(rabta._process.pid)  # noqa: SLF001
        print("minute    RSS MB   files   threads", flush=True)
        for minute in range(1, minutes + 1):
            end = time.monotonic() + 60
            with lab.fault("first-hop-dead", uplink=1):
                time.sleep(5)
            while (left := end - time.monotonic()) > 0:
                rabta.get("/api/status")
                time.sleep(min(1.0, left))
            files = len(list(Path(f"/proc/{pid}/fd").iterdir()))
            threads = len(list(Path(f"/proc/{pid}/task").iterdir()))
            readings.append((resident(pid), files))
            print(
                f"{minute:6} {readings[-1][0]:9.1f} {files:7} {threads:9}", flush=True
            )
        events = rabta.get("/api/events?limit=1000")
    first, last = readings[min(SETTLED, minutes) - 1], readings[-1]
    growth = last[0] / first[0] - 1
    hourly = (last[0] - first[0]) / max(1, minutes - SETTLED) * 60
    print(f"disruptions: {len(events)}; since minute {SETTLED}: {growth:+.1%}", end="")
    print(f", {hourly:+.2f} MB an hour at {1 / PACE:g} times the pace")
    flat = growth <= ALLOWED_GROWTH and last[1] <= first[1] + FILES
    return 0 if flat else 3  # a bar was missed


if __name__ == "__main__":
    sys.exit(main())
