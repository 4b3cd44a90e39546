"""Every check there is, one after the other, and a summary; non-zero on any failure.

``python3 install.py --test`` prepares the environment and runs this. Arguments go to
pytest, for a quick look at a part: ``python3 install.py --test tests/unit/config``.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path


HERE = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
MISSED = 3  # a benchmark's exit code
BENCHMARK_SECONDS = 120
MOST_REPEATED = 8  # more failures than this are no accident
APART = "lab or browser"  # they time things, and mostly wait
TWO = ("-n", "2")
BY_MODULE = (*TWO, "--dist", "loadfile")  # the tests of a module share a lab


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
    debian_packages()
    results = [
        check("ruff", [tool("ruff"), "check"]),
        check("format", [tool("ruff"), "format", "--check"]),
        check("types", [tool("mypy")]),
        check("imports", [tool("lint-imports")]),
        typescript(),
        run_tests("tests", "-m", f"not ({APART})", workers=TWO),
        run_tests("lab and browser", "-m", APART, workers=BY_MODULE, strict=True),
        *(benchmark(path) for path in benchmarks()),
    ]
    return summary(results)


def tool(name: str) -> str:
    return str(BIN / name)


def check(name: str, command: list[str]) -> Result:
    """Run one command, its output in view."""
    print(f"\n== {name}: {' '.join(map(shorten, command))}", flush=True)
    started = time.monotonic()
    done = subprocess.run(command, check=False)
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
    return check(name, [str(compiler), "--noEmit", "--project", str(ui)])


def benchmark(path: Path) -> Result:
    """Run the short form and say how it went; one that breaks is a failure.

    How fast this machine is today says little: a bar that was missed is in view, and
    a form that does not end by itself is stopped.
    """
    print(
        f"\n== benchmark {path.parent.name}: {shorten(str(path))} --short", flush=True
    )
    started = time.monotonic()
    command = [sys.executable, str(path), "--short"]
    here = {**os.environ, "PYTHONPATH": str(HERE)}
    good = True
    try:
        code = subprocess.run(
            command, check=False, env=here, timeout=BENCHMARK_SECONDS
        ).returncode
        good = code in (0, MISSED)
        note = {0: "", MISSED: "a bar was missed"}.get(code, f"ended with {code}")
    except subprocess.TimeoutExpired:
        note = f"stopped after {BENCHMARK_SECONDS} s"
    name = f"benchmark {path.parent.name}"
    return Result(name, good, time.monotonic() - started, note)


def run_tests(
    name: str, *options: str, workers: tuple[str, ...] = (), strict: bool = False
) -> Result:
    """Run pytest; with RABTA_NO_SKIPS a skip in a strict part is a failure.

    What fails is run once more by itself: many tests time real sockets, and on two
    busy cores a deadline may pass for no fault of ours. A failure that repeats counts.
    """
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [tool("pytest"), "-q", *options]
        result = check(name, [*command, *workers, f"--junitxml={report}"])
        if not report.exists():
            return Result(name, good=False, seconds=result.seconds, note="no report")
        suite = ET.parse(report).getroot()[0]  # noqa: S314 - pytest's own file
    count, skipped = int(suite.get("tests", "0")), int(suite.get("skipped", "0"))
    failed = int(suite.get("failures", "0")) + int(suite.get("errors", "0"))
    good, seconds = result.good and count > 0, result.seconds
    note = f"{count - skipped} passed" if good else ""
    if 0 < failed <= MOST_REPEATED:
        last = ["--last-failed", "--last-failed-no-failures=none"]
        again = check(f"{name}, what failed once more", [*command, *last])
        good, seconds = again.good, seconds + again.seconds
        note = f"{failed} failed at first, {'then passed' if good else 'and again'}"
    if skipped:
        note += f", {skipped} skipped"
        if strict and os.environ.get("RABTA_NO_SKIPS"):
            good = False
            note += " (nothing may skip here)"
    return Result(name, good, seconds, note.lstrip(", "))


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
        done = subprocess.run([*root, *command], env=environment, check=False)
        if done.returncode:
            print(f"{' '.join(command)} failed: the tests that need it skip")
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


def summary(results: list[Result]) -> int:
    print(f"\n{'':=<60}")
    for result in results:
        mark = "ok  " if result.good else "FAIL"
        print(f"{mark} {result.name:<24} {result.seconds:7.1f} s  {result.note}")
    total = sum(result.seconds for result in results)
    bad = [result.name for result in results if not result.good]
    print(f"{'all good' if not bad else 'failed: ' + ', '.join(bad)}; {total:.0f} s")
    return int(bool(bad))


def shorten(part: str) -> str:
    return part.replace(f"{HERE}{os.sep}", "")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
