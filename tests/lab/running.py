"""A real ``rabta up`` on the lab's host that may be hurt, and what it left behind."""

import http.client
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Self

from rabta.clock import SystemClock
from rabta.store import Store

from .namespaces import inside
from .targets import write_configuration
from .world import ROOT, Lab


Status = dict[str, Any]


class Running:
    """Started on entering; on leaving it is stopped, if it still runs."""

    def __init__(
        self,
        lab: Lab,
        folder: Path,
        *,
        change: Callable[[str], str] = str,
        before: Sequence[str] = (),
        module: str = "rabta",
    ) -> None:
        """*change* edits the configuration, *before* goes before the command."""
        self.folder = folder
        self.store = folder / "store"
        self.file = write_configuration(folder, len(lab.isps), pace=0.2)
        self.file.write_text(change(self.file.read_text()))
        self._lab = lab
        self._before = before
        self._module = module
        self._output = folder / "output"

    def __enter__(self) -> Self:
        with self._output.open("wb") as output:
            self.process = self._lab.popen(
                [
                    *self._before,
                    *(sys.executable, "-m", self._module, "up"),
                    *("--config", str(self.file)),
                ],
                cwd=ROOT,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(10)

    @property
    def said(self) -> str:
        """Everything it printed."""
        return self._output.read_text()

    def stop(self) -> int:
        """Ask it to stop, as an init system does; return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(20)

    def kill(self) -> None:
        """End it between two instructions."""
        self.process.kill()
        self.process.wait(10)

    def status(self) -> Status:
        """Ask the API."""
        with inside("host"):
            connection = http.client.HTTPConnection("127.0.0.1", 4880, timeout=10)
            connection.connect()
        try:
            connection.request("GET", "/api/status")
            document: Status = json.loads(connection.getresponse().read())
        finally:
            connection.close()
        return document

    def wait(self, wanted: Callable[[Status], bool], seconds: float = 60) -> Status:
        """Wait until the status is as *wanted*; an assertion if it never is."""
        end = time.monotonic() + seconds
        last: Status = {}
        while time.monotonic() < end:
            assert self.process.poll() is None, self.said
            try:
                last = self.status()
            except (OSError, http.client.HTTPException):
                last = {}
            if last and wanted(last):
                return last
            time.sleep(0.2)
        raise AssertionError(f"not in {seconds} s: {last.get('host')}\n{self.said}")

    def opened(self) -> Store:
        """Open what it left, or writes to, for reading."""
        return Store.open(self.store, clock=SystemClock(), read_only=True)


def fine(status: Status) -> bool:
    """Whether every uplink was found and works."""
    lanes = [one["verdict"]["code"] for one in status["uplinks"]]
    return bool(lanes) and {status["host"]["code"], *lanes} == {"fine"}


def code(status: Status, uplink: str) -> str:
    """Return what is said of *uplink*; empty when it is not known."""
    codes = {one["uplink"]["name"]: one["verdict"]["code"] for one in status["uplinks"]}
    return str(codes.get(uplink, ""))


def problems(status: Status) -> set[str]:
    """Return what it says it cannot do."""
    return {one["key"] for one in status["health"]["problems"]}
