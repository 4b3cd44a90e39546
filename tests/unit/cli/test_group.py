"""The command line as such: cheap, and helpful when it is mistyped."""

import subprocess
import sys

from rabta.cli import COMMANDS


def run(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "rabta", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_help_lists_every_command_and_imports_none():
    code = (
        "import sys; sys.argv = ['rabta', '--help']\n"
        "from rabta.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print([m for m in sys.modules if m.startswith('rabta.cli.')"
        " or m.split('.')[0] in ('fastapi', 'duckdb', 'numpy', 'pyroute2', 'dns')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert all(name in done.stdout for name in COMMANDS)
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_typo_is_answered_with_the_nearest_command():
    done = run("statsu")

    assert done.returncode == 2
    assert "did you mean 'status'?" in done.stderr


def test_status_before_the_first_start_is_one_clear_line(tmp_path):
    done = run("status", "--store", str(tmp_path / "none"))

    assert done.returncode == 1
    assert done.stderr.startswith("rabta: Rabta has not run here yet")
    assert len(done.stderr.splitlines()) == 1
