"""Play with the lab by hand.

::

    python -m tests.lab shell                        a shell on the host
    python -m tests.lab up --uplinks 3               rabta up; dashboard on --port
    python -m tests.lab up --fault link-down@30s     with a fault after 30 s, and
    python -m tests.lab up --fault 'corridor@20s-60s:west'    one that ends
    python -m tests.lab faults                       what can be broken

A fault is NAME@START[-END][:ARGUMENTS]; arguments are words and key=value.
"""

import argparse
import ast
import asyncio
import contextlib
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from . import bridge
from .faults import FAULTS
from .targets import write_configuration
from .unshared import obstacle, unshared
from .world import ROOT, Lab


_MEETING = "RABTA_LAB_MEETING"
_FAULT = re.compile(r"([a-z0-9-]+)@(\d+)s?(?:-(\d+)s?)?(?::(.*))?")


def main() -> int:
    """Parse the command line; act outside first, then again inside."""
    arguments = _arguments()
    if arguments.what == "faults":
        for name, fault in FAULTS.items():
            print(f"{name:18} {(fault.__doc__ or '').splitlines()[0]}")
        return 0
    if obstacle():
        print(obstacle(), file=sys.stderr)
        return 1
    if _MEETING in os.environ:
        return _inside(arguments)
    return _outside(arguments)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.lab",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("what", choices=("shell", "up", "faults"))
    parser.add_argument("--uplinks", type=int, choices=(1, 2, 3), default=2)
    parser.add_argument("--fault", action="append", default=[], type=_fault)
    parser.add_argument("--pace", type=float, default=1.0, help="of all intervals")
    parser.add_argument("--port", type=int, default=4880, help="outside")
    parser.add_argument("command", nargs="*", help="instead of a shell or rabta up")
    return parser.parse_args()


def _outside(arguments: argparse.Namespace) -> int:
    with tempfile.TemporaryDirectory(prefix="rabta-lab-") as folder:
        meeting = Path(folder) / "meeting"
        inner = subprocess.Popen(
            unshared([sys.executable, "-m", "tests.lab", *sys.argv[1:]]),
            cwd=ROOT,
            env={**os.environ, _MEETING: str(meeting)},
        )
        if arguments.what == "up":
            _in_background(bridge.outer(arguments.port, meeting))
        with contextlib.suppress(KeyboardInterrupt):
            return inner.wait()
        return inner.wait()


def _inside(arguments: argparse.Namespace) -> int:
    meeting = Path(os.environ[_MEETING])
    with Lab(arguments.uplinks) as lab:
        print(f"The lab is built ({lab.built_in:.1f} s).", flush=True)
        file = write_configuration(
            meeting.parent / "rabta", arguments.uplinks, pace=arguments.pace
        )
        argv = arguments.command
        if arguments.what == "up":
            _in_background(bridge.inner(meeting, 4880))
            argv = argv or [sys.executable, "-m", "rabta", "up", "--config", str(file)]
        else:
            argv = argv or [os.environ.get("SHELL", "/bin/sh")]
        environment = {**lab.environment, "RABTA_CONFIG": str(file)}
        process = lab.popen(argv, env=environment)
        for one in arguments.fault:
            threading.Thread(target=_break, args=(lab, *one), daemon=True).start()
        with contextlib.suppress(KeyboardInterrupt):
            return process.wait()
        return process.wait()


def _in_background(work: Any) -> None:
    threading.Thread(target=asyncio.run, args=(work,), daemon=True).start()


def _break(
    lab: Lab,
    name: str,
    start: int,
    end: int | None,
    words: list[str],
    named: dict[str, Any],
) -> None:
    time.sleep(start)
    print(f"[lab] {name} begins", flush=True)
    with lab.fault(name, *words, **named):
        time.sleep(end - start if end else 1e9)
    print(f"[lab] {name} ends", flush=True)


def _fault(
    text: str,
) -> tuple[str, int, int | None, list[str], dict[str, Any]]:
    match = _FAULT.fullmatch(text)
    if match is None or match[1] not in FAULTS:
        raise argparse.ArgumentTypeError("expected NAME@START[-END][:ARGUMENTS]")
    words, named = [], {}
    for part in (match[4] or "").split():
        key, equals, value = part.partition("=")
        if equals:
            named[key] = _value(value)
        else:
            words.append(part)
    return match[1], int(match[2]), int(match[3]) if match[3] else None, words, named


def _value(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text


if __name__ == "__main__":
    sys.exit(main())
