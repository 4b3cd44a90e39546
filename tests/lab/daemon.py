"""One real ``rabta up`` on the lab's host, watched over its own live stream."""

import http.client
import json
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Self

from .namespaces import inside
from .targets import write_configuration
from .world import ROOT, Lab


PORT = 4880
Codes = dict[str, str]
"""Entity to the code of its verdict: ``uplink/NAME``, ``service/NAME``, ``host``."""
Told = tuple[float, str, str, float]
"""(monotonic seconds, entity, code, confidence) of one verdict."""


class Rabta:
    """Started on entering, stopped on leaving; *argv* is the module and its words."""

    def __init__(
        self,
        lab: Lab,
        folder: Path,
        *,
        pace: float = 1.0,
        argv: Sequence[str] = ("rabta", "up"),
        vantage: bool = True,
        told: bool = True,
    ) -> None:
        self._lab = lab
        self._file = write_configuration(
            folder, len(lab.isps), pace=pace, vantage=vantage, told=told
        )
        self._argv = [sys.executable, "-m", *argv]
        self._news = threading.Condition()
        self._stopped = False
        self.status: dict[str, Any] = {}
        self.codes: Codes = {}
        self.changes: list[tuple[float, Codes]] = []
        """(monotonic seconds, all codes) whenever one changed."""
        self.shown: deque[tuple[float, dict[str, Any]]] = deque(maxlen=50)
        """(monotonic seconds, status) of the latest changes."""
        self._said: dict[str, tuple[str, float]] = {}
        self.told: list[Told] = []
        """Every verdict of uplinks and services, again when its confidence changed."""

    def __enter__(self) -> Self:
        argv = [*self._argv, "--config", str(self._file)]
        self._log = (self._file.parent / "rabta.log").open("ab")
        self._process = self._lab.popen(
            argv,
            cwd=ROOT,
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,  # as a service has; see Lab._start
        )
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped = True
        self._process.terminate()
        self._process.wait(20)
        self._thread.join(15)
        self._log.close()

    @property
    def file(self) -> Path:
        """The configuration it runs with."""
        return self._file

    @property
    def pid(self) -> int:
        return self._process.pid

    def wait(
        self, wanted: Callable[[Codes], bool], seconds: float, stands: float = 0.0
    ) -> float | None:
        """Wait until *wanted* has held for *stands* seconds.

        Return when it began to hold, on the monotonic clock; None if it never did.
        """
        end = time.monotonic() + seconds
        since: float | None = None
        with self._news:
            while (now := time.monotonic()) < end:
                if not wanted(self.codes):
                    since = None
                elif since is None:
                    since = self.changes[-1][0] if self.changes else now
                    since = max(since, end - seconds)
                if since is not None and now - since >= stands:
                    return since
                left = end - now if since is None else since + stands - now
                self._news.wait(min(max(left, 0.0), end - now) + 0.001)
        return since if since is not None and stands == 0 else None

    def get(self, path: str) -> Any:
        """Ask the API."""
        with inside("host"):
            connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=10)
            connection.connect()
        with closing(connection):
            connection.request("GET", path)
            return json.loads(connection.getresponse().read())

    def _listen(self) -> None:
        with inside("host"):
            while not self._stopped and self._process.poll() is None:
                try:
                    self._follow()
                except (OSError, http.client.HTTPException):
                    time.sleep(0.1)

    def _follow(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=10)
        with closing(connection):
            connection.request("GET", "/api/live")
            with connection.getresponse() as lines:
                self._read(lines)

    def _read(self, lines: http.client.HTTPResponse) -> None:
        event = ""
        while line := lines.readline():
            if line.startswith(b"event: "):
                event = line[7:].strip().decode()
            elif line.startswith(b"data: ") and event == "status":
                self._take(json.loads(line[6:]))

    def _take(self, status: dict[str, Any]) -> None:
        codes = codes_of(status)
        with self._news:
            self._hear(status)
            self.status = status
            if codes != self.codes:
                self.codes = codes
                self.changes.append((time.monotonic(), codes))
                self.shown.append((self.changes[-1][0], status))
            self._news.notify_all()

    def _hear(self, status: dict[str, Any]) -> None:
        now = time.monotonic()
        for one in (*status["uplinks"], *status["services"]):
            verdict = one["verdict"]
            said = verdict["entity"], verdict["code"], verdict["confidence"]
            if self._said.get(said[0]) != said[1:]:
                self._said[said[0]] = said[1:]
                self.told.append((now, *said))


def codes_of(status: dict[str, Any]) -> Codes:
    """Return what is said of each entity; of an uplink without lines ``starting``."""
    codes = {"host": status["host"]["code"]}
    for one in status["uplinks"]:
        codes[one["verdict"]["entity"]] = one["verdict"]["code"]
        if not one["lines"]:
            codes[one["verdict"]["entity"]] = "starting"
    for one in status["services"]:
        codes[f"service/{one['name']}"] = one["verdict"]["code"]
    return codes


def all_fine(codes: Codes) -> bool:
    """Whether nothing at all is wrong."""
    return bool(codes) and set(codes.values()) == {"fine"}
