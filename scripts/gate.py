"""Every check there is, and a summary; non-zero on any failure.

What waits, for the network, the disk or a packet, goes on beside what computes.

``python3 install.py --test`` prepares the environment and runs this. Arguments go to
pytest, for a quick look at a part: ``python3 install.py --test tests/unit/config``.
"""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import xml.etree.ElementTree as ET
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING


if TYPE_CHECKING:
    from collections.abc import Callable

HERE = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
MISSED, WRONG = 3, 4  # exit codes of a benchmark
BENCHMARK_SECONDS = 300
MOST_REPEATED = 8  # more failures than this are no accident
RECORDED = "recorded data"  # in the reason of every test that needs it
APART = "lab or browser"  # they time things, and mostly wait
SOME_WAIT = ("-n", "3")  # on two cores: a few wait for real timers and sockets
BY_MODULE = ("-n", "4", "--dist", "loadfile", "--no-loadscope-reorder")
"""The tests of a module share a lab; a module has its turn where ``apart`` puts it."""
MARKED = re.compile(r"mark\.(lab|browser)\b")
LONGEST = ("detection/run", "soak/soak", "lab/blackhole", "store/run", "tables/run")
"""Benchmarks that are begun first, so that none of them is left alone at the end."""
WAITING = frozenset(
    {
        "blocking/run",
        "hung/run",
        "icmp/run",
        "lab/blackhole",
        "lab/matrix",
        "outbox/transfer",
        "outbox/uplinks",
        "rest/run",
    }
)
"""Benchmarks that mostly wait, for packets and slow lines; the others compute."""


@dataclass(frozen=True, slots=True)
class Result:
    """How one check went."""

    name: str
    good: bool
    seconds: float
    note: str = ""


def main(arguments: list[str]) -> int:
    os.chdir(HERE)
    os.environ["PATH"] = f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"
    if arguments:
        return subprocess.run([tool("pytest"), *arguments], check=False).returncode
    started = time.monotonic()
    results = [
        *run_checks(),
        run_tests("tests", "-m", f"not ({APART})", workers=SOME_WAIT),
        run_tests("lab and browser", "-m", APART, *apart(), workers=BY_MODULE),
        *run_benchmarks(),
    ]
    return summary(results, time.monotonic() - started)


def tool(name: str) -> str:
    return str(BIN / name)


def run_checks() -> list[Result]:
    """Check what needs no running, while Debian's packages are installed."""
    checks: tuple[Callable[[], Result], ...] = (
        partial(quiet_check, "types", [tool("mypy")]),
        partial(quiet_check, "ruff", [tool("ruff"), "check"]),
        partial(quiet_check, "format", [tool("ruff"), "format", "--check"]),
        partial(quiet_check, "imports", [tool("lint-imports")]),
        typescript,
    )
    with ThreadPoolExecutor(3) as pool:
        packages = pool.submit(debian_packages)
        results = list(pool.map(lambda one: one(), checks))
        packages.result()
    return results


def check(name: str, command: list[str]) -> Result:
    """Run one command, its output in view."""
    print(f"\n== {name}: {' '.join(map(shorten, command))}", flush=True)
    started = time.monotonic()
    done = subprocess.run(command, check=False)
    return Result(name, done.returncode == 0, time.monotonic() - started)


def quiet_check(name: str, command: list[str]) -> Result:
    """Run one command beside others: what it says comes when it has ended."""
    started = time.monotonic()
    done = subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    said = f"\n== {name}: {' '.join(map(shorten, command))}\n{done.stdout}"
    print(said, flush=True)
    return Result(name, done.returncode == 0, time.monotonic() - started)


def typescript() -> Result:
    """Check the types of the islands, with what bundling the pages has installed.

    The compiler is a program of its own and needs no Node.
    """
    name, ui = "islands", HERE / "src/rabta/ui"
    found = ui.glob("node_modules/@typescript/typescript-*/lib/*")
    compiler = next((one for one in found if one.name in ("tsc", "tsc.exe")), None)
    if compiler is None:
        note = "no TypeScript here: run python3 install.py --test"
        return Result(name, good=False, seconds=0.0, note=note)
    return quiet_check(name, [str(compiler), "--noEmit", "--project", str(ui)])


def run_benchmarks() -> list[Result]:
    """Run all short forms, three at a time: what each says comes when it has ended.

    Two lanes begin with those that compute, and the third with those that wait.
    """
    files = sorted(benchmarks(), key=turn)
    waiting = deque(file for file in files if name_of(file) in WAITING)
    computing = deque(file for file in files if file not in waiting)
    with ThreadPoolExecutor(3) as pool:
        lanes = [
            pool.submit(lane, computing, waiting),
            pool.submit(lane, computing, waiting),
            pool.submit(lane, waiting, computing),
        ]
        results = [result for one in lanes for result in one.result()]
    return sorted(results, key=lambda result: result.name)


def lane(*queues: deque[Path]) -> list[Result]:
    """Run benchmarks one by one, until the first queue is empty and then the next."""
    results = []
    for queue in queues:
        with contextlib.suppress(IndexError):  # the other lanes took the last one
            while True:
                results.append(benchmark(queue.popleft()))
    return results


def name_of(file: Path) -> str:
    """Name a benchmark by its folder and file."""
    return f"{file.parent.name}/{file.stem}"


def turn(file: Path) -> int:
    """Return when a benchmark has its turn; those not known to be long come last."""
    name = name_of(file)
    return LONGEST.index(name) if name in LONGEST else len(LONGEST)


def benchmark(path: Path) -> Result:
    """Run the short form and say how it went.

    What it found wrong, a crash and a form that does not end are failures. A bar of
    speed that was missed is told: how fast this machine is today says little. So is
    what was skipped.
    """
    said = [f"\n== benchmark {path.parent.name}: {shorten(str(path))} --short\n"]
    name = f"benchmark {name_of(path)}"
    started = time.monotonic()
    command = [sys.executable, "-u", str(path), "--short"]
    here = {**os.environ, "PYTHONPATH": str(HERE)}
    told: list[str] = []
    with subprocess.Popen(
        command, env=here, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as run:
        stop = threading.Timer(BENCHMARK_SECONDS, end, [run])
        stop.start()
        for line in run.stdout or ():
            said.append(line)
            if line.startswith(("missed:", "wrong:", "skipped:")):
                told.append(line.strip())
        code = run.wait()
        late = not stop.is_alive()
        stop.cancel()
    print("".join(said), flush=True)
    seconds = time.monotonic() - started
    if late and code < 0:
        return Result(name, False, seconds, f"did not end in {BENCHMARK_SECONDS} s")
    if code not in (0, MISSED, WRONG):
        told.append(f"ended with {code}")
    elif code and not told:
        told.append("a bar was missed" if code == MISSED else "wrong, not said what")
    wrong = any(line.startswith("wrong:") for line in told)
    good = code in (0, MISSED) and not wrong
    return Result(name, good, seconds, "; ".join(told))


def end(run: subprocess.Popen[str]) -> None:
    """End a benchmark and all it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(run.pid, signal.SIGKILL)


def run_tests(name: str, *options: str, workers: tuple[str, ...] = ()) -> Result:
    """Run pytest; with RABTA_NO_SKIPS a skip is a failure.

    Recordings are no part of the repository: tests of them are left out without those,
    and the summary says how many. What fails is run once more by itself: many tests
    time real sockets, and on two busy cores a deadline may pass for no fault of ours.
    A failure that repeats counts; one that does not is named in the summary.
    """
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [tool("pytest"), "-q", *options]
        result = check(name, [*command, *workers, f"--junitxml={report}"])
        if not report.exists():
            return Result(name, good=False, seconds=result.seconds, note="no report")
        suite = ET.parse(report).getroot()[0]  # noqa: S314 - pytest's own file
    count, (skipped, unrecorded) = int(suite.get("tests", "0")), skips(suite)
    failed = [
        f"{one.get('classname', '').rpartition('.')[2]}::{one.get('name', '')}"
        for one in suite.iter("testcase")
        if one.find("failure") is not None or one.find("error") is not None
    ]
    good, seconds = result.good and count > 0, result.seconds
    notes = [f"{count - len(skipped) - unrecorded} passed"] if good else []
    if 0 < len(failed) <= MOST_REPEATED:
        last = ["--last-failed", "--last-failed-no-failures=none"]
        again = check(f"{name}, what failed once more", [*command, *last])
        good, seconds = again.good, seconds + again.seconds
        how = "passed the second time" if good else "failed twice"
        notes.append(f"{how}: {', '.join(failed)}")
    if unrecorded:
        notes.append(f"{unrecorded} need the recorded data, which is not here")
    if skipped:
        notes.append(f"{len(skipped)} skipped: {'; '.join(sorted(set(skipped)))}")
        good = good and not os.environ.get("RABTA_NO_SKIPS")
    return Result(name, good, seconds, ", ".join(notes))


def apart() -> list[str]:
    """Return the files of the tests that are run apart; the longest texts come first.

    They take longest as a rule, and none should be left alone at the end. Four workers
    need not look for them in all the others, which takes each as long as a module.
    """
    tests = HERE / "tests"
    found = [
        file
        for file in sorted(tests.rglob("test_*.py"))
        if file.parent.name == "browser" or MARKED.search(file.read_text("utf-8"))
    ]
    found.sort(key=lambda file: -file.stat().st_size)
    return [str(file.relative_to(HERE)) for file in found]


def skips(suite: ET.Element) -> tuple[list[str], int]:
    """Return why tests were skipped, and how many for want of the recorded data."""
    found = suite.iter("skipped")
    reasons = [one.get("message", "").removeprefix("Skipped: ") for one in found]
    others = [one for one in reasons if RECORDED not in one]
    return others, len(reasons) - len(others)


def benchmarks() -> list[Path]:
    """Return the benchmarks that know a short form."""
    files = sorted((HERE / "benchmarks").glob("*/*.py"))
    return [file for file in files if '"--short"' in file.read_text("utf-8")]


def debian_packages() -> None:
    """Install what some tests need, where that is possible without asking."""
    names = wanted()
    if shutil.which("dpkg") is None:
        print(f"not Debian: tests that need {', '.join(names)} may skip")
        return
    missing = [name for name in names if not installed(name)]
    if not missing:
        return
    root = root_command()
    if root is None:
        print(
            f"{', '.join(missing)} not installed and no right to: their tests skip; "
            f"sudo apt install {' '.join(missing)}"
        )
        return
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "--yes", "--no-install-recommends", *missing]
    for command in (["apt-get", "update"], install):
        done = subprocess.run(
            [*root, *command],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode:
            said = f"{done.stdout}\n{' '.join(command)} failed"
            print(f"{said}: the tests that need it skip")
            return


def wanted() -> list[str]:
    """Return the Debian packages to have; all there are where nothing may skip."""
    lists = ["packages"]
    if os.environ.get("RABTA_NO_SKIPS"):
        lists.append("packages-benchmarks")
    return [
        line
        for name in lists
        for line in (HERE / ".ci" / name).read_text("utf-8").splitlines()
        if line and not line.startswith("#")
    ]


def installed(name: str) -> bool:
    command = ["dpkg-query", "--show", "--showformat=${Status}", name]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.endswith("ok installed")


def root_command() -> list[str] | None:
    """Return the words before a command that make it root's; None without the right."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo"):
        done = subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False)
        if done.returncode == 0:
            return ["sudo", "-n"]
    return None


def summary(results: list[Result], seconds: float) -> int:
    print(f"\n{'':=<60}")
    for result in results:
        mark = "ok  " if result.good else "FAIL"
        print(f"{mark} {result.name:<30} {result.seconds:7.1f} s  {result.note}")
    bad = [result.name for result in results if not result.good]
    print(f"{'all good' if not bad else 'failed: ' + ', '.join(bad)}; {seconds:.0f} s")
    return int(bool(bad))


def shorten(part: str) -> str:
    return part.replace(f"{HERE}{os.sep}", "")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
