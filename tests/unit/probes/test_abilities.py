"""What the machine permits: tried for real, with rights and without."""

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from rabta.probes.abilities import (
    PING_COMMAND,
    Ability,
    Cure,
    Permission,
    as_running,
    cure_for,
    grant_raw_command,
    permissions,
)


LISTED = (
    "import json; from dataclasses import asdict;"
    "from rabta.probes.abilities import permissions;"
    "print(json.dumps([asdict(p) for p in permissions()]))"
)
WITHOUT_CAPABILITIES = (
    *("setpriv", "--securebits", "+noroot,+noroot_locked"),
    *("--inh-caps=-all", "--ambient-caps=-all"),
)


def listed(*before: str) -> dict[str, dict[str, object]]:
    command = ["unshare", "-rn", *before, sys.executable, "-c", LISTED]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return {one["ability"]: one for one in json.loads(done.stdout)}


def test_every_ability_is_tried_once():
    found = permissions()

    assert {one.ability for one in found} == set(Ability)
    assert len(found) == len(Ability)


def test_what_is_refused_says_why():
    for one in permissions():
        assert bool(one.reason) != one.permitted


@pytest.mark.lab
@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")
def test_root_of_a_namespace_may_do_everything():
    found = listed()

    refused = {name for name, one in found.items() if not one["permitted"]}
    assert refused <= {"ping-socket"}


@pytest.mark.lab
@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")
def test_without_capabilities_raw_and_packet_sockets_are_refused():
    found = listed(*WITHOUT_CAPABILITIES)

    refused = {name for name, one in found.items() if not one["permitted"]}
    assert {"raw-icmp", "packet"} <= refused
    assert "Operation not permitted" in found["raw-icmp"]["reason"]
    assert found["raw-icmp"]["cure"] == Cure.SETCAP
    # these need no rights
    assert refused <= {"raw-icmp", "packet", "ping-socket"}


@pytest.mark.lab
@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")
def test_out_of_bounds_no_command_is_offered_that_would_break_python():
    """A file capability outside the bounding set makes exec fail (capabilities(7))."""
    found = listed(*WITHOUT_CAPABILITIES, "--bounding-set=-net_raw")

    assert found["raw-icmp"]["cure"] == Cure.CONTAINER


def test_cures():
    free = "CapBnd:\t000001ffffffffff\nNoNewPrivs:\t0\n"
    bound = "CapBnd:\t0000000000000000\nNoNewPrivs:\t0\n"
    confined = free.replace("Privs:\t0", "Privs:\t1")

    assert cure_for(Ability.RAW_ICMP, free) is Cure.SETCAP
    assert cure_for(Ability.BIND_DEVICE, free) is Cure.SETCAP
    assert cure_for(Ability.PACKET, bound) is Cure.CONTAINER
    assert cure_for(Ability.PACKET, confined) is Cure.CONTAINER
    assert cure_for(Ability.PING_SOCKET, bound) is Cure.SYSCTL
    assert cure_for(Ability.RAW_ICMP, "") is Cure.ADMINISTRATOR
    assert cure_for(Ability.NETLINK, free) is Cure.NONE


def test_a_running_process_has_what_it_was_started_with():
    raw = Permission(Ability.RAW_ICMP, permitted=True)
    ping = Permission(Ability.PING_SOCKET, permitted=True)
    refused = Permission(Ability.RAW_ICMP, False, "no", Cure.SETCAP)
    bounds = "CapBnd:\t000001ffffffffff\nNoNewPrivs:\t0\n"
    without, with_raw = (f"CapEff:\t{x}\n{bounds}" for x in ("00", "2000"))

    assert as_running((raw, ping), with_raw) == (raw, ping)
    lost, same = as_running((raw, ping), without)
    assert (lost.permitted, lost.cure, same) == (False, Cure.RESTART, ping)
    assert as_running((refused,), with_raw) == (raw,)
    assert as_running((refused,), without) == (refused,)


def test_the_command_names_a_file_that_can_carry_a_capability():
    file = Path(shlex.split(grant_raw_command())[-1])

    assert file.is_file()
    assert not file.is_symlink()
    assert file.resolve() == Path(sys.executable).resolve()


@pytest.mark.skipif(
    sys.platform != "linux"
    or os.geteuid() != 0
    or not all(map(shutil.which, ("setcap", "setpriv"))),
    reason="needs root, setcap and setpriv",
)
def test_the_command_grants_what_it_says(tmp_path: Path):
    """On a copy of Python, run by a user without any rights."""
    system = Path("/usr/bin/python3").resolve()
    if not system.exists():
        pytest.skip("no Python of the system")
    copy = tmp_path / "python"
    shutil.copy(system, copy)
    for folder in (tmp_path, *tmp_path.parents[:-2]):
        folder.chmod(folder.stat().st_mode | 0o011)
    trial = "import socket; socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)"
    nobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
    run = [*nobody, str(copy), "-I", "-c", trial]
    assert subprocess.run(run, capture_output=True, check=False).returncode != 0

    sudo, *command = shlex.split(grant_raw_command())
    subprocess.run([*command[:-1], str(copy)], check=True)

    assert sudo == "sudo"
    subprocess.run(run, check=True)


@pytest.mark.lab
@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")
def test_the_sysctl_command_grants_ping_sockets():
    """In a network namespace of its own, which has its own group range."""
    _, sysctl, flag, setting = shlex.split(PING_COMMAND)
    assert (sysctl, flag) == ("sysctl", "-w")
    name, _, value = setting.partition("=")
    # only the groups of this namespace can be written here
    low, high = value.split()
    assert (low, int(high) > 65535) == ("0", True)
    script = (
        f"echo 0 0 > /proc/sys/{name.replace('.', '/')};"
        f'exec {shlex.join(WITHOUT_CAPABILITIES)} "$@"'
    )

    found = listed("sh", "-c", script, "sh")

    assert found["ping-socket"]["permitted"]
    assert not found["raw-icmp"]["permitted"]
