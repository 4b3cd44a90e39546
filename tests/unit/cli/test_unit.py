"""The printed unit, as systemd itself reads it."""

import shutil
import subprocess
import sys
from getpass import getuser

import pytest

from rabta.cli.unit import unit

from .test_group import run


def read_by_systemd(folder, text, *options):
    """Return what systemd finds wrong with the unit."""
    file = folder / "rabta.service"
    file.write_text(text)
    command = ["systemd-analyze", *options, "--man=no", "verify", file]
    environment = {"XDG_RUNTIME_DIR": str(folder), "HOME": str(folder)}
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=environment
    )
    return [line for line in done.stderr.splitlines() if "rabta.service" in line]


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not here")
@pytest.mark.parametrize("name", ["plain", "with space", "50%h $HOME", "a; b"])
def test_systemd_finds_the_program_wherever_it_is(tmp_path, name):
    folder = tmp_path / name
    folder.mkdir()
    program = folder / "python3"
    program.symlink_to(sys.executable)

    for options, user in ((("--user",), ""), ((), getuser())):
        text = unit(program=str(program), user=user)
        assert read_by_systemd(tmp_path, text, *options) == []
    program.unlink()
    text = unit(program=str(program))
    assert read_by_systemd(tmp_path, text, "--user")  # it did look there


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not here")
def test_a_mistake_in_the_units_would_be_found(tmp_path):
    text = unit(user=getuser()).replace("ProtectSystem=full", "ProtectSystems=full")

    assert read_by_systemd(tmp_path, text)


def test_a_unit_of_the_system_may_send_icmp_and_nothing_more():
    done = run("up", "--print-unit=system", "--port", "4990")

    assert done.returncode == 0
    assert f"User={getuser()}\n" in done.stdout
    assert '"--port=4990"' in done.stdout
    assert "AmbientCapabilities=CAP_NET_RAW\n" in done.stdout
    assert "CapabilityBoundingSet=CAP_NET_RAW\n" in done.stdout
    assert "WantedBy=multi-user.target" in done.stdout


def test_the_unit_runs_this_very_installation():
    done = run("up", "--print-unit")

    assert done.returncode == 0
    assert f'ExecStart=":{sys.executable}" -m rabta up\n' in done.stdout


def test_the_unit_takes_no_right_away_that_python_was_given():
    """Many settings imply NoNewPrivileges in a user's unit (systemd.exec(5))."""
    service = unit().partition("[Service]\n")[2].partition("\n\n")[0]

    names = {line.partition("=")[0] for line in service.splitlines()}
    assert names == {"ExecStart", "Restart", "RestartSec", "TimeoutStopSec", "Nice"}


def test_routes_may_be_set_only_where_they_are_steered(tmp_path):
    file = tmp_path / "rabta.toml"
    file.write_text("[steer]\napply = true\n")

    done = run("up", "--print-unit=system", "--config", str(file))

    assert "AmbientCapabilities=CAP_NET_RAW CAP_NET_ADMIN\n" in done.stdout


def test_the_unit_keeps_the_options_it_was_printed_with(tmp_path):
    folder = tmp_path / "my store"

    done = run("up", "--print-unit", "--store", str(folder), "--port", "4990")

    (line,) = [one for one in done.stdout.splitlines() if one.startswith("ExecStart")]
    options = f'"--port=4990" "--store={folder}"'
    assert line == f'ExecStart=":{sys.executable}" -m rabta up {options}'


def test_paths_are_made_absolute_since_systemd_starts_elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    done = run("up", "--print-unit", "--config", "rabta.toml")

    assert f'"--config={tmp_path}/rabta.toml"' in done.stdout
