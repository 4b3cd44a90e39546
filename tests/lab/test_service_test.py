"""``rabta test`` and ``rabta helper`` as people run them."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rabta.clock import SystemClock
from rabta.store import Store

from . import plan
from .abroad import helper, write
from .world import Lab


pytestmark = pytest.mark.lab
URL = f"https://{plan.SERVICE['code'].host}/"
FOLDER = Path("/run/rabta")


@pytest.fixture(scope="module")
def file(lab: Lab) -> Iterator[Path]:
    """Write a configuration beside a helper that runs."""
    with helper(lab, FOLDER / "helper") as told:
        yield write(FOLDER, 2, 0.002, told)


def run(lab: Lab, file: Path, *words: str) -> dict[str, Any]:
    argv = [sys.executable, "-m", "rabta", *words, "--json", "--config", str(file)]
    done = lab.run(argv, timeout=240)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_it_runs_for_nobody_who_did_not_agree(lab: Lab, file: Path) -> None:
    """Without a terminal to ask at it says what it would do, and ends with 2."""
    argv = [sys.executable, "-m", "rabta", "test", URL, "--config", str(file)]
    done = lab.run(argv)
    assert done.returncode == 2
    assert "--agree" in done.stderr


def test_a_ban_on_both_networks_is_named_as_the_helper_gets_through(
    lab: Lab, file: Path
) -> None:
    """No line vouches for the other: it is the helper that tells a ban from a fault."""
    with lab.fault("ip-blocked", uplinks=(1, 2), how="reset"):
        found = run(lab, file, "test", URL, "--agree")
    assert found["control"] == "helper"
    lines = [one for one in found["lines"] if one["family"] == 4]
    assert {one["uplink"] for one in lines} == {isp.name for isp in plan.ISPS[:2]}
    assert [one["mechanisms"] for one in lines] == [["tcp.refused"]] * 2
    with Store.open(FOLDER / "store", clock=SystemClock(), beside=True) as store:
        told = store.reports(start=0, stop=2**62, entity=f"service/{URL}")
    assert {one.cause for one in told} == {"tcp.refused"}


def test_filters_on_a_name_in_quic_and_on_encrypted_hellos_are_named_where_they_are(
    lab: Lab, file: Path
) -> None:
    """On one network and while they last, though the service itself is reached."""
    first, second = (isp.name for isp in plan.ISPS[:2])

    def named() -> dict[str, tuple[list[str], list[str]]]:
        return {
            one["uplink"]: (one["mechanisms"], one["aside"])
            for one in run(lab, file, "test", URL, "--agree")["lines"]
            if one["family"] == 4
        }

    with lab.fault("quic-name-blocked"), lab.fault("ech-blocked"):
        assert named() == {
            first: (["quic.timeout.sni"], ["tls.reset.ech"]),
            second: ([], []),
        }
    assert named() == {first: ([], []), second: ([], [])}


def test_a_host_header_that_is_slowed_down_is_told_by_pairs_at_the_helper(
    lab: Lab, file: Path
) -> None:
    """Both names go to the helper over plain HTTP; the other network is as before."""
    url = f"http://{plan.SERVICE['docs'].host}/"
    with lab.fault("throttled", service="docs", rate=4e6, by="host"):
        found = run(lab, file, "test", url, "--throttling", "--agree")
    assert (found["plain"], found["against"]) == (True, "helper")
    told = {
        one["uplink"]: (one["pace"]["throttled"], one["pace"]["decided"])
        for one in found["lines"]
        if one["family"] == 4
    }
    first, second = (isp.name for isp in plan.ISPS[:2])
    assert told == {first: (True, True), second: (False, True)}
    with Store.open(FOLDER / "store", clock=SystemClock(), beside=True) as store:
        reports = store.reports(start=0, stop=2**62, entity=f"service/{url}")
    assert {one.cause for one in reports} == {"http.throttle.host"}


def test_doctor_tells_whether_the_helper_answers(lab: Lab, file: Path) -> None:
    """It asks over a line of the host."""
    findings = run(lab, file, "doctor")["findings"]
    said = next(one for one in findings if one["id"] == "helper")
    assert said["mark"] == "ok"
