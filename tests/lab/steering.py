"""A real ``rabta steer --apply`` on the lab's host, beside its daemon."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from .daemon import Rabta
from .plan import ISPS
from .world import FOLDER, ROOT, Lab


ANCHOR = ("1.1.1.1", 443)
FIRST, SECOND = (isp.host4 for isp in ISPS[:2])
_PATIENCE = 30.0


@contextmanager
def steering(lab: Lab, rabta: Rabta) -> Iterator[subprocess.Popen[bytes]]:
    """Steer while inside, beginning when the first rules are there."""
    argv = [sys.executable, "-m", "rabta", "steer", "--apply", "--json"]
    with (FOLDER / "steer.log").open("ab") as log:
        process = lab.popen(
            [*argv, "--config", str(rabta.file)],
            cwd=ROOT,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        end = time.monotonic() + _PATIENCE
        while not ours(lab) and time.monotonic() < end:
            time.sleep(0.01)
        yield process
    finally:
        process.terminate()
        process.wait(20)


def ours(lab: Lab) -> list[str]:
    """Return every rule and route that steering added."""
    found = []
    for family in ("-4", "-6"):
        for what in (["rule"], ["route", "show", "table", "all"]):
            told = lab.run(["ip", family, *what])
            found += [line for line in told.stdout.splitlines() if "proto 142" in line]
    return found
