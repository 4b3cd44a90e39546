"""What keeps the daemon from starting is one clear line."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .running import Running
from .targets import write_configuration
from .world import FOLDER, Lab


pytestmark = [pytest.mark.lab, pytest.mark.slow]


@pytest.fixture(scope="module")
def first(lab: Lab) -> Iterator[Running]:
    """A daemon that runs already."""
    with Running(lab, FOLDER / "first") as daemon:
        daemon.wait(lambda s: bool(s["uplinks"]), 20)
        yield daemon


def start(lab: Lab, file: Path, *words: str) -> tuple[int, str]:
    argv = [sys.executable, "-m", "rabta", "up", "--config", str(file), *words]
    done = lab.run(argv, timeout=30)
    assert not done.stdout
    return done.returncode, done.stderr


def test_a_second_daemon_on_the_same_store_hears_of_the_first(
    lab: Lab, first: Running
) -> None:
    for words in ((), ("--port", "4999")):
        exit_code, said = start(lab, first.file, *words)

        assert exit_code == 1
        (line,) = said.splitlines()
        assert line.startswith("rabta: another rabta is running, pid ")


def test_a_port_that_is_taken_is_named(lab: Lab, first: Running) -> None:
    assert first.process.poll() is None
    file = write_configuration(FOLDER / "second", 2)

    exit_code, said = start(lab, file)

    assert exit_code == 1
    (line,) = said.splitlines()
    assert "cannot listen on 127.0.0.1 port 4880" in line
    assert "--port" in line


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("[dashboard]\nport = 99999\n", "dashboard.port: "),
        ("[store]\nraw_days = 0\n", "store.raw_days: "),
        ("country = 7\n", "country: "),
        ("colour = 'blue'\n", "colour: "),
        ("country = \n", ""),
        ('[dashboard]\nhost = "0.0.0.0"\n', "dashboard.host: "),
    ],
)
def test_a_wrong_configuration_is_named_and_nothing_is_started(
    lab: Lab, tmp_path: Path, wrong: str, words: str
) -> None:
    file = tmp_path / "rabta.toml"
    file.write_text(f"# a comment\n{wrong}")

    exit_code, said = start(lab, file, "--store", str(tmp_path / "store"))

    assert exit_code == 2
    (line,) = said.splitlines()
    number = 3 if wrong.startswith("[") else 2
    assert line.startswith(f"rabta: {file}:{number}: {words}")
    assert not (tmp_path / "store").exists()
