"""``rabta doctor`` as people and scripts run it."""

import json
import os
import subprocess
import sys
from functools import lru_cache

import pytest

from rabta.probes.abilities import PING_COMMAND, grant_raw_command


DOCTOR = [sys.executable, "-W", "error", "-m", "rabta", "doctor"]
NETWORK = """
mount -t sysfs sysfs /sys
ip link set lo up
ip link add a0 type veth peer name a1
ip link set a0 up; ip link set a1 up
ip addr add 10.0.1.2/24 dev a0
ip addr add 2001:db8:1::2/64 dev a0 nodad
ip route add default via 10.0.1.1
ip route add default via 2001:db8:1::1
"""
WITHOUT_CAPABILITIES = (
    *("setpriv", "--securebits", "+noroot,+noroot_locked"),
    *("--inh-caps=-all", "--ambient-caps=-all"),
)


@lru_cache
def namespaces_refused() -> str:
    if sys.platform != "linux":
        return "not Linux"
    trial = ["unshare", "-rnm", "ip", "link", "add", "a0", "type", "veth"]
    done = subprocess.run(trial, capture_output=True, text=True, check=False)
    return done.stderr.strip()


@pytest.fixture
def run(tmp_path):
    """Run the command in a machine of its own: one wired uplink, two families."""
    if namespaces_refused():
        pytest.skip(f"no network namespaces here: {namespaces_refused()}")

    def run(*options, network=NETWORK, before=(), **env):
        plain = {k: v for k, v in os.environ.items() if not k.startswith("RABTA")}
        plain |= {"HOME": str(tmp_path), "LANG": "C.UTF-8", **env}
        return subprocess.run(
            [
                *("unshare", "-rnm", "sh", "-c", f'{network}exec "$@"', "sh"),
                *(*before, *DOCTOR, *options),
            ],
            capture_output=True,
            encoding="utf-8",
            env=plain,
            check=False,
        )

    return run


pytestmark = pytest.mark.lab


def test_a_machine_with_all_rights_is_fine(run):
    done = run()

    assert done.returncode == 0, done.stderr
    assert "✗" not in done.stdout
    assert "Uplink a0, wired, IPv4: 10.0.1.2, gateway 10.0.1.1" in done.stdout
    assert "IPv6: 2001:db8:1::2" in done.stdout
    assert "bound to the interface" in done.stdout
    assert "sudo" not in done.stdout
    assert done.stderr == ""


def test_without_rights_the_losses_and_the_command_are_said(run):
    """It still works, so it still ends with 0."""
    done = run(before=WITHOUT_CAPABILITIES)

    assert done.returncode == 0, done.stderr
    assert "– ICMP echo: not permitted" in done.stdout
    assert "– ARP: not permitted" in done.stdout
    assert "✓ Binding" in done.stdout
    assert done.stdout.count("sudo ") == 1
    assert f"\n  {grant_raw_command()}\n" in done.stdout
    assert "every program this Python interpreter runs" in done.stdout


def test_out_of_bounds_the_command_is_the_one_that_can_help(run):
    done = run(before=(*WITHOUT_CAPABILITIES, "--bounding-set=-net_raw"))

    assert "setcap" not in done.stdout
    assert PING_COMMAND in done.stdout
    assert "NET_RAW" in done.stdout


def test_no_way_out_is_a_finding_and_not_a_crash(run):
    done = run(network="")

    assert done.returncode == 1
    assert "✗ Uplinks: none" in done.stdout
    assert done.stderr == "rabta: cannot measure here: uplinks\n"


def test_json_is_one_object_with_stable_names(run):
    done = run("--json", before=WITHOUT_CAPABILITIES)

    report = json.loads(done.stdout)
    assert set(report) == {
        *("time", "version", "able", "findings", "uplinks", "bindings"),
        *("permissions", "command"),
    }
    assert report["able"] is True
    assert report["command"] == grant_raw_command()
    assert report["bindings"] == [
        {"uplink": "a0", "family": 4, "bound_by": "device"},
        {"uplink": "a0", "family": 6, "bound_by": "device"},
    ]
    icmp = next(one for one in report["findings"] if one["id"] == "icmp")
    assert icmp["mark"] == "reduced"
    assert {"key", "args", "en", "ur"} == set(icmp["says"])


def test_json_of_a_failure_is_still_one_object(run):
    done = run("--json", network="")

    assert done.returncode == 1
    assert json.loads(done.stdout)["able"] is False
    assert done.stderr.count("\n") == 1


def test_a_wrong_configuration_is_named_with_its_line(run, tmp_path):
    file = tmp_path / "rabta.toml"
    file.write_text('country = "PK"\n[dashboard]\nport = "high"\n')

    done = run("--config", str(file))

    assert done.returncode == 1
    assert f"✗ Configuration: {file}:3" in done.stdout
    assert "✓ Uplink a0" in done.stdout


def test_a_wrong_environment_is_named_too(run):
    done = run(RABTA_PORT="high")

    assert done.returncode == 1
    assert "RABTA_PORT" in done.stdout


@pytest.mark.parametrize("language", ["en", "ur"])
def test_a_damaged_store_is_named_with_the_command_that_repairs_it(
    run, tmp_path, language
):
    """Ready to be copied, whatever the folder is called; then all is well."""
    folder = tmp_path / "a store; $HOME"
    folder.mkdir()
    (folder / "rabta.sqlite").write_bytes(b"\xff" * 8192)

    done = run("--store", str(folder), "--language", language)

    assert done.returncode == 1
    (command,) = [
        line.strip() for line in done.stdout.splitlines() if "store.repair" in line
    ]
    subprocess.run(command, shell=True, check=True, capture_output=True)
    after = run("--store", str(folder))
    assert after.returncode == 0, after.stdout


def test_urdu(run):
    done = run("--language", "ur")

    assert done.returncode == 0, done.stderr
    assert "اپ لنک" in done.stdout
    assert "Uplink" not in done.stdout


def test_a_pipe_gets_no_colour(run):
    assert "\x1b" not in run().stdout


def test_a_terminal_without_these_signs_gets_others(run):
    done = run(PYTHONIOENCODING="ascii:replace", PYTHONUTF8="0", network="")

    assert "x Uplinks: none" in done.stdout
    assert "+ Python" in done.stdout


def test_a_folder_without_rights_is_named(run, tmp_path):
    tmp_path.chmod(0o500)

    done = run(before=WITHOUT_CAPABILITIES)

    assert done.returncode == 1
    assert f"✗ Store: {tmp_path}" in done.stdout
    assert "Permission denied" in done.stdout


@pytest.mark.parametrize("refused", [False, True], ids=["tty", "NO_COLOR"])
def test_colours_are_for_terminals_that_want_them(refused, tmp_path):
    """Written to a real terminal device (no-color.org)."""
    import pty

    ours, theirs = pty.openpty()
    env = {**os.environ, "TERM": "xterm", "HOME": str(tmp_path)}
    env.pop("NO_COLOR", None)
    if refused:
        env["NO_COLOR"] = "1"
    try:
        subprocess.run(DOCTOR, stdout=theirs, env=env, check=False)
        shown = os.read(ours, 65536)
    finally:
        os.close(theirs)
        os.close(ours)

    assert b"Python 3" in shown
    assert (b"\x1b[" in shown) is not refused
