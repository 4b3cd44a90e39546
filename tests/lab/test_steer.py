"""Real routes on a real host: what moves, how soon, and what is left behind."""

import contextlib
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from .daemon import Rabta, all_fine
from .namespaces import inside
from .plan import ISPS
from .steering import ANCHOR, FIRST, SECOND, ours, steering
from .world import FOLDER, Lab


pytestmark = [pytest.mark.lab, pytest.mark.slow]


@pytest.fixture(scope="module")
def rabta(lab: Lab) -> Iterator[Rabta]:
    with Rabta(lab, FOLDER / "steered", pace=0.2) as running:
        assert running.wait(all_fine, 60, 3) is not None, running.codes
        yield running


@contextlib.contextmanager
def steered(lab: Lab, rabta: Rabta) -> Iterator[subprocess.Popen[bytes]]:
    """Steer, and look that it began and that nothing of it is left."""
    try:
        with steering(lab, rabta) as process:
            assert ours(lab)
            yield process
    finally:
        print((FOLDER / "steer.log").read_text())
    assert not ours(lab)


def until(true, seconds: float) -> float:
    """Wait until *true* says so; the seconds it took."""
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < seconds
        time.sleep(0.01)
    return time.monotonic() - began


def source(patience: float = 0.3) -> str:
    """Connect as any program does; the address it went out by, empty for nowhere."""
    with inside("host"), socket.socket() as plain:
        plain.settimeout(patience)
        with contextlib.suppress(OSError):
            plain.connect(ANCHOR)
            return str(plain.getsockname()[0])
    return ""


def kept() -> socket.socket:
    """Return a connection that stays open, as one of a call or a shell does."""
    with inside("host"):
        return socket.create_connection(ANCHOR, 2)


def ended(connection: socket.socket) -> bool:
    connection.setblocking(False)
    try:
        return connection.recv(1) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


def test_a_black_hole_moves_traffic_and_ends_what_hangs_on_it(
    lab: Lab, rabta: Rabta
) -> None:
    with steered(lab, rabta), contextlib.ExitStack() as open_ones:
        assert source(2.0) == FIRST
        hanging = open_ones.enter_context(kept())
        with lab.fault("first-hop-dead", uplink=1):
            until(lambda: source() == SECOND, 10)
            until(lambda: ended(hanging), 3)
            living = open_ones.enter_context(kept())
        time.sleep(1.0)
        assert not ended(living)
        assert source(2.0) == SECOND  # it must prove itself first
    assert source(2.0) == FIRST


def test_a_lost_carrier_moves_traffic(lab: Lab, rabta: Rabta) -> None:
    assert rabta.wait(all_fine, 60, 1) is not None
    with steered(lab, rabta), contextlib.ExitStack() as faults:
        before = source(2.0)
        carrier = 1 if before == FIRST else 2
        faults.enter_context(lab.fault("link-down", uplink=carrier))
        until(lambda: source() not in {"", before}, 5)
        words = ["steer", "--json", "--config", str(rabta.file)]
        said = lab.run([sys.executable, "-m", "rabta", *words])
        told = json.loads(said.stdout)
        assert told["applied"]
        assert {one["uplink"] for one in told["carriers"]} == {ISPS[2 - carrier].name}
        assert told["moves"][-1]["why"]["en"]


def test_what_is_killed_leaves_no_route_behind(lab: Lab, rabta: Rabta) -> None:
    with steered(lab, rabta) as process:
        process.kill()
        until(lambda: not ours(lab), 10)
    assert source(2.0) == FIRST


def test_without_the_rights_it_says_so_and_sets_nothing(lab: Lab, rabta: Rabta) -> None:
    words = ["steer", "--apply", "--config", str(rabta.file)]
    argv = ["setpriv", "--bounding-set=-net_admin", "--inh-caps=-net_admin"]
    done = lab.run([*argv, sys.executable, "-m", "rabta", *words])
    assert done.returncode == 1
    assert "CAP_NET_ADMIN" in done.stderr
    assert not ours(lab)


def test_nothing_is_set_where_another_program_chooses_routes(
    lab: Lab, rabta: Rabta
) -> None:
    rule = ["pref", "32764", "lookup", "51820"]
    lab.run(["ip", "rule", "add", *rule])
    try:
        argv = [sys.executable, "-m", "rabta", "steer", "--apply"]
        done = lab.run([*argv, "--config", str(rabta.file)])
        assert done.returncode == 1
        assert "32764" in done.stderr
        assert not ours(lab)
    finally:
        lab.run(["ip", "rule", "del", *rule])
