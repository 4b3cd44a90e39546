"""The command line as such: cheap, and helpful when it is mistyped."""

import json
import subprocess
import sys

import click
import pytest

from rabta.cli import COMMANDS, group


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


NEEDS_NONE = {"demo", "detect"}  # they read no configuration


def verbs(command, *words):
    """Every command that does something, by the words that call it."""
    if not isinstance(command, click.Group):
        return {words: command}
    found = {}
    for name in command.list_commands(None):
        found |= verbs(command.get_command(None, name), *words, name)
    return found


def test_every_command_that_reads_the_configuration_can_be_told_which():
    lacking = {
        words
        for words, command in verbs(group).items()
        if not any("--config" in one.opts for one in command.params)
    }

    assert lacking == {(name,) for name in NEEDS_NONE}


@pytest.mark.parametrize("words", [("status",), ("why",), ("events",)])
def test_the_store_is_the_one_the_named_file_names(words, rabta, fresh, tmp_path):
    file = tmp_path / "other.toml"
    file.write_text(f"[store]\npath = {json.dumps(str(fresh))}\n", "utf-8")

    named = rabta(*words, "--config", file, "--json", HOME=str(tmp_path))
    told = rabta(*words, "--store", fresh, "--json", HOME=str(tmp_path))

    assert named.returncode == 0, named.stderr
    assert named.stdout == told.stdout


@pytest.mark.parametrize("words", [("status",), ("doctor",), ("config", "check")])
def test_a_named_file_that_is_not_there_is_an_error(words, rabta, tmp_path):
    done = rabta(*words, "--config", tmp_path / "no.toml", HOME=str(tmp_path))

    assert done.returncode in (1, 2)
    assert "no.toml: there is no such file" in done.stdout + done.stderr


@pytest.mark.parametrize("before", [True, False])
def test_config_takes_the_file_before_and_after_its_verb(before, rabta, tmp_path):
    file = tmp_path / "other.toml"
    file.write_text('country = "PK"\n')
    words = ["config", "check", "--json"]
    words[1:1] = ["--config", file] if before else []
    words += [] if before else ["--config", file]

    assert json.loads(rabta(*words).stdout)["file"] == str(file)
