"""The printed unit, as systemd itself reads it."""

import shutil
import subprocess
import sys

import pytest

from rabta.cli.unit import unit

from .test_group import run


def read_by_systemd(folder, text):
    """Return what systemd finds wrong with the unit."""
    file = folder / "rabta.service"
    file.write_text(text)
    command = ["systemd-analyze", "--user", "--man=no", "verify", file]
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

    assert read_by_systemd(tmp_path, unit(program=str(program))) == []
    program.unlink()
    assert read_by_systemd(tmp_path, unit(program=str(program)))  # it did look there


def test_the_unit_runs_this_very_installation():
    done = run("up", "--print-unit")

    assert done.returncode == 0
    assert f'ExecStart=":{sys.executable}" -m rabta up\n' in done.stdout


def test_the_unit_takes_no_right_away_that_python_was_given():
    """Many settings imply NoNewPrivileges in a user's unit (systemd.exec(5))."""
    service = unit().partition("[Service]\n")[2].partition("\n\n")[0]

    names = {line.partition("=")[0] for line in service.splitlines()}
    assert names == {"ExecStart", "Restart", "RestartSec", "TimeoutStopSec", "Nice"}


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
