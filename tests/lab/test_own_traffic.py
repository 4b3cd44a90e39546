"""A line that this machine fills itself: real bytes, the kernel's real counters."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from .daemon import Codes, Rabta, all_fine
from .world import FOLDER, Lab


pytestmark = [pytest.mark.lab, pytest.mark.slow]

_DOMESTIC = "111.68.1.10"
_QUIET = 45.0
"""Seconds in which it is learnt what is usual."""


@contextmanager
def download(lab: Lab) -> Iterator[None]:
    """Load a page over the first uplink again and again."""
    script = f"while :; do curl -s -o /dev/null http://{_DOMESTIC}/bytes/5000000; done"
    with lab.popen(["sh", "-c", script], start_new_session=True) as process:
        try:
            yield
        finally:
            os.killpg(process.pid, 9)


def test_a_download_that_fills_the_line_is_told_as_this_machines_own(lab: Lab) -> None:
    """Not as a fault of the provider: the interface's counters grew with the delay."""
    with Rabta(lab, FOLDER / "rabta", pace=0.2) as rabta:
        assert rabta.wait(all_fine, 60, 5) is not None, rabta.codes
        time.sleep(_QUIET)
        with lab.fault("slow-line", uplink=1, rate=2e6, queue=1.0), download(lab):

            def named(codes: Codes) -> bool:
                return codes["uplink/indus"] == "bufferbloat"

            assert rabta.wait(named, 120, 2) is not None, rabta.codes
            time.sleep(5)
            verdict = _verdict(rabta, "uplink/indus")

    args = dict(map(tuple, verdict["sentence"]["args"].items()))
    evidence = {one["id"]: one["nats"] for one in verdict["evidence"]}
    assert verdict["sentence"]["key"] == "verdict.bufferbloat-own"
    assert 1e6 < args["rate"] < 2.5e6
    assert evidence["traffic-received"] > 0


def _verdict(rabta: Rabta, entity: str) -> dict[str, Any]:
    uplinks: list[dict[str, Any]] = rabta.get("/api/status")["uplinks"]
    return next(u["verdict"] for u in uplinks if u["verdict"]["entity"] == entity)
