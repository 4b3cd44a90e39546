"""How the gate judges benchmarks and skipped tests."""

import importlib.util
import sys
from collections import deque
from pathlib import Path

import pytest


FILE = Path(__file__).resolve().parents[2] / "scripts" / "gate.py"


@pytest.fixture(scope="module")
def gate():
    spec = importlib.util.spec_from_file_location("gate", FILE)
    module = importlib.util.module_from_spec(spec)
    sys.modules["gate"] = module  # dataclasses look there
    spec.loader.exec_module(module)
    yield module
    del sys.modules["gate"]


@pytest.mark.parametrize(
    ("body", "good", "note"),
    [
        ("print('fine')", True, ""),
        ("print('missed: 7 ms (bar 5)'); sys.exit(3)", True, "missed: 7 ms (bar 5)"),
        ("sys.exit(3)", True, "a bar was missed"),
        ("print('wrong: a job was lost'); sys.exit(4)", False, "wrong: a job was lost"),
        (
            "print('missed: 1'); print('wrong: 2'); sys.exit(3)",
            False,
            "missed: 1; wrong: 2",
        ),
        ("print('skipped: no namespaces')", True, "skipped: no namespaces"),
        ("sys.exit(4)", False, "wrong, not said what"),
        ("raise ValueError", False, "ended with 1"),
        ("os.kill(os.getpid(), 9)", False, "ended with -9"),
    ],
)
def test_a_missed_bar_is_told_and_what_is_wrong_fails(gate, tmp_path, body, good, note):
    file = tmp_path / "run.py"
    file.write_text(f"import os, sys\n{body}\n")

    result = gate.benchmark(file)

    assert (result.good, result.note) == (good, note)


def test_what_does_not_end_is_ended_and_fails(gate, tmp_path, monkeypatch):
    monkeypatch.setattr(gate, "BENCHMARK_SECONDS", 0.5)
    file = tmp_path / "run.py"
    file.write_text(
        "import subprocess, sys\n"
        "subprocess.run([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
    )

    result = gate.benchmark(file)

    assert (result.good, result.note) == (False, "did not end in 0.5 s")
    assert result.seconds < 60


def test_every_benchmark_has_its_turn_and_the_named_ones_exist(gate, monkeypatch):
    known = {gate.name_of(file) for file in gate.benchmarks()}
    assert known >= gate.WAITING
    assert known.issuperset(gate.LONGEST)
    begun = []

    def benchmark(file):
        begun.append(gate.name_of(file))
        return gate.Result(gate.name_of(file), good=True, seconds=0.0)

    monkeypatch.setattr(gate, "benchmark", benchmark)
    names = [result.name for result in gate.run_benchmarks()]

    assert names == sorted(known)
    assert sorted(begun) == names
    lanes = []
    monkeypatch.setattr(gate, "lane", lambda *queues: lanes.append(queues) or [])
    gate.run_benchmarks()
    firsts = {gate.name_of(first[0]) for first, _ in lanes}
    assert firsts == {gate.LONGEST[0], "lab/blackhole"}


def test_a_lane_ends_when_the_others_took_the_last(gate, monkeypatch):
    monkeypatch.setattr(gate, "benchmark", str)
    first, second = deque([1, 2]), deque([3])

    assert gate.lane(first, second) == ["1", "2", "3"]
    assert gate.lane(first, second) == []


def test_what_runs_beside_others_is_shown_whole_and_judged(gate, capfd):
    command = [sys.executable, "-c", "import sys; print('seen'); sys.exit(2)"]

    result = gate.quiet_check("odd", command)

    assert not result.good
    assert "== odd" in (said := capfd.readouterr().out)
    assert said.strip().endswith("seen")


def test_what_is_run_apart_is_found_by_its_file(gate):
    """A mark that a folder's conftest sets would be seen by nobody but for this."""
    found = gate.apart()
    folders = {file.rpartition("/")[0] for file in found}
    assert {"tests/browser", "tests/lab", "tests/unit/probes/lab"} <= folders
    sizes = [(gate.HERE / file).stat().st_size for file in found]
    assert sizes == sorted(sizes, reverse=True)

    setting = {
        file.parent.relative_to(gate.HERE).as_posix()
        for file in (gate.HERE / "tests").rglob("*.py")
        if not file.name.startswith("test_")
        and gate.MARKED.search(file.read_text("utf-8"))
    }
    assert setting == {"tests/browser"}


def suite_of(gate, folder, text, monkeypatch):
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # it starts in no time
    (folder / "test_it.py").write_text(f"import pytest\n{text}")
    monkeypatch.chdir(folder)
    return gate.run_tests("tests", "--rootdir", str(folder))


def test_a_skip_fails_where_nothing_may_but_for_want_of_recordings(
    gate, tmp_path, monkeypatch
):
    monkeypatch.setenv("RABTA_NO_SKIPS", "1")
    recorded = "def test_a(): pytest.skip('no recorded data beside the checkout')\n"
    other = "def test_b(): pytest.skip('no ping')\n"
    fine = "def test_c(): pass\n"

    result = suite_of(gate, tmp_path, recorded + fine, monkeypatch)
    assert result.good
    assert result.note == "1 passed, 1 need the recorded data, which is not here"

    result = suite_of(gate, tmp_path, other + fine, monkeypatch)
    assert not result.good
    assert "1 skipped: no ping" in result.note

    monkeypatch.delenv("RABTA_NO_SKIPS")
    assert suite_of(gate, tmp_path, other + fine, monkeypatch).good


def test_what_failed_once_is_named(gate, tmp_path, monkeypatch):
    flaky = (
        "from pathlib import Path\n"
        "def test_a():\n"
        "    seen = Path('seen')\n"
        "    first = not seen.exists()\n"
        "    seen.touch()\n"
        "    assert not first\n"
    )

    result = suite_of(gate, tmp_path, flaky, monkeypatch)

    assert result.good
    assert result.note == "passed the second time: test_it::test_a"
