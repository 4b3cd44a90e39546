"""Processes killed at random instants: real ones, by SIGKILL."""

import random
import signal
import subprocess
import sys
import time

import pytest

from rabta.clock import DAY, HOUR, MINUTE, SECOND
from rabta.store import Store

from .helpers import T0, all_of, day_of_pings, ordered


pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL"),
]

RECORD = """
import sys
from pathlib import Path
from rabta.clock import SECOND, ManualClock
from rabta.store import Store
from tests.unit.store.helpers import ping, verdict
folder, start = Path(sys.argv[1]), int(sys.argv[2])
with Store.open(folder, clock=ManualClock(start)) as store:
    number = 0
    while True:
        batch = [ping(start + number * SECOND + n, target=f"t{n}") for n in range(40)]
        store.record(batch)
        print(f"rows {number}\\n", end="", flush=True)
        if number % 10 == 0:
            store.put_verdict(verdict(start + number))
            print(f"verdict {start + number}\\n", end="", flush=True)
        number += 1
"""


def test_what_was_acknowledged_survives_a_kill_while_recording(folder, clock):
    """Whole batches, each once, verdicts too; the store opens and goes on."""
    rng = random.Random(11)
    rows, verdicts = set(), set()
    for attempt in range(10):
        start = T0 + attempt * HOUR
        told = run_and_kill(RECORD, folder, start, after=0.05 + 0.4 * rng.random())
        for line in told:
            word, number = line.split()
            if word == "rows":
                rows |= {start + int(number) * SECOND + n for n in range(40)}
            else:
                verdicts.add(int(number))
    assert len(rows) > 1000

    with Store.open(folder, clock=clock) as store:
        found = [o.time for o in all_of(store)]
        assert len(set(found)) == len(found)
        assert rows <= set(found)
        assert len(found) % 40 == 0
        kept = {one.time for one in store.verdicts("uplink/ptcl", 0, T0 + DAY, 10**6)}
        assert verdicts <= kept


SEAL = """
import sys
from pathlib import Path
from rabta.clock import ManualClock
from rabta.store import Store
with Store.open(Path(sys.argv[1]), clock=ManualClock(int(sys.argv[2]))) as store:
    print("sealing", flush=True)
    store.seal()
    print("sealed", flush=True)
"""


def test_a_kill_while_sealing_loses_and_doubles_nothing(folder, clock):
    """However far it came; in the end everything is sealed once."""
    rng = random.Random(5)
    told = [
        one
        for day in range(6)
        for one in day_of_pings(T0 + day * DAY, targets=12, interval=30 * MINUTE)
    ]
    with Store.open(folder, clock=clock) as store:
        store.record(told)
    cut_off = 0
    longest = 0.4  # seconds until the kill, made to fit this machine
    for attempt in range(14):
        now = T0 + 5 * DAY + attempt * 6 * HOUR
        lines = run_and_kill(SEAL, folder, now, after=longest * rng.random())
        if "sealed" in lines:
            longest *= 0.6
        else:
            cut_off += 1
            longest *= 1.2
        with Store.open(folder, clock=clock) as store:
            assert ordered(told) == ordered(all_of(store))
    assert cut_off >= 3
    clock.advance(9 * DAY)

    with Store.open(folder, clock=clock) as store:
        store.seal()
        assert store.newest() is None
        assert ordered(told) == ordered(all_of(store))
        for info in store.series():
            hours = store.points(info.id, start=T0, stop=T0 + 6 * DAY)
            assert sum(hours.sent) == 288
    assert not list(folder.rglob("*.tmp"))


def run_and_kill(script, folder, argument, *, after):
    """Kill *script* some time after its first word; the lines it got out."""
    with subprocess.Popen(
        [sys.executable, "-c", script, str(folder), str(argument)],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        time.sleep(after)
        process.kill()
        rest = process.stdout.read()
    whole, _, _torn = (first + rest).rpartition("\n")
    return whole.splitlines()  # what the kill tore was not acknowledged
