"""A throughput test that was configured is made, paid for, and shown."""

import json
import sys
import time
from functools import partial

import pytest

from rabta.clock import SECOND
from rabta.model import Observation, Probe
from rabta.model.target import DOWNLOAD, UPLOAD

from . import plan
from .running import Running, Status
from .servers.ports import NDT
from .world import FOLDER, Lab


pytestmark = [pytest.mark.lab, pytest.mark.slow]

_SERVER = plan.member(plan.SITES["west"], 10)[0]
_TEST = f"""
[throughput]
server = "wss://{_SERVER}:{NDT}"
interval = "60 s"
"""
_TARGETS = (DOWNLOAD, UPLOAD)


def stored(daemon: Running) -> dict[str, list[Observation]]:
    """Return what was measured over the first uplink, by target."""
    now = time.time_ns() // 1000
    with daemon.opened() as store:
        seen = store.observations(
            start=now - 600 * SECOND,
            stop=now + SECOND,
            uplink="indus",
            probe=Probe.THROUGHPUT,
        )
    return {t: [o for o in seen if o.target == t and o.ok] for t in _TARGETS}


def made(daemon: Running, status: Status) -> bool:
    """Whether both directions are stored and the lane shows the one that comes down."""
    seen = stored(daemon)
    return all(seen.values()) and rate(status) in {o.value for o in seen[DOWNLOAD]}


def rate(status: Status) -> float | None:
    """Return the throughput of the first uplink over IPv4."""
    lanes = [u for u in status["uplinks"] if u["uplink"]["name"] == "indus"]
    lines = [one for lane in lanes for one in lane["lines"] if one["family"] == 4]
    return next((one["throughput_bits_per_second"] for one in lines), None)


def test_a_test_over_the_line_is_stored_paid_for_and_shown(lab: Lab) -> None:
    with Running(lab, FOLDER / "ndt", change=lambda text: text + _TEST) as daemon:
        status = daemon.wait(partial(made, daemon), 90)
        argv = [sys.executable, "-m", "rabta", "status", "--json"]
        said = lab.run([*argv, "--config", str(daemon.file)]).stdout
        seen = stored(daemon)

    measured = {one.value for one in seen[DOWNLOAD]}
    lane = next(u for u in status["uplinks"] if u["uplink"]["name"] == "indus")
    cost = sum(one.spent_bytes for several in seen.values() for one in several)
    assert rate(status) in measured
    assert rate(json.loads(said)) in measured
    assert min(one.spent_bytes for one in seen[DOWNLOAD]) > 2 << 20
    assert cost > 4 << 20
    assert lane["spent_bytes_today"] >= 4 << 20
