"""A kill or a full disk at any moment: an hour is closed whole, once, or not yet."""

import contextlib
import random
import signal
import subprocess
import sys

import pytest

from rabta.clock import HOUR
from rabta.errors import StoreError
from rabta.report.evidence import audit, bundle, check, encode
from rabta.store import Store
from rabta.store.evidence import Leaves
from tests.unit.report.evidence.office import FIRST, Office
from tests.unit.small_disk import needs_a_small_disk
from tests.unit.store.helpers import T0, ping
from tests.unit.store.test_full_disk import on_a_small_disk


pytestmark = pytest.mark.slow

HOURS = 150
KILLS = 12

CLOSE = """
import sys
from pathlib import Path
from rabta.clock import SystemClock
import cryptography.hazmat.primitives.asymmetric.ed25519
import cryptography.hazmat.primitives.serialization
from rabta.report.evidence.log import Log
print("ready", flush=True)
sys.stdin.readline()
with Log.open(Path(sys.argv[1]), clock=SystemClock()) as log:
    if len(sys.argv) > 2:
        log.rotate()
    log.close_hours()
"""


def run(folder, *words):
    """Start a process that is about to close hours."""
    child = subprocess.Popen(
        [sys.executable, "-c", CLOSE, str(folder), *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with child.stdout, child.stdin:
        child.stdout.readline()
        child.stdin.write(b"\n")
    return child


def run_and_kill(folder, rotate, dice):
    """Kill it at a random moment; how many leaves the log has then."""
    child = run(folder, *(["rotate"] if rotate else []))
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(0.02 + 0.3 * dice.random())
    child.kill()
    child.wait()
    with contextlib.suppress(StoreError), Leaves.read(folder) as leaves:
        return len(leaves.hashes())
    return 0


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_a_kill_at_any_moment_leaves_no_hour_out_and_doubles_none(tmp_path):
    office = Office(tmp_path)
    with Store.open(tmp_path, clock=office.clock) as store:
        store.record([ping(T0 + n * HOUR, target="t0") for n in range(HOURS)])
    dice = random.Random(5)
    reached = {run_and_kill(tmp_path, n % 3 == 1, dice) for n in range(KILLS)}

    assert len(reached) > 2, "it was never killed while it closed hours"
    assert run(tmp_path).wait(120) == 0
    assert not audit(tmp_path).broken
    with Leaves.read(tmp_path) as leaves:
        hours = [one.hour for one in leaves.leaves(0, 1 << 40) if one.hour is not None]
    assert hours == list(range(FIRST, FIRST + HOURS))
    verified = check(encode(bundle(tmp_path, T0, T0 + HOURS * HOUR)))
    assert not verified.broken
    assert not any(f.says.key.endswith("key_lost") for f in verified.findings.found)


@needs_a_small_disk
def test_a_full_disk_closes_nothing_and_the_next_run_all_of_it():
    on_a_small_disk(
        """
        from rabta.report.evidence import audit, bundle, check, encode
        from rabta.report.evidence.log import Log
        from rabta.store.evidence import Leaves
        with Store.open(disk, clock=clock) as store:
            store.record(day_of_pings(T0, targets=40, interval=600 * SECOND))
            clock.advance(DAY + HOUR)
            def close():
                with Log.open(disk, clock=clock, boot=lambda: ("", 0)) as log:
                    log.close_hours()
            def closed():
                with Leaves.read(disk) as leaves:
                    return len(leaves.hashes())
            refusals = 0
            for leave in (0, 4096, 20_000, 60_000, 90_000, 130_000, 200_000, 300_000):
                fill(leave)
                try:
                    close()
                except StoreError as error:
                    assert "space" in str(error) or "written" in str(error), error
                    refusals += 1
                ballast.unlink()
                try:
                    assert closed() == 0 or not audit(disk, clock=clock).broken
                except StoreError as error:
                    assert "no evidence" in str(error), error
            assert refusals > 2, refusals
            close()
            assert closed() == 25, closed()
            assert not audit(disk, clock=clock).broken
            made = bundle(disk, T0, T0 + DAY)
            assert not check(encode(made)).broken
        """,
        size="16m",
    )
