"""The real daemon on a real host to which bad things happen."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from rabta.clock import DAY, HOUR, SECOND
from rabta.failure import BUDGET_SPENT
from rabta.model import Kind, Probe

from .namespaces import command, ip
from .running import Running, Status, code, fine, problems
from .world import FOLDER, Lab


pytestmark = [pytest.mark.lab, pytest.mark.slow]


@pytest.fixture
def folder() -> Iterator[Path]:
    place = FOLDER / "daemon"
    place.mkdir()
    yield place
    shutil.rmtree(place)


HONEST = {"fine", "undetermined"}


def lanes_fine(status: Status) -> bool:
    """Whether every uplink works, whatever is said of services."""
    lanes = [one["verdict"]["code"] for one in status["uplinks"]]
    return bool(lanes) and set(lanes) == {"fine"}


def without_uplinks(text: str) -> str:
    """Name no interface: only default routes make an uplink."""
    head, *_ = text.partition("[[uplink]]")
    return head


def test_without_a_default_route_it_says_so_and_begins_when_one_appears(
    lab: Lab, folder: Path
) -> None:
    with ExitStack() as routes, Running(lab, folder, change=without_uplinks) as daemon:
        for uplink in (1, 2):
            routes.enter_context(lab.fault("no-default-route", uplink=uplink))
        daemon.kill()
        with daemon:
            daemon.wait(lambda s: s["host"]["code"] == "no-uplink", 20)
            routes.close()
            status = daemon.wait(fine)

            assert {u["uplink"]["interface"] for u in status["uplinks"]} == {
                isp.interface for isp in lab.isps
            }
            assert daemon.stop() == 0


def test_killed_it_has_lost_nothing_it_had_kept_and_goes_on_with_the_outage(
    lab: Lab, folder: Path
) -> None:
    daemon = Running(lab, folder)
    with daemon:
        daemon.wait(fine)
        with lab.fault("first-hop-dead", uplink=1):
            daemon.wait(lambda s: code(s, "indus") == "isp-access", 20)
            time.sleep(2)
            with daemon.opened() as store:
                kept = store.observations(start=0, stop=2**62, limit=100_000)
                (before,) = store.disruptions(entity="uplink/indus")
            daemon.kill()
            with daemon:
                daemon.wait(lambda s: code(s, "indus") == "isp-access", 30)
                time.sleep(3)
                assert daemon.stop() == 0

    with daemon.opened() as store:
        now = {
            (o.time, o.uplink, o.target, o.probe)
            for o in store.observations(start=0, stop=2**62, limit=200_000)
        }
        assert {(o.time, o.uplink, o.target, o.probe) for o in kept} <= now
        (after,) = store.disruptions(entity="uplink/indus")
    assert (after.id, after.onset, after.end) == (before.id, before.onset, None)
    assert after.kind is Kind.OUTAGE


def test_asked_to_stop_it_leaves_one_complete_store(lab: Lab, folder: Path) -> None:
    with Running(lab, folder) as daemon:
        daemon.wait(fine)
        asked = time.time()

        assert daemon.stop() == 0
        assert time.time() - asked < 8
        assert "everything measured is on disk" in daemon.said
        assert "Traceback" not in daemon.said
    assert not (daemon.store / "rabta.sqlite-wal").exists()
    with daemon.opened() as store:
        (newest,) = store.observations(start=0, stop=2**62, limit=1)
    assert asked - newest.time / SECOND < 2


def test_a_full_disk_is_told_and_what_was_held_is_written_later(
    lab: Lab, folder: Path
) -> None:
    small = folder / "store"
    small.mkdir()
    command(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(small)])
    filler = small / "filler"
    try:
        with Running(lab, folder) as daemon:
            daemon.wait(fine)
            subprocess.run(
                ["dd", "if=/dev/zero", f"of={filler}", "bs=4k"],
                capture_output=True,
                check=False,
            )
            status = daemon.wait(lambda s: "agent.store_refuses" in problems(s), 30)
            full = status["time"]
            daemon.wait(lambda s: s["time"] > full + 3 * SECOND, 15)
            filler.unlink()
            status = daemon.wait(lambda s: not problems(s), 30)
            free = status["time"]
            assert daemon.stop() == 0
            assert "Traceback" not in daemon.said
        with daemon.opened() as store:
            seen = store.observations(start=full, stop=free, limit=100_000)
        times = [one.time for one in seen]
        gaps = [b - a for a, b in pairwise(times)]
        assert max(gaps) < SECOND
    finally:
        command(["umount", str(small)])


def test_a_clock_set_forward_by_a_year_is_told_and_measuring_goes_on(
    lab: Lab, folder: Path
) -> None:
    with Running(lab, folder, module="tests.lab.stepping") as daemon:
        before = daemon.wait(fine)
        os.kill(daemon.process.pid, signal.SIGUSR1)
        status = daemon.wait(lambda s: "agent.clock_stepped" in problems(s), 10)
        assert status["time"] - before["time"] > 364 * DAY

        status = daemon.wait(fine)
        assert status["health"]["last_sample"] - before["time"] > 364 * DAY
        assert daemon.stop() == 0
    with daemon.opened() as store:
        assert store.disruptions() == []


def notes(status: Status) -> set[str]:
    """Return what it says besides its problems."""
    return {one["key"] for one in status["health"]["notes"]}


@pytest.mark.parametrize("asleep", [True, False], ids=["asleep", "set forward"])
def test_hours_that_nobody_measured_are_no_part_of_an_outage(
    lab: Lab, folder: Path, *, asleep: bool
) -> None:
    """It begins before them, and in them the line comes back."""
    by = ["env", f"STEP_SECONDS={8 * HOUR // SECOND}", *(["ASLEEP=1"] * asleep)]
    with Running(lab, folder, module="tests.lab.stepping", before=by) as daemon:
        first = daemon.wait(fine)["time"]
        with lab.fault("first-hop-dead", uplink=1):
            daemon.wait(lambda s: code(s, "indus") == "isp-access", 20)
            time.sleep(3)
            os.kill(daemon.process.pid, signal.SIGUSR1)
            daemon.wait(lambda s: s["time"] > first + 8 * HOUR, 10)
        status = daemon.wait(fine, 90)
        assert ("agent.asleep" in notes(status)) is asleep
        assert ("agent.clock_stepped" in problems(status)) is not asleep
        assert daemon.stop() == 0
        assert "Traceback" not in daemon.said
    with daemon.opened() as store:
        (one,) = store.disruptions(entity="uplink/indus")
    assert one.end is not None
    assert one.end - one.onset > 8 * HOUR
    assert abs(one.unobserved_seconds - 8 * 3600) < 5
    assert 3 < one.lasted(one.end) < 60


def test_a_line_that_came_back_while_nothing_ran_was_not_down_meanwhile(
    lab: Lab, folder: Path
) -> None:
    daemon = Running(lab, folder)
    with daemon:
        daemon.wait(fine)
        with lab.fault("first-hop-dead", uplink=1):
            daemon.wait(lambda s: code(s, "indus") == "isp-access", 20)
            time.sleep(3)
            daemon.kill()
        time.sleep(20)
        with daemon:
            daemon.wait(fine)
            assert daemon.stop() == 0
    with daemon.opened() as store:
        (one,) = store.disruptions(entity="uplink/indus")
    assert one.end is not None
    assert 20 < one.unobserved_seconds < 60
    assert one.lasted(one.end) < (one.end - one.onset) / SECOND - 20


@pytest.mark.parametrize("step", [HOUR, 365 * DAY], ids=["an hour", "a year"])
def test_a_clock_set_back_and_forward_again_invents_nothing(
    lab: Lab, folder: Path, step: int
) -> None:
    """It is told, measuring goes on, and every series is whole and in order.

    A year back no certificate is valid yet: services fail, and nobody is accused.
    """
    by = ["env", f"STEP_SECONDS={step // SECOND}"]
    with Running(lab, folder, module="tests.lab.stepping", before=by) as daemon:
        first = daemon.wait(fine)["time"]
        os.kill(daemon.process.pid, signal.SIGUSR2)
        status = daemon.wait(lambda s: "agent.clock_stepped" in problems(s), 10)
        assert 0 < first - status["time"] + 15 * SECOND - step < 30 * SECOND
        back = daemon.wait(lanes_fine)["time"]
        time.sleep(10)

        still = daemon.status()
        assert {one["verdict"]["code"] for one in still["uplinks"]} == {"fine"}
        assert {one["verdict"]["code"] for one in still["services"]} <= HONEST
        assert back < still["health"]["last_sample"] < back + 60 * SECOND
        os.kill(daemon.process.pid, signal.SIGUSR1)
        daemon.wait(lambda s: s["time"] > first, 10)
        assert daemon.wait(fine, 90)["time"] > first
        time.sleep(5)
        assert daemon.stop() == 0
        assert "Traceback" not in daemon.said
        assert daemon.said.count("the clock stepped by") == 2
    with daemon.opened() as store:
        broken = {one.entity.partition("/")[0] for one in store.disruptions()}
        assert broken <= ({"service"} if step > DAY else set())
        seen = store.observations(start=0, stop=2**62, limit=200_000)
        entities = "host", "uplink/indus", "uplink/ravi", "service/code"
        said = [v for one in entities for v in store.verdicts(one, 0, 2**62)]
        gaps = store.gaps(0, 2**62)
    assert {verdict.code for verdict in said} <= HONEST
    for one in gaps:  # what lies between the two times, and no more
        assert one.stop - one.start <= step
    series: dict[tuple[Any, ...], list[int]] = {}
    for one in seen:
        key = one.uplink, one.family, one.target, one.probe
        series.setdefault(key, []).append(one.time)
    for times in series.values():
        assert all(a < b for a, b in pairwise(times))
    assert sum(abs(one.time - back) < 10 * SECOND for one in seen) > 100
    assert sum(first < one.time for one in seen) > 100


def test_a_metered_uplink_keeps_its_budget_and_is_not_accused(
    lab: Lab, folder: Path
) -> None:
    budget = 150_000

    def metered(text: str) -> str:
        own = '[[uplink]]\ninterface = "wan1"\n'
        allowed = f"metered = true\nbudget_mb_per_day = {budget / 1e6}\n"
        return text.replace(own, own + allowed)

    def wire() -> int:
        """Octets of all packets both ways: nobody is charged for Ethernet's headers."""
        said = command(
            ["nsenter", "--net=/run/netns/host", "ip", "-s", "link", "show", "wan1"]
        )
        lines = said.splitlines()
        counted = [lines[at].split()[:2] for at in (3, 5)]
        return sum(int(octets) - 14 * int(frames) for octets, frames in counted)

    def lane(status: Status) -> dict[str, Any]:
        (found,) = (one for one in status["uplinks"] if one["uplink"]["metered"])
        return found

    with Running(lab, folder, change=metered) as daemon:
        began, since = wire(), time.monotonic()
        daemon.wait(lambda status: bool(status["uplinks"]), 30)
        time.sleep(40)
        seen = lane(daemon.status())
        crossed, seconds = wire() - began, time.monotonic() - since
        assert daemon.stop() == 0

    assert seen["budget_bytes"] == budget
    assert 0 < seen["spent_bytes_today"] <= budget
    # what stays on the local link is free: ARP and pings of the gateway
    assert crossed < budget + seconds * 1000
    assert seen["verdict"]["state"] not in ("down", "degraded", "mixed")
    with daemon.opened() as store:
        spent = store.observations(start=0, stop=2**62, uplink="indus", limit=50_000)
        assert any(one.failure == BUDGET_SPENT for one in spent)
        assert all(d.entity != "uplink/indus" for d in store.disruptions())


def test_without_raw_sockets_it_measures_all_the_same(lab: Lab, folder: Path) -> None:
    unable = ["setpriv", "--bounding-set=-net_raw", "--"]
    with Running(lab, folder, before=unable) as daemon:
        effective = Path(f"/proc/{daemon.process.pid}/status")
        daemon.wait(fine)
        time.sleep(3)
        (line,) = (t for t in effective.read_text().splitlines() if "CapEff" in t)
        assert not int(line.split()[1], 16) >> 13 & 1  # CAP_NET_RAW
        assert daemon.stop() == 0
        assert "Traceback" not in daemon.said
    with daemon.opened() as store:
        seen = store.observations(start=0, stop=2**62, limit=50_000)
    for probe in (Probe.TCP, Probe.DNS, Probe.NEIGHBOUR):
        assert any(one.ok and one.probe is probe for one in seen), {
            one.failure for one in seen if one.probe is probe
        }


def test_an_interface_that_vanishes_is_named_and_the_other_goes_on(
    lab: Lab, folder: Path
) -> None:
    """Last of all: the lab does not get its first uplink back."""
    with Running(lab, folder) as daemon:
        daemon.wait(fine)
        ip("host", "link del wan1")
        status = daemon.wait(lambda s: code(s, "indus") == "lan-link", 20)

        assert code(status, "ravi") == "fine"
        assert status["host"]["state"] == "degraded"
        time.sleep(3)
        assert daemon.status()["health"]["last_sample"] > status["time"]
        assert daemon.stop() == 0
        assert "Traceback" not in daemon.said
